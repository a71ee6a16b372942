import { createHash } from 'node:crypto'
import { readScheme, type SignatureScheme } from '../certificate/signature-scheme.js'
import { RecentMap } from '../certificate/recent-map.js'
import { DerError, type DerNode, readDer, Tag } from '../der-reader.js'

/** A CertificateList (RFC 5280, 5) taken apart, its entries left as bytes. Nothing of it is verified. */
export interface Crl {
  readonly der: Buffer
  /** SHA-256 of `der`, lower-case hexadecimal. */
  readonly sha256: string
  readonly issuerDer: Buffer
  readonly thisUpdate: Date
  readonly nextUpdate?: Date
  readonly tbs: Buffer
  readonly scheme?: SignatureScheme
  readonly signature: Buffer
  /** Content of revokedCertificates; empty when nobody is revoked. */
  readonly entries: Buffer
  /** Why it can settle nothing by itself: indirect, delta, only some reasons, or a critical extension that is not understood. */
  readonly unusable?: string
  /** Issuing distribution point (RFC 5280, 5.2.5), as far as it limits what the list covers. */
  readonly scope?: {
    readonly only?: 'user' | 'authority' | 'attribute'
    /** GeneralNames of the distribution point, DER each. */
    readonly points?: readonly Buffer[]
  }
  /** ExpiredCertsOnCRL (X.509, 8.5.2.12): since when certificates stay on the list after they expired. */
  readonly expiredSince?: Date
}

const known = new RecentMap<string, Crl>(512)
const largestKept = 64 * 1024

/** Reads a CRL. The same bytes give the same object as long as it is remembered. Throws DerError when it is not one. */
export function readCrl(der: Buffer): Crl {
  const sha256 = createHash('sha256').update(der).digest('hex')
  const before = known.get(sha256)
  if (before) return before
  const crl = parse(der.length <= largestKept ? Buffer.from(der) : der, sha256)
  if (der.length <= largestKept) known.set(sha256, crl)
  return crl
}

function parse(der: Buffer, sha256: string): Crl {
  const [tbs, algorithm, signature] = readDer(der).expect(Tag.sequence).children()
  if (!tbs || !algorithm || !signature) throw new DerError('not a CRL')
  const parts = tbs.expect(Tag.sequence).children()
  if (parts[0]?.tag === Tag.integer) parts.shift()
  const [inner, issuer, thisUpdate, ...rest] = parts
  if (!inner?.raw.equals(algorithm.raw) || !issuer || !thisUpdate) throw new DerError('not a CRL')
  const nextUpdate = rest.find(part => part.tag === Tag.utcTime || part.tag === Tag.generalizedTime)
  const entries = rest.find(part => part.tag === Tag.sequence)
  return {
    der,
    sha256,
    issuerDer: issuer.expect(Tag.sequence).raw,
    thisUpdate: thisUpdate.time(),
    nextUpdate: nextUpdate?.time(),
    tbs: tbs.raw,
    scheme: readScheme(algorithm),
    signature: signature.bits(),
    entries: entries?.content ?? Buffer.alloc(0),
    ...readExtensions(rest.find(part => part.tag === Tag.context0)?.children()[0])
  }
}

const harmless = new Set(['2.5.29.20', '2.5.29.35', '2.5.29.18', '2.5.29.46', '1.3.6.1.5.5.7.1.1'])

function readExtensions(list: DerNode | undefined): Pick<Crl, 'unusable' | 'scope' | 'expiredSince'> {
  let found: Pick<Crl, 'unusable' | 'scope' | 'expiredSince'> = {}
  for (const extension of list?.children() ?? []) {
    const parts = extension.children()
    const id = parts[0]?.oid() ?? ''
    const value = parts.at(-1)?.expect(Tag.octetString).content
    if (!value) throw new DerError('bad extension')
    const critical = parts.length === 3 && parts[1]!.tag === Tag.boolean && parts[1]!.content[0] !== 0
    if (id === '2.5.29.28') found = { ...found, ...readIssuingPoint(readDer(value)) }
    else if (id === '2.5.29.27') found = { ...found, unusable: 'delta' }
    else if (id === '2.5.29.60') found = { ...found, expiredSince: readDer(value).time() }
    else if (critical && !harmless.has(id)) found = { ...found, unusable: 'unknown critical extension' }
  }
  return found
}

