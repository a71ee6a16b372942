import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A page as Poppler shows it, one pixel for a point. */
export interface Picture {
  readonly width: number
  readonly height: number
  /** Red, green, blue at a place counted from the upper left corner. */
  at(x: number, y: number): readonly [number, number, number]
}

/** Whether Poppler's programs and qpdf are there; says so aloud when they are not. */
export function hasTools(): boolean {
  const missing = ['pdftoppm', 'pdftotext', 'pdffonts', 'qpdf'].filter(tool => spawnSync(tool, ['--help']).error)
  if (missing.length > 0)
    process.stderr.write(`SKIPPED: visible seals are not rendered, ${missing.join(', ')} not installed\n`)
  return missing.length === 0
}

/** What a program says about the document; it gets the file's name after `before`. */
export function ask(program: string, before: readonly string[], pdf: Buffer, after: readonly string[] = []): string {
  return inFolder(pdf, file => execFileSync(program, [...before, file, ...after], { encoding: 'utf8' }))
}

/** The visible part of the first page. */
export function render(pdf: Buffer): Picture {
  const ppm = inFolder(pdf, (file, folder) => {
    execFileSync('pdftoppm', ['-r', '72', '-cropbox', '-singlefile', file, join(folder, 'page')])
    return readFileSync(join(folder, 'page.ppm'))
  })
  const head = /^P6\s(\d+) (\d+)\s255\s/.exec(ppm.toString('latin1', 0, 40))!
  const [width, height] = [Number(head[1]), Number(head[2])]
  return {
    width,
    height,
    at: (x, y) => {
      const at = head[0].length + 3 * (Math.floor(y) * width + Math.floor(x))
      return [ppm[at]!, ppm[at + 1]!, ppm[at + 2]!]
    }
  }
}

function inFolder<T>(pdf: Buffer, act: (file: string, folder: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'seal-'))
  try {
    const file = join(folder, 'document.pdf')
    writeFileSync(file, pdf)
    return act(file, folder)
  } finally {
    rmSync(folder, { recursive: true })
  }
}
