import type { PdfObject } from './pdf-objects.js'
import type { PdfReader } from './pdf-reader.js'
import { asName, type PdfValue } from './pdf-values.js'

/** An object that was there before and is not the same afterwards; `after` is undefined when it is gone. */
export interface ChangedObject {
  readonly number: number
  readonly before: PdfObject
  readonly after?: PdfObject
}

/** What differs between two states of a file. */
export interface Differences {
  readonly changed: ReadonlyMap<number, ChangedObject>
  /** Numbers of objects that were not there before. */
  readonly fresh: ReadonlySet<number>
  /** All objects that were written again, changed or not. */
  readonly moved: ReadonlySet<number>
}

/** Compares all objects by where they stand and, where that differs, by what they say. */
export function differences(before: PdfReader, after: PdfReader): Differences {
  const changed = new Map<number, ChangedObject>()
  const fresh = new Set<number>()
  const moved = movedBetween(before, after)
  for (const number of moved) {
    const old = current(before, number)
    const now = old && after.object(old)
    if (!old) {
      if (current(after, number)) fresh.add(number)
    } else if (!now || !sameObject(before, old, after, now)) changed.set(number, { number, before: old, after: now })
  }
  return { changed, fresh, moved }
}

/** Objects that stand elsewhere, and those in object streams that stand elsewhere. */
function movedBetween(before: PdfReader, after: PdfReader): Set<number> {
  const numbers = new Set(after.changedSince(before))
  for (const number of [...numbers])
    for (const pdf of [before, after]) {
      const stream = current(pdf, number)
      if (stream?.isStream && stream.value.kind === 'dict' && asName(pdf.get(stream.value, 'Type')) === 'ObjStm')
        for (const inside of pdf.numbersInStream(number)) numbers.add(inside)
    }
  return numbers
}

function current(pdf: PdfReader, number: number): PdfObject | undefined {
  const generation = pdf.generationOf(number)
  const object = generation === undefined ? undefined : pdf.object({ number, generation })
  return object?.value.kind === 'null' ? undefined : object
}

function sameObject(before: PdfReader, old: PdfObject, after: PdfReader, now: PdfObject): boolean {
  if (old.isStream !== now.isStream || !sameValue(old.value, now.value)) return false
  if (!old.isStream) return true
  const data = before.streamData(old)
  return !!data && !!after.streamData(now)?.equals(data)
}

/** Whether two values say the same: spacing, order of entries and the cipher text of strings do not matter. */
export function sameValue(a: PdfValue | undefined, b: PdfValue | undefined): boolean {
  if (!a || !b || a.kind !== b.kind) return (a?.kind ?? 'null') === 'null' && (b?.kind ?? 'null') === 'null'
  // References must be compared as such, and equal bytes of strings may be different texts under encryption.
  switch (a.kind) {
    case 'ref':
      return b.kind === 'ref' && a.number === b.number && a.generation === b.generation
    case 'string':
      return b.kind === 'string' && a.bytes.equals(b.bytes)
    case 'number':
      return b.kind === 'number' && a.value === b.value
    case 'name':
      return b.kind === 'name' && a.name === b.name
    case 'array':
      return (
        b.kind === 'array' &&
        a.items.length === b.items.length &&
        a.items.every((item, i) => sameValue(item, b.items[i]))
      )
    case 'dict':
      return b.kind === 'dict' && differingKeys(a.entries, b.entries).length === 0
    default:
      return a.raw.equals(b.raw)
  }
}

/** Keys whose entries are not the same; an entry that is null is as good as none. */
export function differingKeys(a: ReadonlyMap<string, PdfValue>, b: ReadonlyMap<string, PdfValue>): string[] {
  const keys = new Set([...a.keys(), ...b.keys()])
  return [...keys].filter(key => !sameValue(a.get(key), b.get(key)))
}
