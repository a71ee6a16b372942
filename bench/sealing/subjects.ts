import { createHash, type KeyObject, sign } from 'node:crypto'
import { SystemClock } from '#platform/plain'
import {
  BufferSource,
  defaultFormatPolicy,
  type Document,
  LocalSealEngine,
  Pkcs12SealKey,
  type SealDesign,
  type SealOrder,
  type SealStyle,
  TrustStore
} from '#sealing/plain'
import { type Identity, makeSealer, p256, rsa } from '../../libs/sealing/test/test-authority.js'
import { makePkcs12 } from '../../libs/sealing/test/test-pkcs12.js'
import { pdfOf } from '../sample-pdf.js'
import { repeating } from './race.js'

/** Keys that are measured. */
export const keyNames = ['P-256', 'RSA-3072', 'RSA-4096'] as const
export type KeyName = (typeof keyNames)[number]

/** Password of all PKCS#12 files here. */
export const password = 'bench'

export const clock = new SystemClock()

/** A key, its certificate and the ways to get at it. */
export interface Subject {
  readonly name: KeyName
  readonly institution: Identity
  readonly issuer: Identity
  readonly root: Identity
  readonly pkcs12: Buffer
  readonly privateKey: KeyObject
}

/** Makes a test authority and a seal certificate with a key of that kind. */
export async function makeSubject(name: KeyName): Promise<Subject> {
  const params = { 'P-256': p256, 'RSA-3072': rsa(3072), 'RSA-4096': rsa(4096) }[name]
  const { institution, authority, root } = await makeSealer(params)
  const pkcs12 = await makePkcs12(password, [institution], [institution, authority])
  return { name, institution, issuer: authority, root, pkcs12, privateKey: institution.key }
}

/** An engine in this thread with the keys of `subjects`, by their names. */
export function engineOf(subjects: readonly Pick<Subject, 'name' | 'pkcs12'>[]): LocalSealEngine {
  const keys = subjects.map(({ name, pkcs12 }) => [name, Pkcs12SealKey.open(pkcs12, password, clock.now())] as const)
  return new LocalSealEngine({ keys: new Map(keys), trust: new TrustStore([]), clock })
}

/** The raw key operation: what no sealing can be faster than. Signs as many bytes as signed attributes are. */
export function rawSigning({ privateKey }: Pick<Subject, 'privateKey'>, perRun = 8) {
  const message = Buffer.alloc(160, 7)
  return repeating(() => {
    for (let i = 0; i < perRun; i++) sign('sha256', message, privateKey)
    return perRun
  })
}

/** The organisation's visible seal: frame, emblem, four lines with date and time. */
export const design: SealDesign = {
  width: 75,
  height: 26,
  border: { color: '#334477', width: 0.8 },
  graphic: {
    data: Buffer.from(
      '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 40"><circle cx="20" cy="20" r="18" fill="none" stroke="#334477" stroke-width="3"/><path d="M10 22 L18 30 L31 12" fill="none" stroke="#334477" stroke-width="4"/></svg>'
    ).toString('base64'),
    position: 'left',
    share: 0.25
  },
  text: { lines: [{ text: 'Pieczęć elektroniczna', bold: true }, '{organization}', '{reason}', '{date} {time}'] }
}

/** How everything here is sealed. */
export const style = (key: KeyName): SealStyle => ({
  key,
  level: 'B-B',
  formats: defaultFormatPolicy,
  design,
  reason: 'Potwierdzenie pochodzenia pisma',
  whenAway: 'fail'
})

/** So many different PDFs of about `bytes` each. */
export function pdfs(count: number, bytes: number): Document[] {
  return Array.from({ length: count }, (_, i) => documentOf(`pismo-${i}.pdf`, pdfOf(bytes, `pismo ${i}`)))
}

/** So many different XML documents of about `bytes` each. */
export function xmls(count: number, bytes: number): Document[] {
  return Array.from({ length: count }, (_, i) => documentOf(`pismo-${i}.xml`, xmlOf(bytes, i), 'application/xml'))
}

/** A document in memory. */
export function documentOf(fileName: string, bytes: Buffer, mediaType = 'application/pdf'): Document {
  return { fileName, mediaType, source: new BufferSource(bytes) }
}

/** The same document with the hash taken while it arrived, as an upload does. */
export function hashed(document: Document): Document {
  const hash = createHash('sha256')
  hash.update(document.source.read(0, document.source.size))
  return { ...document, hashes: new Map([['sha256', hash]]) }
}

function xmlOf(bytes: number, seed: number): Buffer {
  const head = '<?xml version="1.0" encoding="UTF-8"?>\n<pismo xmlns="urn:goniec:bench" xmlns:a="urn:goniec:adres">\n'
  let text = head
  for (let n = 0; text.length < bytes - 40; n++)
    text += `  <a:osoba nr="${seed}-${n}" rodzaj='urząd'><a:nazwa>Gmina Przykładowo &amp; inni</a:nazwa><uwagi/></a:osoba>\n`
  return Buffer.from(`${text}</pismo>\n`)
}

/**
 * Seals `documents` over and over, `perBatch` at a time, with a new order each time.
 * @param change what differs from a plain order
 */
export function sealing(
  engine: Pick<LocalSealEngine, 'seal'>,
  documents: readonly (readonly Document[])[],
  how: SealStyle,
  change: Partial<SealOrder> = {},
  perBatch = 32
) {
  let next = 0
  return repeating(async () => {
    const orders = Array.from({ length: perBatch }, (_, i): SealOrder => {
      const one = documents[next++ % documents.length]!
      return { id: String(i), documents: one, ...change }
    })
    for (const outcome of await engine.seal(orders, how))
      if (!outcome.ok) throw new Error(`not sealed: ${outcome.problem.code} ${JSON.stringify(outcome.facts)}`)
    return orders.length
  })
}

/** Each document by itself. */
export const alone = (documents: readonly Document[]): Document[][] => documents.map(one => [one])
