import { Refused } from '#platform'
import { sealingProblems } from '../sealing.errors.js'
import type { PdfReader } from './pdf-reader.js'
import { asName, asNatural, type PdfDict, type PdfValue, tooComplex } from './pdf-values.js'

/** Forms with more fields than this are not walked. */
const mostFields = 20_000

/** What the walk over the form found. */
export interface FormSurvey {
  /** Names that a new field may not have: those of the top-level fields, and those an earlier signature locks. */
  readonly names: Set<string>
  /** Signature dictionaries of fields that are signed already. */
  readonly signatures: readonly PdfDict[]
}

/**
 * Looks through the interactive form (ISO 32000-1, 12.7) and stops if an earlier signature forbids adding a seal:
 * certification with "no changes" (DocMDP P=1, 12.8.2.2), a FieldMDP lock that covers new fields (12.8.2.4), or a
 * signed field whose lock dictionary has P=1 (ISO 32000-2, table 236).
 * @throws Refused `sealing/pdf-changes-forbidden`.
 */
export function surveyForm(pdf: PdfReader): FormSurvey {
  const catalog = pdf.catalog().value
  const survey = walkFields(pdf, pdf.getDict(catalog, 'AcroForm'))
  const certification = pdf.getDict(pdf.getDict(catalog, 'Perms'), 'DocMDP')
  for (const signature of certification ? [certification, ...survey.signatures] : survey.signatures)
    for (const reference of items(pdf.get(signature, 'Reference'))) {
      const why = forbiddenBy(pdf, pdf.resolve(reference), survey.names)
      if (why) throw new Refused(sealingProblems['pdf-changes-forbidden'], { why })
    }
  return survey
}

function forbiddenBy(pdf: PdfReader, reference: PdfValue | undefined, names: Set<string>): string | undefined {
  if (reference?.kind !== 'dict') return undefined
  const parameters = pdf.getDict(reference, 'TransformParams')
  const method = asName(pdf.get(reference, 'TransformMethod'))
  // P is 2 (forms and signatures allowed) unless given.
  if (asNatural(pdf.get(parameters, 'P')) === 1 && (method === 'DocMDP' || method === 'FieldMDP'))
    return `${method} P=1`
  if (method !== 'FieldMDP') return undefined
  const action = asName(pdf.get(parameters, 'Action'))
  // "All" and "Exclude" lock every field that is not listed, a new one too; "Include" locks the listed ones only.
  if (action !== 'Include') return `FieldMDP ${action === 'Exclude' ? 'Exclude' : 'All'}`
  for (const field of items(pdf.get(parameters, 'Fields'))) {
    const name = pdf.resolve(field)
    if (name?.kind === 'string') names.add(textOf(name.bytes))
  }
  return undefined
}

function walkFields(pdf: PdfReader, form: PdfDict | undefined): FormSurvey {
  const names = new Set<string>()
  const signatures: PdfDict[] = []
  const seen = new Set<number>()
  const pending: { value: PdfValue; type?: string; top: boolean }[] = []
  const push = (fields: PdfValue | undefined, type: string | undefined, top: boolean): void => {
    for (const value of items(fields)) pending.push({ value, type, top })
    if (pending.length > mostFields) throw tooComplex('form fields')
  }
  push(pdf.get(form, 'Fields'), undefined, true)
  for (let next = pending.pop(); next; next = pending.pop()) {
    if (next.value.kind === 'ref') {
      if (seen.has(next.value.number)) continue
      seen.add(next.value.number)
      if (seen.size > mostFields) throw tooComplex('form fields')
    }
    const field = pdf.resolve(next.value)
    if (field?.kind !== 'dict') continue
    const name = pdf.get(field, 'T')
    if (next.top && name?.kind === 'string') names.add(textOf(name.bytes))
    // The type is inheritable (ISO 32000-1, table 220).
    const type = asName(pdf.get(field, 'FT')) ?? next.type
    const value = type === 'Sig' ? pdf.getDict(field, 'V') : undefined
    if (value) {
      signatures.push(value)
      const lock = pdf.getDict(field, 'Lock')
      if (asNatural(pdf.get(lock, 'P')) === 1)
        throw new Refused(sealingProblems['pdf-changes-forbidden'], { why: 'Lock P=1' })
    }
    push(pdf.get(field, 'Kids'), type, false)
  }
  return { names, signatures }
}

function items(value: PdfValue | undefined): readonly PdfValue[] {
  return value?.kind === 'array' ? value.items : []
}

/** A text string (ISO 32000-1, 7.9.2.2): UTF-16 with a mark, otherwise a one-byte encoding. */
function textOf(bytes: Buffer): string {
  if (bytes[0] === 0xfe && bytes[1] === 0xff && bytes.length % 2 === 0)
    return Buffer.from(bytes.subarray(2)).swap16().toString('utf16le')
  return bytes.toString('latin1')
}
