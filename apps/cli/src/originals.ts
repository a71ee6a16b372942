import { statSync } from 'node:fs'
import { basename } from 'node:path'
import type { Document } from '#sealing/plain'
import { type OpenedFile, openFile } from './open-file.js'

/** Files that detached signatures sign, open for reading. Whoever opened them closes them. */
export interface OpenedOriginals {
  readonly paths: readonly string[]
  readonly documents: readonly Document[]
  readonly close: () => void
}

/**
 * Opens what a signature signs: the files that were named or, where none was, the one that stands beside the signature
 * under its name without the ending (`umowa.pdf` beside `umowa.pdf.CAdES`).
 * @throws Refused `cli/file-…`
 */
export function openOriginals(signature: string, named: readonly string[]): OpenedOriginals {
  const paths = named.length > 0 ? named : besides(signature)
  const opened: OpenedFile[] = []
  const close = (): void => opened.forEach(file => file.close())
  try {
    const documents = paths.map(path => {
      const file = openFile(path)
      opened.push(file)
      return { fileName: basename(path), mediaType: '', source: file.source }
    })
    return { paths, documents, close }
  } catch (error) {
    close()
    throw error
  }
}

const detachedEnding = /\.(cades|xades|p7s|sig)$/i

function besides(signature: string): string[] {
  if (!detachedEnding.test(signature)) return []
  const original = signature.replace(detachedEnding, '')
  // a raised signature goes on to sign what it signed before
  const names = [original, original.replace(/(\.raised)+$/, '')]
  return names.filter(name => statSync(name, { throwIfNoEntry: false })?.isFile()).slice(0, 1)
}
