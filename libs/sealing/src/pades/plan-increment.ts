import type { Hash } from 'node:crypto'
import { Refused } from '#platform/plain'
import type { Signer } from '../draft.js'
import { sealingProblems } from '../sealing.errors.js'
import { assertSealPermitted, changeRule, lockIn, signaturesInForce } from './change-permission.js'
import { fillField, newField } from './field-widget.js'
import { type FormField, type FormSurvey, signatureIn, surveyForm } from './form-fields.js'
import type { PdfReader } from './pdf-reader.js'
import type { PdfSealOptions } from './pdf-seal-options.js'
import { pdfDate, textBytes } from './pdf-text.js'
import { type PdfDict, unsupported } from './pdf-values.js'
import { changedDictionary, Gap, type Part, RevisionWriter } from './pdf-writer.js'
import { assertSeedValues, certificationLevel } from './seed-values.js'

/** A seal to be planned: what stands in the file besides the signature itself. */
export interface SignatureWish {
  readonly kind: 'signature'
  /** Room for the CMS signature, in bytes. */
  readonly contentsBytes: number
  /** Goes into /M: PAdES keeps the claimed time there and not in the CMS (ETSI EN 319 142-1, 6.3). */
  readonly signingTime: Date
  readonly signer: Signer
  /** Whether the CMS will hold a time stamp. */
  readonly timestamped: boolean
  /** For a visible seal that names its document. */
  readonly documentName: string
  readonly options: PdfSealOptions
}

/** A document time stamp (ISO 32000-2, 12.8.5): a signature field of its own, never seen, whose Contents is a token. */
export interface DocumentTimestampWish {
  readonly kind: 'document-time-stamp'
  /** Room for the token, in bytes. */
  readonly contentsBytes: number
}

/** A revision that seals a PDF, complete but for the signature value. Append `increment` to the file after `fillContents`. */
export interface IncrementPlan {
  readonly increment: Buffer
  /** Offsets in the sealed file: everything but the bracketed Contents string. */
  readonly byteRange: readonly [0, number, number, number]
  /** Where the Contents string (its opening bracket) stands in `increment`. */
  readonly contentsAt: number
  readonly contentsBytes: number
}

/**
 * Plans a seal or a document time stamp as an incremental update: signature dictionary, field and widget, appearance, the
 * form that lists the field, the certification in the catalog. Earlier revisions, and so earlier signatures, stay byte
 * for byte as they are.
 * @throws Refused `sealing/pdf-changes-forbidden`, `sealing/pdf-permission-missing`, `sealing/pdf-field-missing`,
 * `sealing/pdf-field-signed`, `sealing/pdf-seed-values`, `sealing/pdf-signed-already`, what SealAppearance and PdfReader throw.
 */
export function planIncrement(pdf: PdfReader, wish: SignatureWish | DocumentTimestampWish): IncrementPlan {
  const survey = surveyForm(pdf)
  const writer = new RevisionWriter(pdf)
  const signature = writer.reserve()
  const contents = new Gap(2 * wish.contentsBytes, '0')
  const range = new Gap(48, ' ')
  if (wish.kind === 'signature') writeSeal(writer, survey, wish, signature, contents, range)
  else {
    pdf.encryption?.permissions.demand('create-field')
    writer.put(signature, dictionary('DocTimeStamp', 'ETSI.RFC3161', contents, range, '\n>>'))
    const inForce = signaturesInForce(pdf, survey)
    const bare = inForce.some(one => changeRule(pdf, one.signature, one.field).permission === 1)
    const tagged = inForce.length === 0
    newField(writer, survey, { signature: `${signature} 0 R`, lockedNames: new Set(), tagged, bare })
  }
  const increment = writer.finish()

  const contentsAt = contents.at - 1
  const end = contentsAt + contents.size + 2
  const start = pdf.source.size
  const byteRange = [0, start + contentsAt, start + end, increment.length - end] as const
  increment.write(`[${byteRange.join(' ')}]`, range.at, 'latin1')
  return { increment, byteRange, contentsAt, contentsBytes: wish.contentsBytes }
}

/** The digest that the seal signs: the file as it was (`prefix`, hashed before) and the increment without its Contents. */
export function digestOfPlan(plan: IncrementPlan, prefix: Hash): Buffer {
  return prefix
    .copy()
    .update(plan.increment.subarray(0, plan.contentsAt))
    .update(plan.increment.subarray(plan.contentsAt + 2 * plan.contentsBytes + 2))
    .digest()
}

