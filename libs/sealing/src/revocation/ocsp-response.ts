import { createHash } from 'node:crypto'
import { type AnyHash, hashByOid, readScheme, type SignatureScheme } from '../certificate/signature-scheme.js'
import { RecentMap } from '../certificate/recent-map.js'
import { DerError, type DerNode, readDer, Tag } from '../der-reader.js'
import { Oid } from '../oids.js'

const enumerated = 0x0a
const context2 = 0xa2

/** What an OCSP responder says of one certificate (RFC 6960, 4.2.1, SingleResponse). */
export interface OcspStatus {
  /** CertID: by what the certificate is named. */
  readonly hash: AnyHash | undefined
  readonly issuerNameHash: Buffer
  readonly issuerKeyHash: Buffer
  /** Serial number, INTEGER as DER. */
  readonly serialDer: Buffer
  readonly status: 'good' | 'revoked' | 'unknown'
  readonly revokedAt?: Date
  /** CRLReason (RFC 5280, 5.3.1); undefined when not stated. */
  readonly reason?: number
  readonly thisUpdate: Date
  readonly nextUpdate?: Date
  /** certHash (Common PKI): the digest of the very certificate that the responder knows. */
  readonly certificateHash?: { readonly hash: AnyHash | undefined; readonly value: Buffer }
  /** archive cutoff (RFC 6960, 4.4.4): since when expired certificates are still answered for. */
  readonly archiveCutoff?: Date
}

/** A successful BasicOCSPResponse taken apart. Nothing of it is verified. */
export interface OcspResponse {
  /** The OCSPResponse as it came. */
  readonly der: Buffer
  /** SHA-256 of `der`, lower-case hexadecimal. */
  readonly sha256: string
  /** Who answers: by name, or by SHA-1 of the key. */
  readonly responderName?: Buffer
  readonly responderKeyHash?: Buffer
  readonly producedAt: Date
  readonly statuses: readonly OcspStatus[]
  /** What is signed, by which scheme (undefined: unknown), and the signature. */
  readonly tbs: Buffer
  readonly scheme?: SignatureScheme
  readonly signature: Buffer
  /** Certificates that came along, DER. */
  readonly certificates: readonly Buffer[]
}

/** OCSPResponseStatus other than successful: the responder did not answer the question. */
export class OcspRefusal extends DerError {
  constructor(readonly status: number) {
    super(`OCSP response status ${status}`)
  }
}

/** Statuses in one response that are read; real responses have one. */
const mostStatuses = 1000

const known = new RecentMap<string, OcspResponse>(2048)
const largestKept = 32 * 1024

/**
 * Reads an OCSPResponse, or the BasicOCSPResponse alone. The same bytes give the same object as long as it is remembered.
 * Throws OcspRefusal when it says anything but successful, DerError when it is not one.
 */
export function readOcspResponse(der: Buffer): OcspResponse {
  const sha256 = createHash('sha256').update(der).digest('hex')
  const before = known.get(sha256)
  if (before) return before
  const response = parse(Buffer.from(der), sha256)
  if (der.length <= largestKept) known.set(sha256, response)
  return response
}

function parse(der: Buffer, sha256: string): OcspResponse {
  const [data, algorithm, signature, certificates] = basicResponse(readDer(der)).expect(Tag.sequence).children()
  if (!data || !algorithm || !signature) throw new DerError('not an OCSP response')
  const parts = data.expect(Tag.sequence).children()
  if (parts[0]?.tag === Tag.context0) parts.shift()
  const [responder, producedAt, responses, extensions] = parts
  if (!responder || !producedAt || !responses) throw new DerError('not an OCSP response')
  if (extensions) rejectCritical(extensions.children()[0])
  const statuses = responses.expect(Tag.sequence).children()
  if (statuses.length > mostStatuses) throw new DerError('too many statuses')
  return {
    der,
    sha256,
    ...(responder.tag === Tag.context1
      ? { responderName: only(responder).raw }
      : { responderKeyHash: only(responder.expect(context2)).expect(Tag.octetString).content }),
    producedAt: producedAt.expect(Tag.generalizedTime).time(),
    statuses: statuses.map(readStatus),
    tbs: data.raw,
    scheme: readScheme(algorithm),
    signature: signature.bits(),
    certificates: certificates
      ? only(certificates.expect(Tag.context0))
          .children()
          .map(({ raw }) => raw)
      : []
  }
}

