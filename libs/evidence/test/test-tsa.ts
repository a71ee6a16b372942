import { createHash, sign } from 'node:crypto'
import * as asn1 from 'asn1js'
import type { Party } from './test-pki.js'

/** How a token shall differ from a good one. */
export interface TokenFlaws {
  /** Leaves the authority's certificate out of the token. */
  withoutCertificate?: boolean
  /** Signs with another key than the certificate's. */
  signedBy?: Party
  /** Changes a byte of the signed attributes afterwards. */
  wrongContentDigest?: boolean
  /** Appended after the DER. */
  trailing?: Buffer
}

const oid = (value: string) => new asn1.ObjectIdentifier({ value })
const seq = (...value: asn1.AsnType[]) => new asn1.Sequence({ value })
const set = (...value: asn1.AsnType[]) => new asn1.Set({ value })
const octets = (bytes: Uint8Array) => new asn1.OctetString({ valueHex: new Uint8Array(bytes).buffer })
const tagged = (tagNumber: number, ...value: asn1.AsnType[]) =>
  new asn1.Constructed({ idBlock: { tagClass: 3, tagNumber }, value })
const raw = (der: Uint8Array) => asn1.fromBER(new Uint8Array(der).buffer).result
const der = (block: asn1.AsnType) => Buffer.from(block.toBER())
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest()

const SHA256 = '2.16.840.1.101.3.4.2.1'
const attribute = (type: string, value: asn1.AsnType) => seq(oid(type), set(value))

/**
 * An RFC 3161 token over `data`, put together field by field (RFC 5652, RFC 5816): shares nothing with the verifier but
 * the ASN.1 encoder. The authority has a P-256 key.
 */
export function makeToken(data: Buffer, tsa: Party, genTime: Date, flaws: TokenFlaws = {}): Buffer {
  const info = der(
    seq(
      new asn1.Integer({ value: 1 }),
      oid('1.3.6.1.4.1.99999.3161'),
      seq(seq(oid(SHA256)), octets(sha256(data))),
      new asn1.Integer({ value: 4711 }),
      new asn1.GeneralizedTime({ valueDate: genTime })
    )
  )
  const attributes = [
    attribute('1.2.840.113549.1.9.3', oid('1.2.840.113549.1.9.16.1.4')),
    attribute('1.2.840.113549.1.9.4', octets(flaws.wrongContentDigest ? sha256(data) : sha256(info))),
    attribute('1.2.840.113549.1.9.16.2.47', seq(seq(seq(octets(sha256(tsa.der))))))
  ].sort((a, b) => Buffer.compare(der(a), der(b)))
  const signature = sign('sha256', der(set(...attributes)), (flaws.signedBy ?? tsa).key)
  const issuerAndSerial = seq(
    raw(new Uint8Array(tsa.certificate.issuerName.toArrayBuffer())),
    new asn1.Integer({ valueHex: new Uint8Array(Buffer.from(tsa.certificate.serialNumber, 'hex')).buffer })
  )
  const signer = seq(
    new asn1.Integer({ value: 1 }),
    issuerAndSerial,
    seq(oid(SHA256)),
    tagged(0, ...attributes),
    seq(oid('1.2.840.10045.4.3.2')),
    octets(signature)
  )
  const signed = seq(
    new asn1.Integer({ value: 3 }),
    set(seq(oid(SHA256))),
    seq(oid('1.2.840.113549.1.9.16.1.4'), tagged(0, octets(info))),
    ...(flaws.withoutCertificate ? [] : [tagged(0, raw(tsa.der))]),
    set(signer)
  )
  const token = der(seq(oid('1.2.840.113549.1.7.2'), tagged(0, signed)))
  return flaws.trailing ? Buffer.concat([token, flaws.trailing]) : token
}
