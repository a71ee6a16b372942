import { items } from './form-fields.js'
import type { PdfReader } from './pdf-reader.js'
import type { PdfDict, PdfValue } from './pdf-values.js'

const listKeys = ['Certs', 'OCSPs', 'CRLs']
const entryKeys = ['Cert', 'OCSP', 'CRL']

/** Where an object of a document security store may be referred to: inside the store and nowhere else. */
export const storePlaces =
  /^(DSS|(DSS\/)?(Certs|OCSPs|CRLs|VRI)|(DSS\/)?(VRI\/)?[0-9A-Fa-f]{40}(\/(Cert|OCSP|CRL|TS))?|Cert|OCSP|CRL|TS)$/

/**
 * The objects that make up a document security store, when it has the form of ISO 32000-2, 12.8.4.3 and nothing but it:
 * dictionaries with the known keys, lists of references to streams. Undefined for anything else, so that nobody can hang
 * other changes on a store.
 */
export function storeObjects(pdf: PdfReader, place: PdfValue | undefined): Set<number> | undefined {
  const objects = new Set<number>()
  const note = (value: PdfValue | undefined): PdfValue | undefined => {
    if (value?.kind === 'ref') objects.add(value.number)
    return pdf.resolve(value)
  }
  const store = note(place)
  if (store?.kind !== 'dict' || !hasOnly(store, ['Type', 'VRI', ...listKeys])) return undefined
  if (!listKeys.every(key => isList(store.entries.get(key)))) return undefined
  const vri = note(store.entries.get('VRI'))
  if (vri && vri.kind !== 'dict') return undefined
  for (const [key, value] of vri?.entries ?? []) {
    if (key === 'Type') continue
    const entry = note(value)
    if (!/^[0-9A-Fa-f]{40}$/.test(key) || entry?.kind !== 'dict') return undefined
    if (!hasOnly(entry, ['Type', 'TU', 'TS', ...entryKeys])) return undefined
    if (!entryKeys.every(one => isList(entry.entries.get(one)))) return undefined
    const stamp = entry.entries.get('TS')
    if (stamp && !isStream(stamp)) return undefined
  }
  return objects

  function isList(value: PdfValue | undefined): boolean {
    const list = note(value)
    return list === undefined || (list.kind === 'array' && items(list).every(isStream))
  }

  function isStream(value: PdfValue): boolean {
    if (value.kind !== 'ref') return false
    // Thousands of old streams are not read again: what is listed as one and is none shows nothing.
    if (objects.has(value.number)) return true
    objects.add(value.number)
    const object = pdf.object(value)
    return object === undefined || object.isStream
  }
}

const hasOnly = (dict: PdfDict, keys: readonly string[]): boolean =>
  [...dict.entries.keys()].every(key => keys.includes(key))
