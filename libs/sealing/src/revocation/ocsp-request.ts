import { createHash } from 'node:crypto'
import type { Certificate } from '../certificate/read-certificate.js'
import { type AnyHash, nodeHash } from '../certificate/signature-scheme.js'
import { derNull, octetString, oid, sequence } from '../der.js'
import { readDer } from '../der-reader.js'
import { Oid } from '../oids.js'

/** The two hashes by which CertID names an issuer (RFC 6960, 4.1.1). */
export interface IssuerHashes {
  readonly name: Buffer
  readonly key: Buffer
}

const remembered = new WeakMap<Certificate, Map<AnyHash, IssuerHashes>>()

/** Hashes of an issuer's name and of its key (the bits alone). Worked out once for each issuer. */
export function issuerHashes(issuer: Certificate, hash: AnyHash): IssuerHashes {
  let byHash = remembered.get(issuer)
  if (!byHash) remembered.set(issuer, (byHash = new Map()))
  let hashes = byHash.get(hash)
  if (!hashes) {
    const digest = (bytes: Buffer) => createHash(nodeHash(hash)).update(bytes).digest()
    const [, bits] = readDer(issuer.spki).children()
    hashes = { name: digest(issuer.subjectDer), key: digest(bits!.bits()) }
    byHash.set(hash, hashes)
  }
  return hashes
}

/**
 * OCSPRequest for one certificate (RFC 6960, 4.1), DER, without a nonce so that answers may be kept. CertID is by SHA-1, which
 * every responder understands (RFC 5019, 2.1.1); it only names the certificate, nothing is trusted because of it.
 */
export function ocspRequest(certificate: Certificate, issuer: Certificate): Buffer {
  const { name, key } = issuerHashes(issuer, 'sha1')
  const id = sequence(sequence(oid(Oid.sha1), derNull), octetString(name), octetString(key), certificate.serialDer)
  return sequence(sequence(sequence(sequence(id))))
}
