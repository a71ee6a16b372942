import { createHash } from 'node:crypto'
import { readableCertificates } from '../certificate/build-chain.js'
import { type Certificate, readCertificate } from '../certificate/read-certificate.js'
import { type AnyHash, hashByOid, nodeHash } from '../certificate/signature-scheme.js'
import { examineSigner } from '../cms/examine-signer.js'
import { type Cms, readCms } from '../cms/read-cms.js'
import { DerError } from '../der-reader.js'
import type { Material } from '../material.js'
import { Oid } from '../oids.js'
import type { HashName } from '../seal-algorithm.js'
import { readAll } from '../source.js'
import type { IntegrityVerdict } from '../validation/read-signature.js'
import { readTstInfo, type TstInfo } from './timestamp-message.js'

/** The digest, by `hash`, of what a token is to cover; undefined when that cannot be told, which no token passes. */
export type Imprint = (hash: HashName) => Buffer | undefined

/** The same for tokens of others, which may still be over SHA-1. */
export type AnyImprint = (hash: HashName | 'sha1') => Buffer | undefined

/** What can be said of a time-stamp token without trust in anyone. */
export interface TokenExamination {
  /** Form, imprint, digest of the statement, signature value; ESS certificate found. */
  readonly integrity: IntegrityVerdict
  /** What it states; undefined when it cannot be read. */
  readonly info?: TstInfo
  /** The certificate that its ESS attribute names. */
  readonly authority?: Certificate
  readonly certificates: readonly Certificate[]
  /** CRLs and OCSP responses that stand in it. */
  readonly material: Pick<Material, 'crls' | 'ocspResponses'>
  /** Signature algorithm, dotted OID. */
  readonly algorithm: string
  /** All digests that it stands on, that of the imprint first. */
  readonly hashes: readonly AnyHash[]
  /** Whether lengths are definite and shortest throughout. */
  readonly der: boolean
}

/** Statements larger than this are none. */
const largestStatement = 64 * 1024

const supported = new Set<AnyHash>(['sha1', 'sha256', 'sha384', 'sha512'])

const unread: Omit<TokenExamination, 'integrity'> = {
  certificates: [],
  material: { crls: [], ocspResponses: [] },
  algorithm: '',
  hashes: [],
  der: false
}

/**
 * Examines an RFC 3161 token in DER or BER: the imprint (the digest that `imprinted` gives), the CMS signature and the ESS
 * signing certificate (RFC 5816). `beside` are certificates from elsewhere, for tokens without their own. Never throws.
 */
export function examineToken(token: Buffer, imprinted: AnyImprint, beside: readonly Buffer[] = []): TokenExamination {
  let cms: Cms
  let info: TstInfo
  let content: Buffer
  try {
    cms = readCms(token)
    if (
      cms.contentType !== Oid.tstInfo ||
      !cms.content ||
      cms.content.size > largestStatement ||
      cms.signers.length !== 1
    )
      return { ...unread, integrity: failed('FORMAT_FAILURE', 'not a time-stamp token') }
    content = readAll(cms.content)
    info = readTstInfo(content)
  } catch (error) {
    if (error instanceof DerError) return { ...unread, integrity: failed('FORMAT_FAILURE', 'not a time-stamp token') }
    throw error
  }
  const signer = cms.signers[0]!
  const digest = (hash: string) => createHash(hash).update(content).digest()
  const examined = examineSigner(cms, signer, digest, { rules: 'CAdES', beside })
  const imprintHash = hashByOid(info.imprintAlgorithm)
  const signedHash = hashByOid(signer.digestAlgorithm)
  return {
    integrity: imprintVerdict() ?? (hasEss() ? examined.integrity : noSigner),
    info,
    authority: examined.signingCertificate && readCertificate(examined.signingCertificate),
    certificates: readableCertificates([...cms.certificates, ...beside]),
    material: { crls: cms.crls, ocspResponses: cms.ocspResponses },
    algorithm: examined.algorithm,
    hashes: [imprintHash, signedHash].filter(hash => hash !== undefined),
    der: cms.der
  }

  function imprintVerdict(): IntegrityVerdict | undefined {
    if (!imprintHash || !supported.has(imprintHash))
      return { indication: 'INDETERMINATE', subIndication: 'CRYPTO_CONSTRAINTS_FAILURE', why: 'unknown imprint digest' }
    const covered = imprinted(nodeHash(imprintHash) as HashName | 'sha1')
    return covered?.equals(info.imprint) ? undefined : failed('HASH_FAILURE', 'the token is about something else')
  }

  function hasEss(): boolean {
    return signer.attributes.has(Oid.signingCertificateV2) || signer.attributes.has(Oid.signingCertificate)
  }
}

/** Without the ESS attribute anyone could swap in another certificate with the same key. */
const noSigner: IntegrityVerdict = {
  indication: 'INDETERMINATE',
  subIndication: 'NO_SIGNING_CERTIFICATE_FOUND',
  why: 'the token does not say whose it is'
}

const failed = (subIndication: 'FORMAT_FAILURE' | 'HASH_FAILURE', why: string): IntegrityVerdict => ({
  indication: 'FAILED',
  subIndication,
  why
})
