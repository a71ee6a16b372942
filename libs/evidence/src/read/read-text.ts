import type { Element } from '@xmldom/xmldom'
import { DateTime } from 'luxon'
import { childElements, textOf } from '../xml/dom.js'

/** Children by local name, whatever the namespace: writers differ in whether local elements are qualified. */
export function children(parent: Element | undefined, localName: string): Element[] {
  return parent ? childElements(parent).filter(e => e.localName === localName) : []
}

/** First element at the end of a path of local names. */
export function find(parent: Element | undefined, ...path: string[]): Element | undefined {
  return path.reduce<Element | undefined>((at, name) => children(at, name)[0], parent)
}

/** Text at the end of a path of local names; `undefined` when there is none or it is empty. */
export function read(parent: Element | undefined, ...path: string[]): string | undefined {
  return textOf(find(parent, ...path))
}

/**
 * An xs:dateTime or xs:date as an instant in UTC; `undefined` when it is none. A time without an offset is read in `zone`.
 */
export function readInstant(text: string | undefined, zone: 'utc' | 'Europe/Warsaw'): string | undefined {
  if (!text || !/^\d{4}-\d\d-\d\d/.test(text)) return undefined
  return DateTime.fromISO(text, { zone }).toUTC().toISO() ?? undefined
}

/** A whole number that is not negative. */
export function readCount(text: string | undefined): number | undefined {
  return text && /^\d{1,15}$/.test(text) ? Number(text) : undefined
}

/** An e-delivery address in its written form. */
export function readAde(text: string | undefined): string | undefined {
  return text?.replace(/\s/g, '').toUpperCase() || undefined
}
