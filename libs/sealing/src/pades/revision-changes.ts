import type { LaterChange } from '../validation/read-signature.js'
import { type ChangeRule, isLocked } from './change-permission.js'
import { type FormField, type FormSurvey, items, signatureIn, surveyForm } from './form-fields.js'
import { type ChangedObject, type Differences, differingKeys, sameValue } from './object-differences.js'
import type { PdfObject } from './pdf-objects.js'
import type { PdfReader } from './pdf-reader.js'
import { asName, type PdfDict, type PdfValue } from './pdf-values.js'
import type { ReferenceIndex } from './reference-index.js'
import { storeObjects, storePlaces } from './security-store-form.js'

/** A change that a revision makes, before anybody asks whether it is permitted. */
export interface RevisionChange {
  readonly kind: LaterChange['kind'] | 'metadata'
  readonly objects: readonly number[]
  /** Fully qualified name of the field that was filled. */
  readonly field?: string
}

/** Entries of the catalog that may differ: each is either looked at on its own or says nothing about what is seen. */
const catalogKeys = new Set(['AcroForm', 'DSS', 'Metadata', 'Version', 'Extensions'])

/** Entries of the form that may differ when fields are filled; the fields themselves are looked at one by one. */
const formKeys = new Set(['Fields', 'SigFlags', 'DR', 'DA', 'Q', 'NeedAppearances'])

/** Entries of a field that are its value or how the value is shown. */
const valueKeys = new Set(['V', 'RV', 'AP', 'AS', 'F', 'Ff', 'DA', 'DS', 'Q', 'MK', 'M', 'I', 'TI'])

/** Where a signature field or widget may be referred to without anything being painted by it. */
const fieldPlaces = /^(Fields|Kids|Annots|Parent|Obj|K\/Obj|K|AcroForm\/Fields|Popup|IRT|)$/

/** Where an appearance or a value hangs on a field or widget. */
const ofField = /^(AP|V|RV)(\/|$)/

/**
 * What a revision changed in a PDF, object by object. Only what is understood to be harmless is called by its name;
 * everything else (page content, catalog entries, fonts, the look of signed fields, objects that appear where the signed
 * file already pointed) is `other`.
 * @param diff what differs between the two states
 * @param uses where objects were referred to in the earlier state; undefined when there are too many to know
 */
export function changesBetween(
  before: PdfReader,
  after: PdfReader,
  diff: Differences,
  uses: ReferenceIndex | undefined
): RevisionChange[] {
  return new Comparison(before, after, diff, uses).run()
}

/** The same, judged by what a signature permits (ISO 32000-2, 12.8.2.2, table 257). */
export function judgeChanges(
  revision: number,
  changes: readonly RevisionChange[],
  { permission, locks }: ChangeRule
): LaterChange[] {
  const permitted = ({ kind, field }: RevisionChange): boolean => {
    // Validation material and document time stamps are no changes in the sense of the table.
    if (kind === 'validation-material' || kind === 'document-time-stamp') return true
    if (kind === 'other' || permission === 1) return false
    if (kind === 'annotation') return permission === 3
    return field === undefined || !locks.some(lock => isLocked(lock, field))
  }
  return changes.map(change => ({
    revision,
    kind: change.kind === 'metadata' ? 'other' : change.kind,
    objects: change.objects,
    permitted: permitted(change)
  }))
}

class Comparison {
  /** Changed objects that are accounted for. */
  private readonly explained = new Set<number>()
  private readonly found: RevisionChange[] = []
  private readonly oldForm: FormSurvey
  private readonly newForm: FormSurvey
  /** Objects of fields and widgets that this revision filled: what hangs on them below AP and V belongs to the filling. */
  private readonly filled = new Map<number, RevisionChange>()
  /** Objects on which a changed appearance or value hangs that is an object of its own. */
  private readonly hanging = new Set<number>()

