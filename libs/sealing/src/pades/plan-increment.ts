import { createHash, type Hash } from 'node:crypto'
import type { HashName } from '../seal-algorithm.js'
import { surveyForm } from './change-permission.js'
import type { PdfReader } from './pdf-reader.js'
import { asNatural, type PdfDict, type PdfValue, unsupported, withEntries, withReference } from './pdf-values.js'
import { type WrittenObject, writeRevision } from './pdf-writer.js'
import type { RandomAccessSource } from './source.js'

/** What stands in the signature dictionary besides the signature itself. */
export interface IncrementOptions {
  /** Room for the CMS signature, in bytes. */
  readonly contentsBytes: number
  /** Goes into /M: PAdES keeps the claimed time there and not in the CMS (ETSI EN 319 142-1, 6.3). */
  readonly signingTime: Date
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

const hexPlaceholder = '/Contents <'

/**
 * Plans a seal as an incremental update: signature dictionary, an invisible signature field on the first page, the form
 * that lists it. Earlier revisions, and so earlier signatures, stay byte for byte as they are.
 * @throws Refused `sealing/pdf-changes-forbidden` and what PdfReader throws.
 */
export function planIncrement(pdf: PdfReader, options: IncrementOptions): IncrementPlan {
  const { names } = surveyForm(pdf)
  const signature = pdf.nextNumber
  const field = signature + 1
  const appearance = signature + 2
  const fieldRef = `${field} 0 R`
  const page = pdf.firstPage()
  const range = ' '.repeat(48)
  const contents = Buffer.alloc(2 * options.contentsBytes, 0x30)
  const head = `<<\n/Type /Sig\n/Filter /Adobe.PPKLite\n/SubFilter /ETSI.CAdES.detached\n${hexPlaceholder}`
  const middle = '>\n/ByteRange '
  const tail = `${range}\n/M (${pdfDate(options.signingTime)})\n>>`
  const objects: WrittenObject[] = [
    {
      number: signature,
      generation: 0,
      body: Buffer.concat([Buffer.from(head), contents, Buffer.from(middle + tail)])
    },
    {
      number: field,
      generation: 0,
      // Annotation flags 132: print and locked. Print is what PDF/A asks of every annotation (ISO 19005-2, 6.3.2).
      body: Buffer.from(
        `<<\n/Type /Annot\n/Subtype /Widget\n/FT /Sig\n/T (${freeName(names, field)})\n/V ${signature} 0 R\n` +
          `/Rect [0 0 0 0]\n/F 132\n/P ${page.number} ${page.generation} R\n/AP << /N ${appearance} 0 R >>\n>>`
      )
    },
    {
      number: appearance,
      generation: 0,
      // An empty appearance: PDF/A-1 wants one even where there is nothing to see (ISO 19005-1, 6.9).
      body: Buffer.from('<<\n/Type /XObject\n/Subtype /Form\n/BBox [0 0 0 0]\n/Length 0\n>>\nstream\n\nendstream')
    },
    pageObject(pdf, page, fieldRef),
    ...formObjects(pdf, appearance + 1, fieldRef)
  ]
  const { bytes, bodies } = writeRevision(pdf, objects)

  const contentsAt = bodies.get(signature)! + head.length - 1
  const end = contentsAt + contents.length + 2
  const start = pdf.source.size
  const byteRange = [0, start + contentsAt, start + end, bytes.length - end] as const
  bytes.write(`[${byteRange.join(' ')}]`, end - 1 + middle.length, 'latin1')
  return { increment: bytes, byteRange, contentsAt, contentsBytes: options.contentsBytes }
}

/** The digest that the seal signs: the file as it was (`prefix`, hashed before) and the increment without its Contents. */
export function digestOfPlan(plan: IncrementPlan, prefix: Hash): Buffer {
  return prefix
    .copy()
    .update(plan.increment.subarray(0, plan.contentsAt))
    .update(plan.increment.subarray(plan.contentsAt + 2 * plan.contentsBytes + 2))
    .digest()
}

/** Hashes the file as it is, in pieces. Take it once, while the file arrives if possible, and use it for every plan. */
export function hashPrefix(source: RandomAccessSource, hash: HashName): Hash {
  const running = createHash(hash)
  const piece = 1024 * 1024
  for (let at = 0; at < source.size; at += piece) running.update(source.read(at, piece))
  return running
}

/** Writes the CMS into the plan; the rest of the room stays zero digits. False, and nothing written, when it does not fit. */
export function fillContents(plan: IncrementPlan, cms: Buffer): boolean {
  if (cms.length > plan.contentsBytes) return false
  plan.increment.write(cms.toString('hex'), plan.contentsAt + 1, 'latin1')
  return true
}

/** The page with the field among its annotations; where these are an array of their own, that array. */
function pageObject(
  pdf: PdfReader,
  page: { number: number; generation: number; value: PdfDict },
  fieldRef: string
): WrittenObject {
  const annotations = page.value.entries.get('Annots')
  return (
    indirectArray(pdf, annotations, fieldRef) ?? {
      ...page,
      body: withEntries(page.value, { Annots: withReference(directArray(pdf, annotations, 'Annots'), fieldRef) })
    }
  )
}

/** The form with the field in it (ISO 32000-1, 12.7.2): extended where it is, or made and hung on the catalog. */
function formObjects(pdf: PdfReader, freeNumber: number, fieldRef: string): WrittenObject[] {
  const catalog = pdf.catalog()
  const place = catalog.value.entries.get('AcroForm')
  const form = pdf.resolve(place)
  if (form === undefined) {
    return [
      { number: freeNumber, generation: 0, body: Buffer.from(`<<\n/Fields [${fieldRef}]\n/SigFlags 3\n>>`) },
      { ...catalog, body: withEntries(catalog.value, { AcroForm: `${freeNumber} 0 R` }) }
    ]
  }
  if (form.kind !== 'dict') throw unsupported('AcroForm')
  const fields = form.entries.get('Fields')
  const fieldsObject = indirectArray(pdf, fields, fieldRef)
  const flags = asNatural(pdf.get(form, 'SigFlags')) ?? 0
  const changes: Record<string, string> = {}
  // Bit 1: signatures exist; bit 2: append only (ISO 32000-1, table 219).
  if ((flags & 3) !== 3) changes['SigFlags'] = String(flags | 3)
  if (!fieldsObject) changes['Fields'] = withReference(directArray(pdf, fields, 'Fields'), fieldRef)
  const changed = fieldsObject ? [fieldsObject] : []
  if (Object.keys(changes).length === 0) return changed
  const body = withEntries(form, changes)
  const object = place?.kind === 'ref' ? pdf.object(place) : undefined
  return object
    ? [...changed, { ...object, body }]
    : [...changed, { ...catalog, body: withEntries(catalog.value, { AcroForm: body.toString('latin1') }) }]
}

/** The next state of an array that is an object of its own; undefined when it is not one. */
function indirectArray(pdf: PdfReader, place: PdfValue | undefined, added: string): WrittenObject | undefined {
  if (place?.kind !== 'ref') return undefined
  const object = pdf.object(place)
  if (!object || object.value.kind === 'null') return undefined
  if (object.value.kind !== 'array') throw unsupported('array behind two references')
  return {
    number: object.number,
    generation: object.generation,
    body: Buffer.from(withReference(object.value, added), 'latin1')
  }
}

function directArray(pdf: PdfReader, place: PdfValue | undefined, what: string) {
  const value = pdf.resolve(place)
  if (value && value.kind !== 'array') throw unsupported(what)
  return value
}

function freeName(names: ReadonlySet<string>, number: number): string {
  for (let n = number; ; n++) if (!names.has(`GoniecSeal${n}`)) return `GoniecSeal${n}`
}

/** A date string in UTC (ISO 32000-1, 7.9.4). */
function pdfDate(at: Date): string {
  return `D:${at.toISOString().replace(/[-:T]/g, '').slice(0, 14)}Z`
}
