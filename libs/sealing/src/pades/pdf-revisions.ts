import type { RandomAccessSource } from '../source.js'
import { PdfParser } from './pdf-parser.js'
import type { XrefSection } from './xref-entries.js'

/** One state of the document that was saved as a whole (ISO 32000-1, 7.5.6). */
export interface PdfRevision {
  /** Offset in the file just behind its `%%EOF`, before any line end. */
  readonly eofAt: number
  /** Offset in the file behind the line end after `%%EOF`: the file cut here is the file as it was. */
  readonly end: number
  /** Where its cross-reference section is in the file: what its `startxref` names. */
  readonly xrefAt: number
}

/** How far behind a cross-reference section its `startxref` is looked for: there is nothing between in honest files. */
const nearby = 4096

/**
 * Revisions, oldest first, from the chain of cross-reference sections (newest first).
 * A linearised file (ISO 32000-1, annex F) has two sections and one revision: the newer section stands before the older.
 */
export function listRevisions(source: RandomAccessSource, sections: readonly XrefSection[]): PdfRevision[] {
  const found: PdfRevision[] = []
  for (let i = sections.length - 1; i >= 0; i--) {
    const newer = i > 0 ? sections[i - 1]! : undefined
    // Its revision ends behind the section that stands last, but is entered by the one that stands first.
    if (newer && newer.at < sections[i]!.at) {
      found.push(revisionAt(source, newer.at, sections[i]!.endAt))
      i--
    } else found.push(revisionAt(source, sections[i]!.at, sections[i]!.endAt))
  }
  return found
}

function revisionAt(source: RandomAccessSource, xrefAt: number, sectionEnd: number): PdfRevision {
  const bytes = source.read(sectionEnd, nearby)
  const keyword = bytes.indexOf('startxref')
  if (keyword < 0) return { xrefAt, eofAt: source.size, end: source.size }
  const parser = new PdfParser(bytes, keyword + 'startxref'.length)
  skipSpaceOnly(parser)
  parser.natural()
  const afterNumber = parser.at
  skipSpaceOnly(parser)
  // Where %%EOF is forgotten the revision ends with the number.
  const eof = bytes.toString('latin1', parser.at, parser.at + 5) === '%%EOF'
  const at = eof ? parser.at + 5 : afterNumber
  let end = at
  if (bytes[end] === 0x0d) end++
  if (bytes[end] === 0x0a) end++
  return { xrefAt, eofAt: sectionEnd + at, end: sectionEnd + end }
}

/** White space, but no comments: `%%EOF` is one. */
function skipSpaceOnly(parser: PdfParser): void {
  while ([0, 9, 10, 12, 13, 32].includes(parser.peek())) parser.at++
}