  constructor(
    private readonly before: PdfReader,
    private readonly after: PdfReader,
    private readonly diff: Differences,
    private readonly uses: ReferenceIndex | undefined
  ) {
    for (const number of diff.changed.keys())
      for (const { holder, path } of this.usesOf(number) ?? []) if (ofField.test(path)) this.hanging.add(holder)
    this.oldForm = surveyForm(before)
    this.newForm = surveyForm(after)
  }

  run(): RevisionChange[] {
    this.trailer()
    this.catalog()
    this.securityStore()
    this.form()
    this.pages()
    this.appearances()
    this.metadata()
    this.rest()
    return this.found
  }

  private add(kind: RevisionChange['kind'], objects: readonly number[], field?: string): RevisionChange {
    const change = { kind, objects, field }
    this.found.push(change)
    return change
  }

  /** Places where an object was referred to before; undefined when that cannot be told. */
  private usesOf(number: number): readonly { holder: number; path: string }[] | undefined {
    return this.uses?.usesOf(number)
  }

  private trailer(): void {
    for (const key of ['Root', 'Encrypt'])
      if (!sameValue(this.before.trailer.entries.get(key), this.after.trailer.entries.get(key))) this.add('other', [])
  }

  private catalog(): void {
    const old = this.before.catalog()
    const now = this.after.catalog()
    const change = this.diff.changed.get(old.number)
    if (!change) return
    const keys = differingKeys(old.value.entries, now.value.entries)
    if (keys.every(key => catalogKeys.has(key))) this.explained.add(old.number)
  }

  private securityStore(): void {
    const old = this.before.catalog().value.entries.get('DSS')
    const now = this.after.catalog().value.entries.get('DSS')
    const store = storeObjects(this.after, now)
    if (!store) {
      // A store that is gone takes proofs away and shows nothing else than before.
      if (now) this.add('other', [])
      else if (old) this.add('validation-material', [])
      return
    }
    const touched = [...store].filter(number => this.diff.changed.has(number) || this.diff.fresh.has(number))
    if (touched.length === 0 && sameValue(old, now)) return
    // Dictionaries and lists may grow. A stream that changes under its number is no new material but a swap.
    for (const number of touched)
      if (!this.diff.changed.get(number)?.before.isStream) this.explainAs(number, storePlaces)
    this.add('validation-material', touched)
  }

  private form(): void {
    const old = this.before.getDict(this.before.catalog().value, 'AcroForm')
    const now = this.after.getDict(this.after.catalog().value, 'AcroForm')
    if (!now) {
      if (old) this.add('other', [])
      return
    }
    const keys = differingKeys(old?.entries ?? new Map(), now.entries)
    if (!keys.every(key => formKeys.has(key))) this.add('other', [])
    const place = this.after.catalog().value.entries.get('AcroForm')
    if (place?.kind === 'ref') this.explainAs(place.number, /^AcroForm$/)
    const fields = now.entries.get('Fields')
    if (fields?.kind === 'ref') this.explainAs(fields.number, /^(AcroForm\/)?Fields$/)

    const known = new Map(this.oldForm.fields.map(field => [keyOf(field), field]))
    const left = new Set(known.keys())
    for (const field of this.newForm.fields) {
      const key = keyOf(field)
      const earlier = known.get(key)
      left.delete(key)
      if (earlier) this.sameField(earlier, field)
      else this.newField(field)
    }
    if (left.size > 0)
      this.add(
        'other',
        [...left].flatMap(key => known.get(key)!.ref?.number ?? [])
      )
    for (const number of this.newForm.inner) this.innerField(number)
  }

  /** A field that only groups others may get more kids and nothing else. */
  private innerField(number: number): void {
    const change = this.diff.changed.get(number)
    if (!change || !sameBut(change, key => key === 'Kids')) return
    this.explainAs(number, fieldPlaces)
  }

