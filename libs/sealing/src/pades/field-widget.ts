import { type FormField, type FormSurvey, items, type Placed } from './form-fields.js'
import { textBytes } from './pdf-text.js'
import { asNatural, type PdfDict, type PdfValue, unsupported } from './pdf-values.js'
import { changedDictionary, extendedArray, type Part, type RevisionWriter, type Rewritable } from './pdf-writer.js'
import type { PlacedAppearance, SealAppearance, SealFacts } from './seal-appearance.js'
import { tagField } from './structure-tree.js'

/** What goes into a signature field. */
interface Seal {
  /** Reference to the signature dictionary. */
  readonly signature: string
  /** Absent: nothing is to be seen. */
  readonly appearance?: SealAppearance
  readonly facts?: SealFacts
}

/** A seal in a field that does not exist yet. */
interface SealInNewField extends Seal {
  /** Field names that earlier signatures lock. */
  readonly lockedNames: ReadonlySet<string>
  /** Whether the structure tree may be extended. */
  readonly tagged: boolean
  /** Leaves the empty appearance of an unseen field out: an appearance is a change that "no changes" does not bear. */
  readonly bare?: boolean
}

/** Print and locked (ISO 32000-2, table 167). Print is what PDF/A asks of every annotation (ISO 19005-2, 6.3.2). */
const printAndLocked = 4 | 128
/** Invisible, hidden, no view, toggle no view: PDF/A forbids them, and a seal that nobody sees is not a visible one. */
const unseen = 1 | 2 | 32 | 256

/** An empty appearance: PDF/A-1 wants one even where there is nothing to see (ISO 19005-1, 6.9). */
const emptyAppearance = '<<\n/Type /XObject\n/Subtype /Form\n/BBox [0 0 0 0]\n>>'
const nothing = Buffer.alloc(0)

/** Makes a field and its widget, one dictionary, and hangs it on page and form. */
export function newField(writer: RevisionWriter, survey: FormSurvey, seal: SealInNewField): void {
  const { pdf } = writer
  const { appearance, facts } = seal
  const page = pdf.page(appearance?.page ?? 'first')
  const placed = appearance && facts ? appearance.place(page.geometry, facts) : undefined
  const field = writer.reserve()
  const ref = `${field} 0 R`
  const pageRef = `${page.number} ${page.generation} R`
  const normal = placed ? writeAppearance(writer, placed) : seal.bare ? undefined : writeNothing(writer)
  const title = writer.string(Buffer.from(freeName(survey, seal.lockedNames, field), 'latin1'), field)
  const alternate = placed?.alternateText ?? (facts ? 'Pieczęć elektroniczna' : 'Elektroniczny znacznik czasu')
  const structParent = seal.tagged ? tagField(writer, ref, pageRef) : undefined
  writer.put(field, [
    `<<\n/Type /Annot\n/Subtype /Widget\n/FT /Sig\n/T ${title}\n/V ${seal.signature}\n` +
      `/Rect [${placed?.rect.map(decimal).join(' ') ?? '0 0 0 0'}]\n/F ${printAndLocked}\n/P ${pageRef}\n` +
      `${normal === undefined ? '' : `/AP << /N ${normal} 0 R >>\n`}/TU ${writer.string(textBytes(alternate), field)}\n` +
      (structParent === undefined ? '>>' : `/StructParent ${structParent}\n>>`)
  ])
  hangOnPage(writer, page, ref)
  if (structParent !== undefined && !page.value.entries.has('Tabs')) writer.set(page, 'Tabs', ['/S'])
  hangOnForm(writer, ref)
}

/** Puts the signature, and its appearance if it has one and the field has room to be seen, into an existing empty field. */
export function fillField(writer: RevisionWriter, field: FormField, seal: Seal): void {
  const { pdf } = writer
  const { appearance, facts } = seal
  const own = placedObject(field)
  writer.set(own, 'V', [seal.signature])
  const widget = field.widgets[0]
  const rect = widget && rectangle(widget.dict.entries.get('Rect'), value => pdf.resolve(value))
  if (widget && rect && appearance && facts && rect[2] > rect[0] && rect[3] > rect[1]) {
    const page = pdf.get(widget.dict, 'P')
    const geometry = page?.kind === 'dict' ? pdf.geometryOf(page) : pdf.page('first').geometry
    const placed = appearance.placeIn(rect, geometry, facts)
    const object = widget.ref ? placedObject(widget) : own
    writer.set(object, 'AP', [`<< /N ${writeAppearance(writer, placed)} 0 R >>`])
    const flags = asNatural(pdf.get(widget.dict, 'F')) ?? 0
    writer.set(object, 'F', [String((flags | printAndLocked) & ~unseen)])
  }
  markForm(writer)
}