function basicResponse(outer: DerNode): DerNode {
  const [first, wrapped] = outer.expect(Tag.sequence).children()
  if (first?.tag !== enumerated) return outer
  const status = first.content[0] ?? -1
  if (status !== 0) throw new OcspRefusal(status)
  const [type, bytes] = wrapped ? only(wrapped.expect(Tag.context0)).children() : []
  if (type?.oid() !== Oid.ocspBasic || !bytes) throw new DerError('not a basic OCSP response')
  return readDer(bytes.expect(Tag.octetString).content)
}

function readStatus(single: DerNode): OcspStatus {
  const [id, status, thisUpdate, ...optional] = single.expect(Tag.sequence).children()
  const [algorithm, nameHash, keyHash, serial] = id?.expect(Tag.sequence).children() ?? []
  if (!status || !thisUpdate || !algorithm || !nameHash || !keyHash || !serial) throw new DerError('not an OCSP status')
  const next = optional.find(part => part.tag === Tag.context0)
  const extensions = optional.find(part => part.tag === Tag.context1)?.children()[0]
  return {
    hash: hashByOid(algorithm.children()[0]?.oid() ?? ''),
    issuerNameHash: nameHash.expect(Tag.octetString).content,
    issuerKeyHash: keyHash.expect(Tag.octetString).content,
    serialDer: serial.expect(Tag.integer).raw,
    ...readCertStatus(status),
    thisUpdate: thisUpdate.time(),
    nextUpdate: next && only(next).time(),
    ...readExtensions(extensions)
  }
}

function readCertStatus(status: DerNode): Pick<OcspStatus, 'status' | 'revokedAt' | 'reason'> {
  if (status.tag === 0x80) return { status: 'good' }
  if (status.tag === 0x82) return { status: 'unknown' }
  const [time, wrapped] = status.expect(Tag.context1).children()
  if (!time) throw new DerError('revoked at no time')
  return { status: 'revoked', revokedAt: time.time(), reason: wrapped && only(wrapped).content[0] }
}

const certHashOid = '1.3.36.8.3.13'
const archiveCutoffOid = '1.3.6.1.5.5.7.48.1.6'

function readExtensions(list: DerNode | undefined): Pick<OcspStatus, 'certificateHash' | 'archiveCutoff'> {
  let found: Pick<OcspStatus, 'certificateHash' | 'archiveCutoff'> = {}
  for (const extension of list?.children() ?? []) {
    const parts = extension.children()
    const value = parts.at(-1)?.expect(Tag.octetString).content
    const id = parts[0]?.oid()
    if (!value) throw new DerError('bad extension')
    if (id === archiveCutoffOid) found = { ...found, archiveCutoff: readDer(value).time() }
    else if (id === certHashOid) {
      const [algorithm, digest] = readDer(value).children()
      const hash = hashByOid(algorithm?.children()[0]?.oid() ?? '')
      if (digest) found = { ...found, certificateHash: { hash, value: digest.content } }
    } else rejectIfCritical(parts)
  }
  return found
}

/** RFC 6960, 4.4: a critical extension that is not understood makes the whole response useless. */
function rejectCritical(list: DerNode | undefined): void {
  for (const extension of list?.children() ?? []) {
    const parts = extension.children()
    // The nonce, which nobody here asks for, is harmless.
    if (parts[0]?.oid() !== '1.3.6.1.5.5.7.48.1.2') rejectIfCritical(parts)
  }
}

function rejectIfCritical(parts: readonly DerNode[]): void {
  if (parts.length === 3 && parts[1]!.tag === Tag.boolean && parts[1]!.content[0] !== 0)
    throw new DerError('unknown critical extension')
}

function only(node: DerNode): DerNode {
  const children = node.children()
  if (children.length !== 1) throw new DerError('not exactly one element')
  return children[0]!
}