  private newField(field: FormField): void {
    const objects = numbersOf(field)
    if (field.type !== 'Sig') {
      this.add('other', objects)
      return
    }
    const signature = signatureIn(this.after, field)
    const value = field.value?.kind === 'ref' ? [field.value.number] : []
    if (!this.areNew(value)) {
      this.add('other', objects)
      return
    }
    const kind = signature ? this.kindOf(signature, field) : 'form-filling'
    const change = this.add(kind, [...objects, ...value], kind === 'document-time-stamp' ? undefined : field.name)
    for (const number of objects) this.filled.set(number, change)
  }

  /** A signature that was there before is not given once more by another field that shows it. */
  private areNew(numbers: readonly number[]): boolean {
    return numbers.every(number => this.diff.fresh.has(number))
  }

  private kindOf(signature: PdfDict, field: FormField): RevisionChange['kind'] {
    const stamp = asName(this.after.get(signature, 'Type')) === 'DocTimeStamp'
    // ISO 32000-2, 12.8.5: a document time stamp has nothing to show; one that has is a change to what is seen.
    return stamp && field.widgets.every(({ dict }) => isUnseen(this.after, dict)) ? 'document-time-stamp' : 'signature'
  }

  private sameField(old: FormField, now: FormField): void {
    const objects = numbersOf(now)
    const touched = objects.flatMap(number => this.diff.changed.get(number) ?? [])
    const direct = !now.ref && !sameValue(old.dict, now.dict)
    const inherited = old.type === now.type && sameValue(old.value, now.value)
    if (touched.length === 0 && !direct && inherited && !objects.some(number => this.hanging.has(number))) return
    const wasSigned = signatureIn(this.before, old)
    const signature = signatureIn(this.after, now)
    if (wasSigned) {
      // Nothing about a signed field may change any more, flags aside, which some programs rewrite without a reason. The
      // signature dictionary itself is caught with the rest.
      if (!signature || !sameValue(old.value, now.value) || direct) this.add('other', objects)
      for (const one of touched) if (sameBut(one, key => key === 'Ff')) this.explainAs(one.number, fieldPlaces)
      return
    }
    if (
      old.type !== now.type ||
      (direct && !sameBut({ before: { value: old.dict }, after: { value: now.dict } }, isValueKey))
    ) {
      this.add('other', objects)
      return
    }
    const kind = old.type === 'Sig' ? (signature ? this.kindOf(signature, now) : 'form-filling') : 'form-filling'
    const value = signature && now.value?.kind === 'ref' ? [now.value.number] : []
    if (!this.areNew(value)) {
      this.add('other', objects)
      return
    }
    const change = this.add(kind, [...touched.map(({ number }) => number), ...value], now.name)
    for (const number of objects) this.filled.set(number, change)
    for (const one of touched) if (sameBut(one, isValueKey)) this.explainAs(one.number, fieldPlaces)
  }

  /** Pages may get annotations, and nothing else about them may change. */
  private pages(): void {
    const annotations = new Set<number>()
    const fields = new Set(this.newForm.fields.flatMap(numbersOf))
    for (const change of this.diff.changed.values()) {
      const { number, before, after } = change
      if (before.value.kind === 'dict' && asName(before.value.entries.get('Type')) === 'Page') {
        if (!sameBut(change, key => key === 'Annots')) continue
        this.explained.add(number)
        this.annotationList(
          before.value.entries.get('Annots'),
          (after!.value as PdfDict).entries.get('Annots'),
          annotations
        )
      } else if (before.value.kind === 'array' && this.isUsedOnlyAs(number, /^Annots$/)) {
        if (after?.value.kind !== 'array') continue
        this.explained.add(number)
        this.annotationList(before.value, after.value, annotations)
      } else if (isAnnotation(before) && isAnnotation(after) && !fields.has(number)) {
        if (!this.isUsedOnlyAs(number, fieldPlaces)) continue
        this.explained.add(number)
        annotations.add(number)
      }
    }
    for (const number of fields) annotations.delete(number)
    if (annotations.size > 0) this.add('annotation', [...annotations])
  }

