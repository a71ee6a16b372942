import { Refused } from '#platform/plain'
import { Tag } from '../der-reader.js'
import type { Document } from '../document.js'
import { Oid } from '../oids.js'
import type { SealFormat } from '../seal-format.js'
import type { RandomAccessSource } from '../source.js'
import type { ReadSignature, ReadSignatures, SignedScope } from '../validation/read-signature.js'
import type { CmsSigner } from './cms-signer.js'
import { examineSigner } from './examine-signer.js'
import type { Cms } from './read-cms.js'
import { digestOf } from './digest-names.js'
import { contentOf, readCmsFile, type SignedContent } from './signed-content.js'
import { readSignerMaterial } from './signer-material.js'
import { readSignerTimestamps } from './signer-timestamps.js'

/** A CAdES signature as found. Counter-signatures in it are counted and not looked into. */
export interface ReadCadesSignature extends ReadSignature {
  readonly counterSignatures: number
}

/**
 * Reads every signature of a CMS file, attached or detached (EN 319 122-1), in DER or BER, made by anyone. `originals` are
 * the documents that a detached signature may be over.
 * A file that is no CMS signature is one signature of no form (FORMAT_FAILURE).
 */
export function readCadesSignatures(
  source: RandomAccessSource,
  originals: readonly Document[] = []
): ReadSignatures & { readonly signatures: readonly ReadCadesSignature[] } {
  let cms: Cms
  try {
    cms = readCmsFile(source)
  } catch (error) {
    if (!(error instanceof Refused)) throw error
    return {
      signatures: [unreadableSignature('cms', 'CAdES-detached', 'the file is no CMS signature')],
      timestamps: []
    }
  }
  const signatures = cms.signers.map((signer, i) =>
    readSignerSignature(cms, signer, contentOf(cms, signer, originals), `signer-${i + 1}`)
  )
  return { signatures, timestamps: [] }
}

/** What stands for a signature file that cannot be read at all. */
export function unreadableSignature(id: string, format: SealFormat, why: string): ReadCadesSignature {
  return {
    id,
    format,
    integrity: { indication: 'FAILED', subIndication: 'FORMAT_FAILURE', why },
    baselineFaults: ['unreadable'],
    certificates: [],
    material: { certificates: [], ocspResponses: [], crls: [] },
    algorithm: '',
    hashes: [],
    timestamps: [],
    scopes: [],
    signatureValue: Buffer.alloc(0),
    counterSignatures: 0
  }
}

/** One signer as a ReadSignature. `content` is what it signs. */
export function readSignerSignature(
  cms: Cms,
  signer: CmsSigner,
  content: SignedContent,
  id: string
): ReadCadesSignature {
  const examined = examineSigner(cms, signer, content.digest, { rules: 'CAdES', content: content.source })
  const material = readSignerMaterial(cms, signer)
  return {
    id,
    format: cms.content ? 'CAdES-attached' : 'CAdES-detached',
    ...examined,
    certificates: material.certificates,
    material,
    timestamps: readSignerTimestamps(cms, signer, content.digest, `${id}/`),
    scopes: [scopeOf(signer, content)],
    signatureValue: signer.signature,
    counterSignatures: signer.unsigned.filter(({ type }) => type === Oid.countersignature).length
  }
}

function scopeOf(signer: CmsSigner, content: SignedContent): SignedScope {
  const stated = signer.attributes.get(Oid.messageDigest)?.[0]
  const hash = digestOf(signer.digestAlgorithm)
  return {
    name: content.name ?? 'document',
    kind: 'whole-file',
    complete: content.source !== undefined,
    ...(stated?.tag === Tag.octetString && hash && { digest: { hash, value: stated.content } })
  }
}
