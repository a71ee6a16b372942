import { createHash } from 'node:crypto'
import * as asn1js from 'asn1js'
import * as pkijs from 'pkijs'
import { context, der, enumerated, generalizedTime, octetString, oid, sequence } from './der.js'
import type { CertificateAuthority, Seal } from './pki.js'
import { keyHash, signatureOver, subjectOf } from './signed-by-authority.js'
import { type Revocation, revocationReasons, type Revocations } from './revocations.js'

/** How long an answer is good, in milliseconds. */
const life = 86_400_000

/** Most certificates that one request may ask about. */
const mostQuestions = 50

/** Longest request that is looked at, in octets. */
const longestRequest = 16_384

/** Longest nonce that is echoed, in octets (RFC 9654 2.1). */
const longestNonce = 128

const nonceId = '1.3.6.1.5.5.7.48.1.2'
const basicResponse = oid('1.3.6.1.5.5.7.48.1.1')
const hashNames: Record<string, string> = {
  '1.3.14.3.2.26': 'sha1',
  '2.16.840.1.101.3.4.2.1': 'sha256',
  '2.16.840.1.101.3.4.2.2': 'sha384',
  '2.16.840.1.101.3.4.2.3': 'sha512'
}

/** What an answer says of one certificate. */
export type CertificateStatus = 'good' | 'revoked' | 'unknown'

/** An OCSPResponse (DER), and what it says of each certificate asked about; nothing when the request was turned down. */
export interface OcspReply {
  bytes: Buffer
  statuses: CertificateStatus[]
}

/**
 * Answers OCSP requests in the name of an issuing CA (RFC 6960), signed by the responder to whom the CA has delegated it.
 * A nonce is echoed; the optional signature of a request is not looked at.
 *
 * @param at the world's time, or an earlier one for an answer that is out of date
 */
export function answerOcsp(
  request: Buffer,
  authority: CertificateAuthority & { responder: Seal },
  revocations: Revocations,
  at: Date
): OcspReply {
  const asked = readRequest(request)
  // OCSPResponseStatus malformedRequest
  if (!asked) return { bytes: sequence(enumerated(1)), statuses: [] }
  const now = new Date(Math.floor(at.getTime() / 1000) * 1000)
  const statuses: CertificateStatus[] = []
  const answers = asked.certIds.map(certId => {
    const { status, revocation } = statusOf(certId, authority, revocations, now)
    statuses.push(status)
    const until = context(0, generalizedTime(new Date(now.getTime() + life)))
    return sequence(derOf(certId.toSchema()), encoded(status, revocation), generalizedTime(now), until)
  })
  const data = sequence(
    context(2, octetString(keyHash(authority.responder.certificate))),
    generalizedTime(now),
    sequence(...answers),
    ...(asked.nonce ? [context(1, sequence(sequence(oid(nonceId), octetString(asked.nonce))))] : [])
  )
  const certificates = context(0, sequence(authority.responder.certificate))
  const basic = sequence(data, ...signatureOver(data, authority.responder.key), certificates)
  const bytes = sequence(enumerated(0), context(0, sequence(basicResponse, octetString(basic))))
  return { bytes, statuses }
}

function statusOf(
  certId: pkijs.CertID,
  authority: CertificateAuthority,
  revocations: Revocations,
  now: Date
): { status: CertificateStatus; revocation?: Revocation } {
  const serial = hexOf(certId.serialNumber).replace(/^0+(?=.)/, '')
  const name = isIssuedBy(certId, authority) ? authority.issued.get(serial) : undefined
  if (name === undefined) return { status: 'unknown' }
  const revocation = revocations.of(name)
  if (!revocation || Date.parse(revocation.at) > now.getTime()) return { status: 'good' }
  return { status: 'revoked', revocation }
}

function isIssuedBy(certId: pkijs.CertID, { certificate }: CertificateAuthority): boolean {
  const hash = hashNames[certId.hashAlgorithm.algorithmId]
  if (!hash) return false
  const nameHash = createHash(hash).update(subjectOf(certificate)).digest('hex').toUpperCase()
  const issuerKeyHash = keyHash(certificate, hash).toString('hex').toUpperCase()
  return hexOf(certId.issuerNameHash) === nameHash && hexOf(certId.issuerKeyHash) === issuerKeyHash
}

function encoded(status: CertificateStatus, revocation?: Revocation): Buffer {
  if (status !== 'revoked' || !revocation) return der(status === 'good' ? 0x80 : 0x82)
  const reason = context(0, enumerated(revocationReasons[revocation.reason]))
  return context(1, generalizedTime(new Date(revocation.at)), reason)
}

function readRequest(bytes: Buffer): { certIds: pkijs.CertID[]; nonce?: Buffer } | undefined {
  if (bytes.length > longestRequest) return undefined
  try {
    const tree = asn1js.fromBER(new Uint8Array(bytes).buffer)
    if (tree.offset !== bytes.length) return undefined
    const { tbsRequest } = new pkijs.OCSPRequest({ schema: tree.result })
    const certIds = tbsRequest.requestList.map(({ reqCert }) => reqCert)
    if (certIds.length === 0 || certIds.length > mostQuestions) return undefined
    const nonce = tbsRequest.requestExtensions?.find(({ extnID }) => extnID === nonceId)?.extnValue
    const value = nonce && Buffer.from(nonce.valueBlock.valueHexView)
    return { certIds, ...(value && value.length <= longestNonce + 4 ? { nonce: value } : {}) }
  } catch {
    return undefined
  }
}

function hexOf(value: asn1js.Integer | asn1js.OctetString): string {
  return Buffer.from(value.valueBlock.valueHexView).toString('hex').toUpperCase()
}

function derOf(schema: asn1js.BaseBlock): Buffer {
  return Buffer.from(schema.toBER())
}
