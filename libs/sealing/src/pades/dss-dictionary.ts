import { createHash } from 'node:crypto'
import { Refused } from '#platform/plain'
import type { Material } from '../material.js'
import { sealingProblems } from '../sealing.errors.js'
import { items } from './form-fields.js'
import type { PdfReader } from './pdf-reader.js'
import { type PdfDict, type PdfRef, tooComplex } from './pdf-values.js'
import { changedDictionary, extendedArray, type Part, type RevisionWriter, type Rewritable } from './pdf-writer.js'

/** Kinds of validation material: key in the DSS dictionary, key in a VRI entry (ISO 32000-2, tables 261 and 262). */
const kinds = [
  ['Certs', 'Cert', 'certificates'],
  ['OCSPs', 'OCSP', 'ocspResponses'],
  ['CRLs', 'CRL', 'crls']
] as const

/** Streams in one DSS dictionary that are read. */
const mostStreams = 5000

/** One signature's material and the key of its VRI entry. */
export interface SignatureMaterial {
  /** See `vriKey`; absent: no VRI entry. */
  readonly key?: string
  readonly material: Material
}

/** Upper-case hexadecimal SHA-1 of the Contents value with its padding: the name of a signature in /VRI (12.8.4.4). */
export const vriKey = (padded: Buffer): string => createHash('sha1').update(padded).digest('hex').toUpperCase()

/** The validation material in the document security store of a file; empty when there is none, or none that can be read. */
export function readSecurityStore(pdf: PdfReader): Material {
  return unlessBroken(() => new Store(pdf).material()) ?? { certificates: [], ocspResponses: [], crls: [] }
}

/** What cannot be read is not there: signatures are judged without it. */
function unlessBroken<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof Refused) || error.type === sealingProblems['pdf-too-complex']) throw error
    return undefined
  }
}

/** The store as it stands, its streams by their content. */
class Store {
  readonly dict: PdfDict | undefined
  /** Reference by SHA-256 of the content, for each kind. */
  private readonly refs = new Map<string, string>()
  private readonly names = new Set<string>()
  private readonly found = { certificates: [] as Buffer[], ocspResponses: [] as Buffer[], crls: [] as Buffer[] }

  constructor(readonly pdf: PdfReader) {
    this.dict = pdf.getDict(pdf.catalog().value, 'DSS')
    let count = 0
    const vri = pdf.getDict(this.dict, 'VRI')
    const entries = [...(vri?.entries.values() ?? [])].flatMap(value => {
      const entry = pdf.resolve(value)
      return entry?.kind === 'dict' ? [entry] : []
    })
    for (const [plural, singular, kind] of kinds)
      for (const [listed, list] of [
        [true, pdf.get(this.dict, plural)] as const,
        // What only a VRI entry names is material all the same, but must be listed above as well to be found by all.
        ...entries.map(entry => [false, pdf.get(entry, singular)] as const)
      ])
        for (const item of items(list)) {
          if (++count > 4 * mostStreams) throw tooComplex('document security store')
          this.take(kind, item as PdfRef, listed)
        }
  }

  material(): Material {
    return this.found
  }

  /** Where the content stands, if it does. */
  find(kind: string, content: Buffer): string | undefined {
    return this.refs.get(nameOf(kind, content))
  }

  private readonly read = new Map<number, Buffer | undefined>()

  private take(kind: keyof Material, ref: PdfRef, listed: boolean): void {
    if (ref.kind !== 'ref') return
    if (!this.read.has(ref.number)) {
      if (this.read.size > mostStreams) throw tooComplex('document security store')
      this.read.set(
        ref.number,
        unlessBroken(() => this.pdf.stream(ref))
      )
    }
    const content = this.read.get(ref.number)
    if (!content) return
    const name = nameOf(kind, content)
    if (listed && !this.refs.has(name)) this.refs.set(name, `${ref.number} ${ref.generation} R`)
    if (!this.names.has(name)) this.found[kind].push(content)
    this.names.add(name)
  }
}

const nameOf = (kind: string, content: Buffer): string => kind + createHash('sha256').update(content).digest('base64')

/**
 * Adds material to the document security store, what is there already left alone: content is written once, however often
 * it comes, and VRI entries of others stay as they stand (changing one would look like tampering).
 * @returns whether anything was added
 */
export function mergeMaterial(writer: RevisionWriter, additions: readonly SignatureMaterial[]): boolean {
  const { pdf } = writer
  const store = new Store(pdf)
  const fresh = new Map<string, string>()
  const added: Record<'Certs' | 'OCSPs' | 'CRLs', string[]> = { Certs: [], OCSPs: [], CRLs: [] }
  const vriPlace = store.dict?.entries.get('VRI')
  const oldVri = pdf.getDict(store.dict, 'VRI')
  const vri = new Map<string, readonly Part[]>()
  for (const { key, material } of additions) {
    const lists: string[] = []
    for (const [plural, singular, kind] of kinds) {
      const refs = material[kind].map(content => {
        const name = nameOf(kind, content)
        const known = store.find(kind, content) ?? fresh.get(name)
        if (known) return known
        const number = writer.reserve()
        writer.putStream(number, '<<>>', content)
        fresh.set(name, `${number} 0 R`)
        added[plural].push(`${number} 0 R`)
        return `${number} 0 R`
      })
      if (refs.length > 0) lists.push(`/${singular} [${[...new Set(refs)].join(' ')}]`)
    }
    if (key && lists.length > 0 && !oldVri?.entries.has(key)) vri.set(key, [`<< ${lists.join(' ')} >>`])
  }
  if (fresh.size === 0 && vri.size === 0) return false

  const catalog = pdf.catalog()
  const place = catalog.value.entries.get('DSS')
  const own = place?.kind === 'ref' ? pdf.object(place) : undefined
  const old = store.dict
  const holder: Rewritable<PdfDict> = own && old ? { ...own, value: old } : catalog
  const changes = new Map<string, readonly Part[]>()
  for (const [plural] of kinds) {
    const refs = added[plural].join(' ')
    const list = old?.entries.get(plural)
    if (!refs || writer.append(list, refs)) continue
    changes.set(plural, extendedArray(pdf.resolve(list), refs))
  }
  if (vri.size > 0) {
    const vriObject = vriPlace?.kind === 'ref' ? pdf.object(vriPlace) : undefined
    if (vriObject && oldVri) for (const [key, parts] of vri) writer.set({ ...vriObject, value: oldVri }, key, parts)
    else if (oldVri) changes.set('VRI', changedDictionary(oldVri, vri))
    else {
      const number = writer.reserve()
      const entries = [...vri].flatMap(([key, parts]) => [`/${key} `, ...parts, '\n'])
      writer.put(number, ['<<\n', ...entries, '>>'])
      changes.set('VRI', [`${number} 0 R`])
    }
  }
  if (own && old) for (const [key, parts] of changes) writer.set(holder, key, parts)
  else if (old) writer.set(catalog, 'DSS', changedDictionary(old, changes))
  else {
    const number = writer.reserve()
    const entries = [...changes].flatMap(([key, parts]) => [`/${key} `, ...parts, '\n'])
    writer.put(number, ['<<\n/Type /DSS\n', ...entries, '>>'])
    writer.set(catalog, 'DSS', [`${number} 0 R`])
  }
  return true
}
