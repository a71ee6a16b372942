import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Refused } from '#platform/plain'
import { BufferSource, type RandomAccessSource } from '#sealing/plain'
import { assertOutside, gatherInputs } from './inputs.js'
import { openFile } from './open-file.js'
import { openOriginals } from './originals.js'
import { ResultPlaces } from './result-places.js'
import { removeUnfinished, writeResult } from './write-result.js'

let folder: string
const at = (path: string): string => join(folder, path)
const put = (path: string, content = 'x'): string => {
  mkdirSync(join(at(path), '..'), { recursive: true })
  writeFileSync(at(path), content)
  return at(path)
}
const codeOf = (work: () => unknown): string => {
  try {
    work()
  } catch (error) {
    return error instanceof Refused ? error.type.code : String(error)
  }
  return 'no error'
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'goniec ąę '))
})
afterEach(() => rmSync(folder, { recursive: true }))

describe('gatherInputs', () => {
  it('keeps the order, takes a file once however it is written, and leaves what is missing to be found', () => {
    const [a, b] = [put('b.txt'), put('a.txt')]
    const inputs = gatherInputs([a, at('./x/../b.txt'), b, at('none')], false)
    expect(inputs.map(({ path }) => path)).toEqual([a, b, at('none')])
    expect(inputs.map(({ place }) => place)).toEqual(['b.txt', 'a.txt', 'none'])
  })

  it('takes a folder apart only when told to, without hidden files and links', () => {
    for (const name of ['in/ż/2.txt', 'in/1.txt', 'in/.git/x', 'in/.hidden']) put(name)
    symlinkSync(at('in'), at('in/circle'))
    symlinkSync(at('in/1.txt'), at('in/link.txt'))
    expect(gatherInputs([at('in')], false)).toEqual([{ path: at('in'), place: 'in' }])
    expect(gatherInputs([at('in')], true)).toEqual([
      { path: at('in/1.txt'), place: '1.txt' },
      { path: at('in/ż/2.txt'), place: 'ż/2.txt' }
    ])
  })

  it('wants results of a folder to be outside of it, by whatever name', () => {
    put('in/1.txt')
    symlinkSync(at('in'), at('other'))
    expect(codeOf(() => assertOutside([at('in')], undefined))).toBe('cli/folder-needs-out')
    expect(codeOf(() => assertOutside([at('in')], at('in')))).toBe('cli/folder-needs-out')
    expect(codeOf(() => assertOutside([at('in')], at('other/new/out')))).toBe('cli/folder-needs-out')
    expect(codeOf(() => assertOutside([at('in')], at('in-out')))).toBe('no error')
    expect(codeOf(() => assertOutside([at('in/1.txt')], undefined))).toBe('no error')
  })
})

describe('openFile', () => {
  it('opens regular files only, and never waits for a pipe', () => {
    execFileSync('/usr/bin/mkfifo', [at('pipe')])
    expect(codeOf(() => openFile(at('pipe')))).toBe('cli/file-not-regular')
    expect(codeOf(() => openFile(folder))).toBe('cli/file-is-folder')
    expect(codeOf(() => openFile(at('none')))).toBe('cli/file-missing')
    expect(codeOf(() => openFile(join(put('file'), 'below')))).toBe('cli/file-missing')
  })

  it('notices that a file changed', () => {
    const opened = openFile(put('a.txt'))
    opened.assertUnchanged()
    put('a.txt', 'longer')
    expect(codeOf(() => opened.assertUnchanged())).toBe('cli/file-changed')
    opened.close()
  })
})

describe('openOriginals', () => {
  it('opens what was named, else the file beside the signature under its name', () => {
    const original = put('umowa.pdf')
    const pathsFor = (signature: string, named: string[] = []): readonly string[] => {
      const { paths, close } = openOriginals(at(signature), named)
      close()
      return paths
    }
    expect(pathsFor('umowa.pdf.CAdES')).toEqual([original])
    expect(pathsFor('umowa.pdf.p7s')).toEqual([original])
    expect(pathsFor('umowa.pdf.raised.XAdES')).toEqual([original])
    expect(pathsFor('umowa.pdf')).toEqual([])
    expect(pathsFor('inna.pdf.CAdES')).toEqual([])
    expect(pathsFor('umowa.pdf.CAdES', [put('b')])).toEqual([at('b')])
    expect(codeOf(() => openOriginals(at('umowa.pdf.CAdES'), [original, at('none')]))).toBe('cli/file-missing')
  })
})

