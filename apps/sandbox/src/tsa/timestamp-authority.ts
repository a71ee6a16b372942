import { createHash, type KeyObject, randomBytes, sign, X509Certificate } from 'node:crypto'
import * as asn1js from 'asn1js'
import * as pkijs from 'pkijs'
import {
  context,
  der,
  derNull,
  generalizedTime,
  integer,
  octetString,
  oid,
  sequence,
  setOf,
  utf8String
} from '../pki/der.js'
import type { Seal } from '../pki/pki.js'
import type { WorldClock } from '../world/world-clock.js'
import { failureBits, readTimestampRequest, type TimestampFailure, type TimestampRequest } from './timestamp-request.js'

/** Policy under which the sandbox stamps: an arc of the enterprise number kept for examples (RFC 5612), claiming nothing. */
export const timestampPolicy = '1.3.6.1.4.1.32473.1.1'

/** How far from the truth genTime may be, in seconds. */
const accuracySeconds = 1

const sha256Oid = '2.16.840.1.101.3.4.2.1'
const signedDataOid = oid('1.2.840.113549.1.7.2')
const tstInfoOid = oid('1.2.840.113549.1.9.16.1.4')
const contentTypeAttribute = attribute('1.2.840.113549.1.9.3', tstInfoOid)
const policyOid = oid(timestampPolicy)
const accuracy = sequence(integer(accuracySeconds))
// RFC 5754 2: the parameters of SHA-2 are left out where we choose the algorithm.
const sha256 = sequence(oid(sha256Oid))

/** What a request was answered with; `failure` is set when no stamp was given. */
export interface TimestampReply {
  bytes: Buffer
  failure?: TimestampFailure
}

/**
 * A time-stamp authority after RFC 3161, with ESSCertIDv2 (RFC 5816) and the profile of ETSI EN 319 422. Its time is the
 * world's. What does not change from stamp to stamp is encoded once.
 */
export class TimestampAuthority {
  readonly #clock: WorldClock
  readonly #key: KeyObject
  readonly #name: Buffer
  readonly #signerId: Buffer
  readonly #signatureAlgorithm: Buffer
  readonly #signingCertificate: Buffer
  readonly #certificates: Buffer

  /** @param seal key and certificate of the authority: NIST P-256 or RSA */
  constructor(seal: Seal, clock: WorldClock) {
    this.#clock = clock
    this.#key = seal.key
    const certificate = pkijs.Certificate.fromBER(new Uint8Array(seal.certificate).buffer)
    const issuer = derOf(certificate.issuer)
    const serial = Buffer.from(certificate.serialNumber.toBER())
    this.#name = context(0, context(4, derOf(certificate.subject)))
    this.#signerId = sequence(issuer, serial)
    this.#signatureAlgorithm =
      seal.key.asymmetricKeyType === 'ec'
        ? sequence(oid('1.2.840.10045.4.3.2'))
        : sequence(oid('1.2.840.113549.1.1.11'), derNull())
    // ESSCertIDv2 with the default digest (SHA-256, therefore not named) and IssuerSerial.
    const certId = sequence(octetString(digestOf(seal.certificate)), sequence(sequence(context(4, issuer)), serial))
    this.#signingCertificate = attribute('1.2.840.113549.1.9.16.2.47', sequence(sequence(certId)))
    // The root is left out: whoever trusts it has it.
    const above = seal.chain.filter(other => !isSelfSigned(other))
    this.#certificates = der(0xa0, ...[seal.certificate, ...above].sort((one, other) => one.compare(other)))
  }

  /** Answers a TimeStampReq (DER) with a TimeStampResp (DER); a request that cannot be served is answered too. */
  answer(request: Buffer): TimestampReply {
    const read = readTimestampRequest(request, timestampPolicy)
    if (typeof read === 'string') return { bytes: rejection(read), failure: read }
    return { bytes: sequence(sequence(integer(0)), this.token(read)) }
  }

  /** A time-stamp token (DER, CMS SignedData) over a SHA-256 digest, with the authority's certificate in it. */
  stamp(digest: Buffer): Buffer {
    return this.token({ digestOid: sha256Oid, digest, certReq: true })
  }

  /** A time-stamp token (DER, CMS SignedData) for a request that was read and checked. */
  token(request: TimestampRequest): Buffer {
    const tstInfo = sequence(
      integer(1),
      policyOid,
      sequence(sequence(oid(request.digestOid)), octetString(request.digest)),
      integer(randomBytes(16)),
      generalizedTime(this.#clock.now()),
      accuracy,
      ...(request.nonce ? [der(0x02, request.nonce)] : []),
      this.#name
    )
    const attributes = [
      contentTypeAttribute,
      attribute('1.2.840.113549.1.9.4', octetString(digestOf(tstInfo))),
      this.#signingCertificate
    ]
    // RFC 5652 5.4: signed as a SET OF, stored under the tag [0] with the same content.
    const signed = setOf(...attributes)
    const stored = Buffer.from(signed)
    stored[0] = 0xa0
    const signerInfo = sequence(
      integer(1),
      this.#signerId,
      sha256,
      stored,
      this.#signatureAlgorithm,
      octetString(sign('sha256', signed, this.#key))
    )
    const signedData = sequence(
      integer(3),
      setOf(sha256),
      sequence(tstInfoOid, context(0, octetString(tstInfo))),
      ...(request.certReq ? [this.#certificates] : []),
      setOf(signerInfo)
    )
    return sequence(signedDataOid, context(0, signedData))
  }
}

const reasons: Record<TimestampFailure, string> = {
  badAlg: 'digest algorithm not supported: SHA-256, SHA-384 or SHA-512',
  badRequest: 'only version 1 is known',
  badDataFormat: 'not a TimeStampReq',
  unacceptedPolicy: 'policy not supported',
  unacceptedExtension: 'extensions are not supported'
}

function rejection(failure: TimestampFailure): Buffer {
  const bit = failureBits[failure]
  const bytes = Buffer.alloc(Math.floor(bit / 8) + 1)
  bytes[bytes.length - 1] = 0x80 >> (bit % 8)
  const failInfo = der(0x03, Buffer.from([7 - (bit % 8)]), bytes)
  return sequence(sequence(integer(2), sequence(utf8String(reasons[failure])), failInfo))
}

function attribute(type: string, value: Buffer): Buffer {
  return sequence(oid(type), setOf(value))
}

function digestOf(bytes: Buffer): Buffer {
  return createHash('sha256').update(bytes).digest()
}

function isSelfSigned(certificate: Buffer): boolean {
  const { subject, issuer } = new X509Certificate(certificate)
  return subject === issuer
}

function derOf(name: pkijs.RelativeDistinguishedNames): Buffer {
  const schema: asn1js.BaseBlock = name.toSchema()
  return Buffer.from(schema.toBER())
}
