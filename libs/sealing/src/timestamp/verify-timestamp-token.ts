import { createHash } from 'node:crypto'
import { buildChain, readableCertificates } from '../certificate/build-chain.js'
import { type Certificate, extendedKeyUsages, keyUsages } from '../certificate/read-certificate.js'
import { readSignedData, type SignedData } from '../cms/read-signed-data.js'
import { signatureAlgorithmOf, trustedHash } from '../cms/signature-algorithm-of.js'
import { DerError, readDer, Tag } from '../der-reader.js'
import { Oid } from '../oids.js'
import { hashOf, verifySignature } from '../seal-algorithm.js'
import { readTstInfo, type TstInfo } from './timestamp-message.js'

/** Sub-indications of EN 319 102-1 (table 5 and 6) that this check can give. */
export type TimestampSubIndication =
  | 'FORMAT_FAILURE'
  | 'HASH_FAILURE'
  | 'SIG_CRYPTO_FAILURE'
  | 'SIG_CONSTRAINTS_FAILURE'
  | 'CHAIN_CONSTRAINTS_FAILURE'
  | 'CRYPTO_CONSTRAINTS_FAILURE'
  | 'NO_SIGNING_CERTIFICATE_FOUND'
  | 'NO_CERTIFICATE_CHAIN_FOUND'
  | 'OUT_OF_BOUNDS_NO_POE'

/** Whether a time-stamp token proves what it says, in the three values of EN 319 102-1. Only PASSED is "valid". */
export type TimestampVerdict =
  | {
      readonly indication: 'PASSED'
      readonly info: TstInfo
      /** From the authority's certificate to the trust anchor, DER. */
      readonly path: readonly Buffer[]
      /** Whether the authority's certificate was revoked was not asked: that belongs to level B-LT. */
      readonly revocation: 'not-checked'
    }
  | {
      readonly indication: 'INDETERMINATE' | 'FAILED'
      readonly subIndication: TimestampSubIndication
      readonly info?: TstInfo
    }

/**
 * Checks an RFC 3161 token: imprint over `imprinted`, CMS signature, ESS signing certificate (RFC 5816), critical
 * extended key usage timeStamping and nothing else (RFC 3161, 2.3), path to one of `trustAnchors` (DER). The token
 * must be DER throughout, since it becomes part of seals that must be (ETSI EN 319 142-1, 6.3; PDF validators refuse BER).
 * The path is checked at the token's own time and, when `at` is given, at that time too.
 */
export function verifyTimestampToken(
  token: Buffer,
  imprinted: Buffer,
  trustAnchors: readonly Buffer[],
  at?: Date
): TimestampVerdict {
  let info: TstInfo | undefined
  try {
    const signed = readSignedData(token)
    if (signed.contentType !== Oid.tstInfo || !signed.content) return failed('FORMAT_FAILURE')
    info = readTstInfo(signed.content)
    return check(signed, signed.content, info)
  } catch (error) {
    if (error instanceof DerError) return failed('FORMAT_FAILURE')
    throw error
  }

  function check(signed: SignedData, content: Buffer, stated: TstInfo): TimestampVerdict {
    const { signer } = signed
    const imprintHash = trustedHash(stated.imprintAlgorithm)
    if (!imprintHash) return indeterminate('CRYPTO_CONSTRAINTS_FAILURE')
    if (!createHash(imprintHash).update(imprinted).digest().equals(stated.imprint)) return failed('HASH_FAILURE')

    const certificates = readableCertificates(signed.certificates)
    const authority = certificates.find(
      certificate => isSigner(certificate, signer) && isNamedByEss(certificate, signer)
    )
    if (!authority) return indeterminate('NO_SIGNING_CERTIFICATE_FOUND')

    const algorithm = signatureAlgorithmOf(signer.digestAlgorithm, signer.signatureAlgorithm)
    if (!algorithm) return indeterminate('CRYPTO_CONSTRAINTS_FAILURE')
    const attribute = (id: string) => signer.attributes.get(id)?.[0]
    if (attribute(Oid.contentType)?.oid() !== signed.contentType) return failed('FORMAT_FAILURE')
    const digest = attribute(Oid.messageDigest)?.expect(Tag.octetString).content
    if (!digest) return failed('FORMAT_FAILURE')
    if (!createHash(hashOf(algorithm)).update(content).digest().equals(digest)) return failed('HASH_FAILURE')
    if (!verifySignature(algorithm, authority.x509.publicKey, signer.signedAttributes, signer.signature))
      return failed('SIG_CRYPTO_FAILURE')

    const purposes = extendedKeyUsages(authority)
    const usage = keyUsages(authority)
    const maySign = !usage || usage.includes('digitalSignature') || usage.includes('nonRepudiation')
    if (!purposes?.critical || purposes.purposes.join() !== Oid.timeStamping || !maySign)
      return indeterminate('CHAIN_CONSTRAINTS_FAILURE')

    const anchors = readableCertificates(trustAnchors)
    const then = buildChain(authority, certificates, anchors, stated.genTime)
    if (!then.trusted) return indeterminate(then.reason)
    const now = at ? buildChain(authority, certificates, anchors, at) : then
    if (!now.trusted) return indeterminate(now.reason)
    return { indication: 'PASSED', info: stated, path: now.path.map(({ der }) => der), revocation: 'not-checked' }
  }

  function failed(subIndication: TimestampSubIndication): TimestampVerdict {
    return { indication: 'FAILED', subIndication, info }
  }

  function indeterminate(subIndication: TimestampSubIndication): TimestampVerdict {
    return { indication: 'INDETERMINATE', subIndication, info }
  }
}

function isSigner(certificate: Certificate, signer: SignedData['signer']): boolean {
  if (signer.subjectKeyIdentifier) {
    const extension = certificate.extensions.get('2.5.29.14')
    return !!extension && readDer(extension.value).content.equals(signer.subjectKeyIdentifier)
  }
  return !!signer.issuerDer?.equals(certificate.issuerDer) && !!signer.serialDer?.equals(certificate.serialDer)
}

/** Whether the ESS attribute names this very certificate: without it anyone could swap in another with the same key. */
function isNamedByEss(certificate: Certificate, signer: SignedData['signer']): boolean {
  const second = signer.attributes.get(Oid.signingCertificateV2)?.[0]
  const first = signer.attributes.get(Oid.signingCertificate)?.[0]
  const id = (second ?? first)?.children()[0]?.children()[0]?.children()
  if (!id?.[0]) return false
  // ESSCertID (RFC 2634) is SHA-1 by its definition; the newer one is SHA-256 unless it says otherwise.
  const named =
    second && id[0].tag === Tag.sequence ? trustedHash(id[0].children()[0]?.oid() ?? '') : second ? 'sha256' : 'sha1'
  const value = id[0].tag === Tag.sequence ? id[1] : id[0]
  return !!named && !!value?.expect(Tag.octetString).content.equals(createHash(named).update(certificate.der).digest())
}