function readIssuingPoint(point: DerNode): Pick<Crl, 'unusable' | 'scope'> {
  const parts = point.expect(Tag.sequence).children()
  const says = (tag: number) => parts.some(part => part.tag === tag && part.content[0] !== 0)
  if (says(0x84)) return { unusable: 'indirect' }
  if (parts.some(part => part.tag === 0x83)) return { unusable: 'only some reasons' }
  const name = parts.find(part => part.tag === Tag.context0)?.children()[0]
  return {
    scope: {
      only: says(0x81) ? 'user' : says(0x82) ? 'authority' : says(0x85) ? 'attribute' : undefined,
      // A name relative to the issuer matches no address of a certificate: such a list is used for nobody.
      points: name && (name.tag === Tag.context0 ? name.children().map(({ raw }) => raw) : [])
    }
  }
}

/** An entry of a CRL. */
export interface RevokedEntry {
  readonly revokedAt: Date
  /** CRLReason (RFC 5280, 5.3.1); undefined when not stated. */
  readonly reason?: number
}

/** Serial numbers looked for in a list before, because lists of 30 MB are long. */
const looked = new WeakMap<Crl, RecentMap<string, RevokedEntry | 'none'>>()

/**
 * The entry of a serial number (INTEGER as DER), or undefined. The list is walked over in place: a million entries take some
 * tens of milliseconds and no memory. Throws DerError when an entry on the way is not one.
 */
export function findRevoked(crl: Crl, serialDer: Buffer): RevokedEntry | undefined {
  let answers = looked.get(crl)
  if (!answers) looked.set(crl, (answers = new RecentMap(256)))
  const key = serialDer.toString('latin1')
  let answer = answers.get(key)
  if (!answer) answers.set(key, (answer = walk(crl.entries, serialDer) ?? 'none'))
  return answer === 'none' ? undefined : answer
}

function walk(entries: Buffer, serial: Buffer): RevokedEntry | undefined {
  const last = serial[serial.length - 1]!
  for (let at = 0; at < entries.length;) {
    if (entries[at] !== Tag.sequence || at + 2 > entries.length) throw new DerError('not an entry')
    let length = entries[at + 1]!
    let contentAt = at + 2
    if (length >= 0x80) {
      const count = length & 0x7f
      if (count === 0 || count > 4 || contentAt + count > entries.length) throw new DerError('bad length')
      length = entries.readUIntBE(contentAt, count)
      contentAt += count
    }
    const end = contentAt + length
    if (end > entries.length || length < 2) throw new DerError('cut off')
    // The whole INTEGER with tag and length, so that 05 is not found in 0105; its last byte differs most.
    if (
      entries[contentAt + serial.length - 1] === last &&
      entries[contentAt + 1] === serial[1] &&
      serial.equals(entries.subarray(contentAt, contentAt + serial.length))
    )
      return readEntry(readDer(entries.subarray(at, end)))
    at = end
  }
  return undefined
}

function readEntry(entry: DerNode): RevokedEntry {
  const [, time, extensions] = entry.children()
  if (!time) throw new DerError('not an entry')
  for (const extension of extensions?.children() ?? []) {
    const parts = extension.children()
    const value = parts.at(-1)
    if (parts[0]?.oid() === '2.5.29.21' && value)
      return { revokedAt: time.time(), reason: readDer(value.expect(Tag.octetString).content).content[0] }
  }
  return { revokedAt: time.time() }
}