function placedObject({ ref, dict }: Placed): Rewritable<PdfDict> {
  if (!ref) throw unsupported('signature field that is no object of its own')
  return { number: ref.number, generation: ref.generation, value: dict }
}

function writeNothing(writer: RevisionWriter): number {
  const number = writer.reserve()
  writer.putStream(number, emptyAppearance, nothing)
  return number
}

function writeAppearance(writer: RevisionWriter, placed: PlacedAppearance): number {
  const numbers = placed.objects.map(() => writer.reserve())
  placed.objects.forEach((object, i) => {
    const number = numbers[i]!
    const { dictionary, stream } = object.body(numbers, bytes => writer.string(bytes, number))
    if (stream) writer.putStream(number, dictionary, stream)
    else writer.put(number, [dictionary])
  })
  return numbers[0]!
}

function rectangle(
  value: PdfValue | undefined,
  resolve: (value: PdfValue | undefined) => PdfValue | undefined
): [number, number, number, number] | undefined {
  const numbers = items(resolve(value)).map(item => {
    const number = resolve(item)
    return number?.kind === 'number' ? number.value : NaN
  })
  const [a, b, c, d] = numbers
  if (numbers.length !== 4 || numbers.some(Number.isNaN)) return undefined
  return [Math.min(a!, c!), Math.min(b!, d!), Math.max(a!, c!), Math.max(b!, d!)]
}

/** The page with the field among its annotations; where these are an array of their own, that array. */
function hangOnPage(writer: RevisionWriter, page: Rewritable<PdfDict>, ref: string): void {
  const annotations = page.value.entries.get('Annots')
  if (writer.append(annotations, ref)) return
  writer.set(page, 'Annots', extendedArray(directArray(writer, annotations, 'Annots'), ref))
}

/** The form with the field in it (ISO 32000-2, 12.7.3): extended where it is, or made and hung on the catalog. */
function hangOnForm(writer: RevisionWriter, ref: string): void {
  const form = formOf(writer)
  if (!form) {
    const number = writer.reserve()
    writer.put(number, [`<<\n/Fields [${ref}]\n/SigFlags 3\n>>`])
    writer.set(writer.pdf.catalog(), 'AcroForm', [`${number} 0 R`])
    return
  }
  const fields = form.value.entries.get('Fields')
  const changes = new Map<string, readonly Part[]>()
  if (!writer.append(fields, ref)) changes.set('Fields', extendedArray(directArray(writer, fields, 'Fields'), ref))
  changeForm(writer, form, changes)
}

function markForm(writer: RevisionWriter): void {
  const form = formOf(writer)
  if (form) changeForm(writer, form, new Map())
}

interface Form {
  readonly value: PdfDict
  /** The object that the form's dictionary stands in: its own, or the catalog. */
  readonly holder: Rewritable<PdfDict>
  readonly own: boolean
}

function formOf({ pdf }: RevisionWriter): Form | undefined {
  const catalog = pdf.catalog()
  const place = catalog.value.entries.get('AcroForm')
  const value = pdf.resolve(place)
  if (value === undefined) return undefined
  if (value.kind !== 'dict') throw unsupported('AcroForm')
  const object = place?.kind === 'ref' ? pdf.object(place) : undefined
  if (object && object.value !== value && object.value.kind !== 'dict') throw unsupported('AcroForm')
  return { value, holder: object ? { ...object, value } : catalog, own: object !== undefined }
}

function changeForm(writer: RevisionWriter, form: Form, changes: Map<string, readonly Part[]>): void {
  const flags = asNatural(writer.pdf.get(form.value, 'SigFlags')) ?? 0
  // Bit 1: signatures exist; bit 2: append only (ISO 32000-2, table 225).
  if ((flags & 3) !== 3) changes.set('SigFlags', [String(flags | 3)])
  if (changes.size === 0) return
  if (form.own) for (const [key, parts] of changes) writer.set(form.holder, key, parts)
  else writer.set(form.holder, 'AcroForm', changedDictionary(form.value, changes))
}

function directArray({ pdf }: RevisionWriter, place: PdfValue | undefined, what: string): PdfValue | undefined {
  const value = pdf.resolve(place)
  if (value && value.kind !== 'array') throw unsupported(what)
  if (value && place?.kind === 'ref') throw unsupported('array behind two references')
  return value
}

function freeName({ topNames }: FormSurvey, locked: ReadonlySet<string>, number: number): string {
  for (let n = number; ; n++) {
    const name = `GoniecSeal${n}`
    if (!topNames.has(name) && !locked.has(name)) return name
  }
}

/** A number as PDF writes it: never with an exponent. */
function decimal(value: number): string {
  return String(Number(value.toFixed(3)))
}
