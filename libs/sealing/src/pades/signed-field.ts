import { Refused } from '#platform/plain'
import { sealingProblems } from '../sealing.errors.js'
import { type RandomAccessSource, SliceSource } from '../source.js'
import { type FormField, items, signatureIn, surveyForm } from './form-fields.js'
import type { PdfReader } from './pdf-reader.js'
import { asName, asNatural, type PdfDict, tooComplex } from './pdf-values.js'

/** A signature or document time stamp in a PDF: where it stands and what it covers. No cryptography yet. */
export interface SignedField {
  readonly field: FormField
  /** The signature dictionary. */
  readonly dict: PdfDict
  readonly kind: 'signature' | 'document-time-stamp'
  readonly subFilter: string
  /** Value of /Contents with its zero padding; empty when there is none. */
  readonly padded: Buffer
  /** Covered bytes, present when the ByteRange keeps all rules: everything up to `end` but the gap. */
  readonly range?: CoveredRange
  /** Which rule is broken, when one is. */
  readonly fault?: string
  /** The file, and the field, as they were when this was signed; present together with `range`. */
  readonly revision?: PdfReader
  readonly fieldThen?: FormField
}

/** Offsets in the file. */
export interface CoveredRange {
  readonly gapStart: number
  readonly gapEnd: number
  readonly end: number
}

/** Files with more signatures than this are not read: each has a revision of its own to be looked at. */
const mostSignatures = 300

/** A /Contents string longer than this is no signature. */
const longestContents = 64 * 1024 * 1024

/**
 * Finds the signatures and document time stamps of a PDF, in the order in which they were made; those whose ByteRange is
 * wrong come last.
 * @throws Refused `sealing/pdf-too-complex`
 */
export function findSignedFields(pdf: PdfReader): SignedField[] {
  const found: SignedField[] = []
  const seen = new Set<PdfDict | number>()
  for (const field of surveyForm(pdf).fields) {
    const dict = signatureIn(pdf, field)
    if (!dict) continue
    const identity = field.value?.kind === 'ref' ? field.value.number : dict
    if (seen.has(identity)) continue
    seen.add(identity)
    if (found.length === mostSignatures) throw tooComplex('signatures')
    found.push(read(pdf, field, dict))
  }
  return found.sort((a, b) => (a.range?.end ?? Infinity) - (b.range?.end ?? Infinity))
}

function read(pdf: PdfReader, field: FormField, dict: PdfDict): SignedField {
  const subFilter = asName(pdf.get(dict, 'SubFilter')) ?? ''
  const stamp = subFilter === 'ETSI.RFC3161' || asName(pdf.get(dict, 'Type')) === 'DocTimeStamp'
  const contents = dict.entries.get('Contents')
  const padded = contents?.kind === 'string' ? hexDigits(contents.raw) : undefined
  const common = {
    field,
    dict,
    kind: stamp ? ('document-time-stamp' as const) : ('signature' as const),
    subFilter,
    padded: padded ?? Buffer.alloc(0)
  }
  if (!padded) return { ...common, fault: 'Contents is not a hexadecimal string' }
  const range = coveredRange(pdf, dict)
  if (typeof range === 'string') return { ...common, fault: range }
  const signed = signedRevision(pdf, field, dict, range)
  if (typeof signed === 'string') return { ...common, fault: signed }
  return { ...common, range, ...signed }
}

/** The bytes of a hexadecimal string as it stands in the file; decrypted strings must not be used: Contents never is. */
function hexDigits(raw: Buffer): Buffer | undefined {
  const text = raw.toString('latin1', 1, raw.length - 1)
  if (raw[0] !== 0x3c || raw.length > longestContents || !/^[0-9a-fA-F\s]*$/.test(text)) return undefined
  const digits = /\s/.test(text) ? text.replace(/\s/g, '') : text
  return Buffer.from(digits.length % 2 ? `${digits}0` : digits, 'hex')
}

/**
 * The rules of ISO 32000-2, 12.8.1 and EN 319 142-1, 5.3, hardened: four numbers; from the first byte; the gap is exactly
 * the Contents string of this very dictionary, brackets included; nothing beyond the end of the file.
 */
function coveredRange(pdf: PdfReader, dict: PdfDict): CoveredRange | string {
  const numbers = items(pdf.get(dict, 'ByteRange')).map(item => asNatural(pdf.resolve(item)) ?? -1)
  const [start, gapStart, gapEnd, rest] = numbers
  if (numbers.length !== 4 || numbers.some(number => number < 0)) return 'ByteRange is not four numbers'
  if (start !== 0) return 'ByteRange does not start at the beginning of the file'
  const end = gapEnd! + rest!
  if (end > pdf.source.size) return 'ByteRange exceeds the file'
  const contents = dict.entries.get('Contents')
  const raw = contents!.raw
  if (gapEnd! - gapStart! !== raw.length) return 'the gap in the ByteRange is not the Contents string'
  // The whole dictionary must stand around the gap: another one with equal Contents would not do.
  const dictAt = gapStart! - (raw.byteOffset - dict.raw.byteOffset)
  if (dictAt < 0 || !pdf.source.read(dictAt, dict.raw.length).equals(dict.raw))
    return 'the gap in the ByteRange is not the Contents string'
  if (gapEnd! + 1 >= end) return 'ByteRange ends at the Contents'
  // Readers that take the first of two would see another signature.
  if (dict.ambiguous !== undefined) return 'the signature dictionary has an entry twice'
  return { gapStart: gapStart!, gapEnd: gapEnd!, end }
}

/**
 * The file up to the end of the covered bytes must be a whole PDF that ends there, and hold the same signature in the
 * same field: otherwise part of the signature's own revision (its cross-reference, say) could be changed at will.
 */
function signedRevision(
  pdf: PdfReader,
  field: FormField,
  dict: PdfDict,
  range: CoveredRange
): Required<Pick<SignedField, 'revision' | 'fieldThen'>> | string {
  const source = new SliceSource(pdf.source, 0, range.end)
  if (!endsWithMark(source)) return 'the covered bytes do not end at the end of a revision'
  if (range.end === pdf.source.size) return { revision: pdf, fieldThen: field }
  try {
    const revision = pdf.stateAt(range.end)
    const fieldThen = surveyForm(revision).fields.find(({ name }) => name === field.name)
    if (fieldThen && signatureIn(revision, fieldThen)?.raw.equals(dict.raw)) return { revision, fieldThen }
  } catch (error) {
    if (!(error instanceof Refused) || error.type === sealingProblems['pdf-too-complex']) throw error
    return 'the covered bytes are not a whole revision'
  }
  return 'the covered revision does not hold this signature'
}

/** Whether the last thing in the file is %%EOF, white space aside. */
function endsWithMark(source: RandomAccessSource): boolean {
  const tail = source.read(Math.max(0, source.size - 1024), 1024).toString('latin1')
  return /%%EOF[\s\0]*$/.test(tail)
}
