import type { PdfReader } from './pdf-reader.js'
import { textOf } from './pdf-text.js'
import { asName, type PdfDict, type PdfRef, type PdfValue, tooComplex } from './pdf-values.js'

/** Forms with more fields and widgets than this are not walked. */
const mostFields = 20_000

/** Fields nested deeper than this are an attack on names that grow with the square of it. */
const deepest = 50

/** A dictionary and, when it is an object of its own, the reference that leads to it. */
export interface Placed {
  readonly ref?: PdfRef
  readonly dict: PdfDict
}

/** A terminal field of an interactive form (ISO 32000-2, 12.7.4), what it inherits resolved. */
export interface FormField extends Placed {
  /** Fully qualified name: partial names joined by periods. */
  readonly name: string
  /** /FT, inherited or own: Btn, Tx, Ch or Sig. */
  readonly type?: string
  /** /V, inherited or own, as it stands (a reference not followed). */
  readonly value?: PdfValue
  /** The field's own dictionary where the two are merged, otherwise its kids. */
  readonly widgets: readonly Placed[]
}

/** What stands in the form. */
export interface FormSurvey {
  readonly fields: readonly FormField[]
  /** Partial names of the fields at the top: a new field may have none of them. */
  readonly topNames: ReadonlySet<string>
  /** Objects that make up the tree of fields above the terminal ones. */
  readonly inner: ReadonlySet<number>
}

interface Pending {
  readonly value: PdfValue
  readonly above?: { readonly name: string; readonly type?: string; readonly value?: PdfValue }
  readonly depth: number
}

/** Members of an array; none for anything else. */
export function items(value: PdfValue | undefined): readonly PdfValue[] {
  return value?.kind === 'array' ? value.items : []
}

/** A state of a file does not change, so its form is walked once. */
const surveys = new WeakMap<PdfReader, FormSurvey>()

/** Walks the interactive form (ISO 32000-2, 12.7.3) in order; each object once. @throws Refused `sealing/pdf-too-complex` */
export function surveyForm(pdf: PdfReader): FormSurvey {
  const known = surveys.get(pdf)
  if (known) return known
  const survey = walkForm(pdf)
  surveys.set(pdf, survey)
  return survey
}

function walkForm(pdf: PdfReader): FormSurvey {
  const form = pdf.getDict(pdf.catalog().value, 'AcroForm')
  const fields: FormField[] = []
  const topNames = new Set<string>()
  const inner = new Set<number>()
  const seen = new Set<number>()
  const pending: Pending[] = []
  const push = (kids: readonly PdfValue[], above: Pending['above'], depth: number): void => {
    if (depth > deepest || pending.length + kids.length > mostFields) throw tooComplex('form fields')
    for (let i = kids.length - 1; i >= 0; i--) pending.push({ value: kids[i]!, above, depth })
  }
  push(items(pdf.get(form, 'Fields')), undefined, 0)
  for (let next = pending.pop(); next; next = pending.pop()) {
    const placed = placedAt(pdf, next.value)
    if (!placed) continue
    const { ref, dict } = placed
    if (ref) {
      if (seen.has(ref.number)) continue
      seen.add(ref.number)
      if (seen.size > mostFields) throw tooComplex('form fields')
    }
    const own = pdf.get(dict, 'T')
    const partial = own?.kind === 'string' ? textOf(own.bytes) : undefined
    if (next.depth === 0 && partial !== undefined) topNames.add(partial)
    const name = [next.above?.name, partial].filter(part => part !== undefined && part !== '').join('.')
    const type = asName(pdf.get(dict, 'FT')) ?? next.above?.type
    const value = dict.entries.get('V') ?? next.above?.value
    const kids = items(pdf.get(dict, 'Kids'))
    // A kid with a name of its own is a field; one without is a widget of this field (ISO 32000-2, 12.7.4.2).
    const [widgets, below] = kids.length > 0 ? sorted(pdf, kids) : [[placed], []]
    if (ref && below.length > 0) inner.add(ref.number)
    if (below.length === 0) fields.push({ ref, dict, name, type, value, widgets })
    // A dictionary with a value among its own field kids is both: a reader that takes it for a field must be heard too.
    else if (dict.entries.has('V')) fields.push({ ref, dict, name, type, value, widgets })
    push(below, { name, type, value }, next.depth + 1)
  }
  return { fields, topNames, inner }
}

function sorted(pdf: PdfReader, kids: readonly PdfValue[]): [Placed[], PdfValue[]] {
  const widgets: Placed[] = []
  const below: PdfValue[] = []
  for (const kid of kids) {
    const placed = placedAt(pdf, kid)
    if (!placed) continue
    if (placed.dict.entries.has('T')) below.push(kid)
    else widgets.push(placed)
  }
  return [widgets, below]
}

function placedAt(pdf: PdfReader, value: PdfValue): Placed | undefined {
  const dict = pdf.resolve(value)
  if (dict?.kind !== 'dict') return undefined
  return value.kind === 'ref' ? { ref: value, dict } : { dict }
}

/** The signature dictionary in a signature field; undefined when the field is of another type or still empty. */
export function signatureIn(pdf: PdfReader, field: FormField): PdfDict | undefined {
  if (field.type !== 'Sig') return undefined
  const value = pdf.resolve(field.value)
  return value?.kind === 'dict' ? value : undefined
}
