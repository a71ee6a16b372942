import { createHash } from 'node:crypto'
import type { Material } from '../src/material.js'
import type { ReadSignature, ReadSignatures, ReadTimestamp } from '../src/validation/read-signature.js'
import type { Identity } from './test-authority.js'
import { issueToken, type TokenWish } from './test-tsa.js'

/** Pieces of validation material. */
export const materialOf = (pieces: {
  certificates?: readonly Identity[]
  ocsp?: readonly Buffer[]
  crls?: readonly Buffer[]
}): Material => ({
  certificates: (pieces.certificates ?? []).map(({ certificate }) => certificate),
  ocspResponses: pieces.ocsp ?? [],
  crls: pieces.crls ?? []
})

/** What a reader would find: a signature that is intact, by `signer`, unless `changed` says otherwise. */
export function foundSignature(
  signer: Identity,
  certificates: readonly Identity[],
  changed: Partial<ReadSignature> = {}
): ReadSignature {
  return {
    id: 'Seal1',
    format: 'CAdES-detached',
    integrity: { indication: 'PASSED' },
    baselineFaults: [],
    signingCertificate: signer.certificate,
    certificates: [signer, ...certificates].map(({ certificate }) => certificate),
    material: materialOf({}),
    algorithm: '1.2.840.10045.4.3.2',
    hashes: ['sha256'],
    timestamps: [],
    scopes: [{ name: 'document', kind: 'whole-file', complete: true }],
    signatureValue: Buffer.from('the signature value'),
    ...changed
  }
}

export const found = (...signatures: ReadSignature[]): ReadSignatures => ({ signatures, timestamps: [] })

/** A time stamp as a reader would find it, issued for the test by `tsa` at `genTime`. */
export async function foundTimestamp(
  kind: ReadTimestamp['kind'],
  tsa: Identity,
  genTime: string,
  wish: TokenWish & { readonly covers?: Material; readonly over?: string } = {}
): Promise<ReadTimestamp> {
  const covered = Buffer.from(wish.over ?? `what a ${kind} time stamp covers`)
  const imprint = createHash('sha256').update(covered).digest()
  return {
    id: `${kind} ${genTime}`,
    kind,
    token: await issueToken(tsa, imprint, undefined, { ...wish, genTime: new Date(genTime) }),
    imprint: hash => createHash(hash).update(`what a ${kind} time stamp covers`).digest(),
    covers: wish.covers
  }
}