/** Writes the CMS into the plan; the rest of the room stays zero digits. False, and nothing written, when it does not fit. */
export function fillContents(plan: IncrementPlan, cms: Buffer): boolean {
  if (cms.length > plan.contentsBytes) return false
  plan.increment.write(cms.toString('hex'), plan.contentsAt + 1, 'latin1')
  return true
}

/** The signature dictionary (ISO 32000-2, table 255). No /Cert: PAdES forbids it (EN 319 142-1, 6.3). */
function dictionary(type: string, subFilter: string, contents: Gap, range: Gap, rest: string): Part[] {
  return [
    `<<\n/Type /${type}\n/Filter /Adobe.PPKLite\n/SubFilter /${subFilter}\n/Contents <`,
    contents,
    '>\n/ByteRange ',
    range,
    rest
  ]
}

function writeSeal(
  writer: RevisionWriter,
  survey: FormSurvey,
  wish: SignatureWish,
  signature: number,
  contents: Gap,
  range: Gap
): void {
  const { pdf } = writer
  const { options, signer, timestamped, signingTime, documentName } = wish
  const existing = options.field === undefined ? undefined : emptyField(pdf, survey, options.field)
  pdf.encryption?.permissions.demand(existing ? 'fill-field' : 'create-field')
  const inForce = signaturesInForce(pdf, survey)
  const lockedNames = assertSealPermitted(pdf, inForce, existing?.name)
  if (existing) assertSeedValues(pdf, existing.dict, { signer, timestamped, options })
  const unsigned = inForce.length === 0

  let rest = `\n/M ${writer.string(Buffer.from(pdfDate(signingTime), 'latin1'), signature)}`
  for (const [key, text] of [
    ['Reason', options.reason],
    ['Location', options.location],
    ['ContactInfo', options.contactInfo]
  ] as const)
    if (text) rest += `\n/${key} ${writer.string(textBytes(text), signature)}`
  const references: string[] = []
  if (options.certification) {
    if (!unsigned) throw new Refused(sealingProblems['pdf-signed-already'])
    const level = certificationLevel[options.certification]
    references.push(reference('DocMDP', `/P ${level} /V /1.2`))
    certifyInCatalog(writer, `${signature} 0 R`)
  }
  const lock = existing && pdf.getDict(existing.dict, 'Lock')
  if (lock) references.push(lockReference(writer, lock, signature))
  if (references.length > 0) rest += `\n/Reference [${references.join(' ')}]`
  writer.put(signature, dictionary('Sig', 'ETSI.CAdES.detached', contents, range, `${rest}\n>>`))

  const facts = { signingTime, documentName }
  const seal = { signature: `${signature} 0 R`, appearance: options.appearance, facts }
  if (existing) fillField(writer, existing, seal)
  // Tags are part of what an earlier signer approved: where there is one, the structure tree stays as it is.
  else newField(writer, survey, { ...seal, lockedNames, tagged: unsigned })
}

function emptyField(pdf: PdfReader, survey: FormSurvey, name: string): FormField {
  const field = survey.fields.find(one => one.name === name && one.type === 'Sig')
  if (!field) throw new Refused(sealingProblems['pdf-field-missing'])
  if (signatureIn(pdf, field)) throw new Refused(sealingProblems['pdf-field-signed'])
  if (!field.ref) throw unsupported('signature field that is no object of its own')
  return field
}

function reference(method: string, parameters: string): string {
  return `<< /Type /SigRef /TransformMethod /${method} /TransformParams << /Type /TransformParams ${parameters} >> >>`
}

/** What the field's lock says comes into force with this signature (ISO 32000-2, 12.7.5.5: copied into FieldMDP). */
function lockReference(writer: RevisionWriter, lock: PdfDict, holder: number): string {
  const { action, fields } = lockIn(writer.pdf, lock)
  const names = fields.map(name => writer.string(textBytes(name), holder)).join(' ')
  const root = writer.pdf.trailer.entries.get('Root')!.raw.toString('latin1')
  const listed = action === 'All' ? '' : ` /Fields [${names}]`
  return reference('FieldMDP', `/Action /${action}${listed} /V /1.2`).replace('/SigRef', `/SigRef /Data ${root}`)
}

function certifyInCatalog(writer: RevisionWriter, signature: string): void {
  const { pdf } = writer
  const catalog = pdf.catalog()
  const place = catalog.value.entries.get('Perms')
  const own = place?.kind === 'ref' ? pdf.object(place) : undefined
  if (own?.value.kind === 'dict') writer.set({ ...own, value: own.value }, 'DocMDP', [signature])
  else if (place?.kind === 'dict')
    writer.set(catalog, 'Perms', changedDictionary(place, new Map([['DocMDP', [signature]]])))
  else writer.set(catalog, 'Perms', [`<< /DocMDP ${signature} >>`])
}