  /** Annotations that came and went. */
  private annotationList(old: PdfValue | undefined, now: PdfValue | undefined, into: Set<number>): void {
    const was = this.before.resolve(old)
    const is = this.after.resolve(now)
    const numbers = (value: PdfValue | undefined) =>
      new Set(items(value).map(item => (item.kind === 'ref' ? item.number : item.raw.toString('latin1'))))
    const [first, second] = [numbers(was), numbers(is)]
    for (const one of [...first, ...second])
      if (!first.has(one) || !second.has(one)) into.add(typeof one === 'number' ? one : 0)
  }

  /** Streams and strings that hang on the fields that were filled. */
  private appearances(): void {
    for (const number of this.diff.changed.keys()) {
      if (this.explained.has(number)) continue
      const uses = this.usesOf(number)
      const owned = uses?.every(({ holder, path }) => this.filled.has(holder) && ofField.test(path))
      if (uses && uses.length > 0 && owned) this.explained.add(number)
    }
  }

  private metadata(): void {
    const catalog = this.before.catalog().number
    const about = [...this.diff.changed.keys()].filter(
      number =>
        !this.explained.has(number) &&
        this.usesOf(number)?.length &&
        this.usesOf(number)!.every(
          ({ holder, path }) =>
            (holder === 0 && path === 'Info') || (holder === catalog && (path === 'Metadata' || path === 'Extensions'))
        )
    )
    for (const number of about) this.explained.add(number)
    if (about.length > 0) this.add('metadata', about)
  }

  /** What nothing explains. Objects that nothing referred to (cross-reference streams, leftovers) cannot be seen. */
  private rest(): void {
    const unexplained = [...this.diff.changed.keys()].filter(
      number => !this.explained.has(number) && this.usesOf(number)?.length !== 0
    )
    // A reference that led nowhere when the file was signed, and now leads to something: a classic hiding place.
    const dangling = [...this.diff.fresh].filter(number => this.usesOf(number)?.length !== 0)
    if (unexplained.length + dangling.length > 0) this.add('other', [...unexplained, ...dangling])
  }

  private explainAs(number: number, places: RegExp): void {
    if (this.isUsedOnlyAs(number, places)) this.explained.add(number)
  }

  private isUsedOnlyAs(number: number, places: RegExp): boolean {
    return this.usesOf(number)?.every(({ path }) => places.test(path)) ?? false
  }
}

/** A dictionary that can only be an annotation: it has a rectangle and is not typed as anything else. */
function isAnnotation(object: PdfObject | undefined): boolean {
  if (object?.value.kind !== 'dict' || object.isStream) return false
  const { entries } = object.value
  return entries.has('Subtype') && entries.has('Rect') && (asName(entries.get('Type')) ?? 'Annot') === 'Annot'
}

const isValueKey = (key: string): boolean => valueKeys.has(key)

/** Whether a dictionary differs at most in entries that `may` name. */
function sameBut(
  { before, after }: { before: { value: PdfValue }; after?: { value: PdfValue } } | ChangedObject,
  may: (key: string) => boolean
): boolean {
  if (before.value.kind !== 'dict' || after?.value.kind !== 'dict') return false
  return differingKeys(before.value.entries, after.value.entries).every(may)
}

/** Fields are told apart by object and name: another object under an old name is another field. */
const keyOf = (field: FormField): string => `${field.ref?.number ?? ''} ${field.name}`

const numbersOf = (field: FormField): number[] =>
  [field, ...field.widgets].flatMap(({ ref }, i, all) =>
    ref && all.findIndex(other => other.ref?.number === ref.number) === i ? [ref.number] : []
  )

function isUnseen(pdf: PdfReader, widget: PdfDict): boolean {
  const [a, b, c, d] = items(pdf.get(widget, 'Rect')).map(item => {
    const number = pdf.resolve(item)
    return number?.kind === 'number' ? number.value : NaN
  })
  return a === undefined || a === c || b === d
}
