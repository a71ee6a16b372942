import { Refused } from '#platform/plain'
import { sealingProblems } from '../sealing.errors.js'
import { type FormSurvey, items, signatureIn } from './form-fields.js'
import type { PdfReader } from './pdf-reader.js'
import { textOf } from './pdf-text.js'
import { asName, asNatural, type PdfDict, type PdfValue } from './pdf-values.js'

/** Which fields a lock means (ISO 32000-2, 12.8.2.4 and table 236). */
export interface FieldLock {
  readonly action: 'All' | 'Include' | 'Exclude'
  /** Fully qualified names; those of fields that have kids mean all below. */
  readonly fields: readonly string[]
}

/** What a signature dictionary says about changes after it. */
export interface ChangeRule {
  /** DocMDP: 1 nothing, 2 forms and signatures, 3 annotations too; undefined when the signature says nothing. */
  readonly permission?: 1 | 2 | 3
  readonly locks: readonly FieldLock[]
}

/** Whether the lock means the field. */
export function isLocked(lock: FieldLock, name: string): boolean {
  if (lock.action === 'All') return true
  const listed = lock.fields.some(one => name === one || name.startsWith(`${one}.`))
  return listed === (lock.action === 'Include')
}

/** Reads a lock from a /Lock dictionary or from FieldMDP parameters; an unknown action locks everything. */
export function lockIn(pdf: PdfReader, dict: PdfDict | undefined): FieldLock {
  const action = asName(pdf.get(dict, 'Action'))
  const fields = items(pdf.get(dict, 'Fields')).flatMap(item => {
    const name = pdf.resolve(item)
    return name?.kind === 'string' ? [textOf(name.bytes)] : []
  })
  return { action: action === 'Include' || action === 'Exclude' ? action : 'All', fields }
}

function permissionIn(value: PdfValue | undefined): 1 | 2 | 3 | undefined {
  const p = asNatural(value)
  return p === 1 || p === 2 || p === 3 ? p : undefined
}

const strictest = (a: 1 | 2 | 3 | undefined, b: 1 | 2 | 3 | undefined) => (a && b ? (a < b ? a : b) : (a ?? b))

/**
 * What a signature permits after it: its DocMDP and FieldMDP references (ISO 32000-2, 12.8.2), and P of the lock
 * dictionary of the field it is in (table 236).
 */
export function changeRule(pdf: PdfReader, signature: PdfDict, field?: PdfDict): ChangeRule {
  let permission = permissionIn(pdf.get(pdf.getDict(field, 'Lock'), 'P'))
  const locks: FieldLock[] = []
  for (const item of items(pdf.get(signature, 'Reference'))) {
    const reference = pdf.resolve(item)
    if (reference?.kind !== 'dict') continue
    const parameters = pdf.getDict(reference, 'TransformParams')
    const method = asName(pdf.get(reference, 'TransformMethod'))
    // P is 2 unless given (table 257).
    if (method === 'DocMDP') permission = strictest(permission, permissionIn(pdf.get(parameters, 'P')) ?? 2)
    if (method !== 'FieldMDP') continue
    locks.push(lockIn(pdf, parameters))
    permission = strictest(permission, permissionIn(pdf.get(parameters, 'P')))
  }
  return { permission, locks }
}

/** A signature dictionary, and the field that it is in. */
export interface SignatureInForce {
  readonly signature: PdfDict
  readonly field?: PdfDict
}

/** Signature dictionaries that are in force: those in fields, and the certification that the catalog names. */
export function signaturesInForce(pdf: PdfReader, survey: FormSurvey): SignatureInForce[] {
  const found: SignatureInForce[] = survey.fields.flatMap(field => {
    const signature = signatureIn(pdf, field)
    return signature ? [{ signature, field: field.dict }] : []
  })
  const certification = pdf.getDict(pdf.getDict(pdf.catalog().value, 'Perms'), 'DocMDP')
  return certification ? [{ signature: certification }, ...found] : found
}

/**
 * Stops when an earlier signature forbids a seal: certification with "no changes" (DocMDP P=1), a FieldMDP lock that
 * means the field (for a new one: "All" and "Exclude" lock what they do not list), or a signed field whose lock has P=1.
 * Document time stamps are no changes by ISO 32000-2, table 257, and need not ask.
 * @param existing name of the field to be filled; a new one is made when undefined
 * @returns names that a new field must not have, because they are locked
 * @throws Refused `sealing/pdf-changes-forbidden`
 */
export function assertSealPermitted(
  pdf: PdfReader,
  inForce: readonly SignatureInForce[],
  existing?: string
): ReadonlySet<string> {
  const locked = new Set<string>()
  for (const { signature, field } of inForce) {
    const rule = changeRule(pdf, signature, field)
    if (rule.permission === 1) throw forbidden('no changes (P=1)')
    for (const lock of rule.locks) {
      if (existing === undefined ? lock.action !== 'Include' : isLocked(lock, existing))
        throw forbidden(`FieldMDP ${lock.action}`)
      for (const name of lock.fields) locked.add(name)
    }
  }
  return locked
}

function forbidden(why: string): Refused {
  return new Refused(sealingProblems['pdf-changes-forbidden'], { why })
}