describe('ResultPlaces', () => {
  it('puts results beside their files, marked where they would be the file itself', () => {
    const inputs = gatherInputs([put('a.pdf'), put('b.txt')], false)
    const places = new ResultPlaces(inputs, undefined, '.sealed')
    expect(places.take(inputs[0]!, 'a.pdf')).toBe(at('a.sealed.pdf'))
    expect(places.take(inputs[1]!, 'b.txt.asice')).toBe(at('b.txt.asice'))
  })

  it('keeps the folders of a folder', () => {
    put('in/x/a.pdf')
    const inputs = gatherInputs([at('in')], true)
    expect(new ResultPlaces(inputs, at('out'), '.sealed').take(inputs[0]!, 'a.pdf')).toBe(at('out/x/a.pdf'))
  })

  it('refuses two files of one name for one folder before anything is done', () => {
    const inputs = gatherInputs([put('1/a.pdf'), put('2/a.pdf')], false)
    expect(codeOf(() => new ResultPlaces(inputs, at('out'), '.sealed'))).toBe('cli/results-collide')
    expect(codeOf(() => new ResultPlaces(inputs, undefined, '.sealed'))).toBe('no error')
  })

  it('gives no place twice, nor that of a file that was given, by whatever way', () => {
    const inputs = gatherInputs([put('a.pdf'), put('a.sealed.pdf'), put('b.txt')], false)
    linkSync(at('b.txt'), at('c.txt.asice'))
    symlinkSync(folder, at('round'))
    const places = new ResultPlaces(inputs, at('round'), '.sealed')
    expect(codeOf(() => places.take(inputs[0]!, 'a.pdf'))).toBe('cli/result-over-input')
    expect(codeOf(() => places.take(inputs[0]!, 'c.txt.asice'))).toBe('cli/result-over-input')
    expect(places.take(inputs[0]!, 'd.pdf')).toBe(at('round/d.pdf'))
    expect(codeOf(() => places.take(inputs[1]!, 'd.pdf'))).toBe('cli/results-collide')
  })
})

describe('writeResult', () => {
  const hello = new BufferSource(Buffer.from('hello'))
  const options = { mode: 0o666, force: false }
  const write = async (path: string, source: RandomAccessSource = hello, more: object = {}): Promise<string> =>
    writeResult(at(path), source, { ...options, ...more }).then(
      () => 'no error',
      (error: unknown) => (error instanceof Refused ? error.type.code : String(error))
    )

  it('makes folders, writes everything, leaves nothing else', async () => {
    const bytes = Buffer.alloc(3_500_000, 'ab')
    expect(await write('new/folder/big', new BufferSource(bytes))).toBe('no error')
    expect(readFileSync(at('new/folder/big')).equals(bytes)).toBe(true)
    expect(readdirSync(at('new/folder'))).toEqual(['big'])
  })

  it('replaces nothing unless told to', async () => {
    put('there', 'old')
    expect(await write('there')).toBe('cli/result-exists')
    expect(readFileSync(at('there'), 'utf8')).toBe('old')
    expect(await write('there', hello, { force: true })).toBe('no error')
    expect(readFileSync(at('there'), 'utf8')).toBe('hello')
    expect(readdirSync(folder)).toEqual(['there'])
  })

  it('replaces nothing that came while it wrote', async () => {
    expect(await write('late', hello, { beforeNaming: () => void put('late', 'old') })).toBe('cli/result-exists')
    expect(readFileSync(at('late'), 'utf8')).toBe('old')
    expect(readdirSync(folder)).toEqual(['late'])
  })

  it('leaves nothing when reading fails, or the last look does', async () => {
    const broken: RandomAccessSource = {
      size: 5_000_000,
      read: (where, length) => {
        if (where > 2_000_000) throw new Error('unreadable')
        return Buffer.alloc(length)
      }
    }
    expect(await write('a', broken)).toBe('Error: unreadable')
    const fail = (): never => {
      throw new Error('changed')
    }
    expect(await write('b', hello, { beforeNaming: fail })).toBe('Error: changed')
    expect(readdirSync(folder)).toEqual([])
  })

  it('gives a result no more permissions than its file had', async () => {
    const umask = process.umask(0o022)
    try {
      await write('private', hello, { mode: 0o600 })
      await write('public', hello, { mode: 0o777 })
      await write('read-only', hello, { mode: 0o444 })
    } finally {
      process.umask(umask)
    }
    const modes = ['private', 'public', 'read-only'].map(name => (statSync(at(name)).mode & 0o777).toString(8))
    expect(modes).toEqual(['600', '644', '644'])
    chmodSync(at('read-only'), 0o644)
  })

  it('takes half-written results away when the program is stopped', async () => {
    const seen: string[][] = []
    const stopped = write('a', hello, {
      beforeNaming: () => {
        seen.push(readdirSync(folder))
        removeUnfinished()
        seen.push(readdirSync(folder))
      }
    })
    // what would have named it finds nothing to name
    expect(await stopped).toBe('cli/file-missing')
    expect(seen).toEqual([[expect.stringMatching(/^\.goniec-[0-9a-f]{16}\.part$/)], []])
    expect(existsSync(at('a'))).toBe(false)
  })
})
