import { Refused } from '#platform/plain'
import { sealingProblems } from '../sealing.errors.js'

/** Number and generation of an indirect object (ISO 32000-1, 7.3.10). */
export interface PdfRef {
  readonly kind: 'ref'
  readonly raw: Buffer
  readonly number: number
  readonly generation: number
}

/** A dictionary; keys decoded (`#xx` resolved), the last of equal keys counts. */
export interface PdfDict {
  readonly kind: 'dict'
  readonly raw: Buffer
  readonly entries: ReadonlyMap<string, PdfValue>
  /** A key that stands here twice with different values: some readers take the first, some the last. */
  readonly ambiguous?: string
}

export interface PdfArray {
  readonly kind: 'array'
  readonly raw: Buffer
  readonly items: readonly PdfValue[]
}

/**
 * A PDF value (ISO 32000-1, 7.3) with the exact bytes it was read from, so that an object can be written again
 * changed in one place and untouched in all others.
 */
export type PdfValue =
  | { readonly kind: 'null' | 'boolean'; readonly raw: Buffer }
  /** NaN where readers would not agree on the number, such as `--5` or `1.2.3`. */
  | { readonly kind: 'number'; readonly raw: Buffer; readonly value: number }
  | { readonly kind: 'name'; readonly raw: Buffer; readonly name: string }
  /** `bytes` is what the string says; in an encrypted file `raw` stays as it stands there. */
  | { readonly kind: 'string'; readonly raw: Buffer; readonly bytes: Buffer }
  | PdfRef
  | PdfArray
  | PdfDict

/** The document is damaged, or built so that readers may disagree about it; `why` and `at` (offset) help its maker. */
export function broken(why: string, at?: number): Refused {
  return new Refused(sealingProblems['pdf-broken'], { why, at })
}

/** The document would make us read, unpack or walk more than any honest document needs. */
export function tooComplex(why: string): Refused {
  return new Refused(sealingProblems['pdf-too-complex'], { why })
}

/** A correct structure that sealing does not know. */
export function unsupported(why: string): Refused {
  return new Refused(sealingProblems['pdf-unsupported'], { why })
}

/** The value as a non-negative integer, or undefined. */
export function asNatural(value: PdfValue | undefined): number | undefined {
  return value?.kind === 'number' && Number.isSafeInteger(value.value) && value.value >= 0 ? value.value : undefined
}

/** The value as a finite number, or undefined. */
export function asNumber(value: PdfValue | undefined): number | undefined {
  return value?.kind === 'number' && Number.isFinite(value.value) ? value.value : undefined
}

/** The dictionary, if no two readers can read it differently. @throws Refused `sealing/pdf-broken` otherwise */
export function unambiguous(dict: PdfDict): PdfDict {
  if (dict.ambiguous !== undefined) throw broken('one key with two values')
  return dict
}

/** The value as a name without the slash, or undefined. */
export function asName(value: PdfValue | undefined): string | undefined {
  return value?.kind === 'name' ? value.name : undefined
}

/** A name as it is written, without the slash (ISO 32000-1, 7.3.5). */
export function encodeName(name: string): string {
  return name.replace(
    // Everything outside the regular printable characters, and '#' itself (ISO 32000-1, 7.3.5).
    /[^!-~]|[#()<>[\]{}/%]/g,
    character => `#${character.charCodeAt(0).toString(16).padStart(2, '0')}`
  )
}
