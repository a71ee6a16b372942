import { createHash, type KeyObject, sign } from 'node:crypto'
import * as pkijs from 'pkijs'
import { bitString, oid, sequence } from './der.js'

/** How the authorities sign: all their keys are on P-256. */
export const ecdsaWithSha256 = sequence(oid('1.2.840.10045.4.3.2'))

/** Algorithm and signature over a structure, as they stand at the end of CRLs and OCSP responses. */
export function signatureOver(toBeSigned: Buffer, key: KeyObject): [algorithm: Buffer, signature: Buffer] {
  return [ecdsaWithSha256, bitString(sign('sha256', toBeSigned, key))]
}

/** The subject's name in a certificate: DER, byte for byte. */
export function subjectOf(certificate: Buffer): Buffer {
  return Buffer.from(parsed(certificate).subject.valueBeforeDecode)
}

/** Digest of the bits of a certificate's public key, without their frame (RFC 6960 4.1.1; RFC 5280 4.2.1.2 with SHA-1). */
export function keyHash(certificate: Buffer, algorithm = 'sha1'): Buffer {
  const bits = parsed(certificate).subjectPublicKeyInfo.subjectPublicKey.valueBlock.valueHexView
  return createHash(algorithm).update(bits).digest()
}

function parsed(certificate: Buffer): pkijs.Certificate {
  return pkijs.Certificate.fromBER(new Uint8Array(certificate).buffer)
}
