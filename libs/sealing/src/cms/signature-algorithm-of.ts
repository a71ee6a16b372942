import { type DerNode, Tag } from '../der-reader.js'
import { Oid } from '../oids.js'
import { type HashName, hashBytes, type SealAlgorithm } from '../seal-algorithm.js'

const hashes: Record<string, HashName> = { [Oid.sha256]: 'sha256', [Oid.sha384]: 'sha384', [Oid.sha512]: 'sha512' }

const fixed: Record<string, SealAlgorithm> = {
  [Oid.rsaSha256]: 'RSA-SHA256',
  [Oid.rsaSha384]: 'RSA-SHA384',
  [Oid.rsaSha512]: 'RSA-SHA512',
  [Oid.ecdsaSha256]: 'ECDSA-SHA256',
  [Oid.ecdsaSha384]: 'ECDSA-SHA384',
  [Oid.ecdsaSha512]: 'ECDSA-SHA512'
}

/** A digest that may still be trusted, by its OID; undefined for SHA-1, MD5 and unknown ones. */
export const trustedHash = (id: string): HashName | undefined => hashes[id]

/**
 * The algorithm of a signer info, from its digest OID and its signature AlgorithmIdentifier; undefined when it is
 * outdated, unknown, or when the two disagree. Plain `rsaEncryption` takes the hash from the digest (RFC 3370, 3.2).
 */
export function signatureAlgorithmOf(digestOid: string, identifier: DerNode): SealAlgorithm | undefined {
  const hash = hashes[digestOid]
  const [id, parameters] = identifier.children()
  if (!hash || !id) return undefined
  const algorithmOid = id.oid()
  const suffix = hash.toUpperCase() as 'SHA256' | 'SHA384' | 'SHA512'
  if (algorithmOid === Oid.rsaEncryption) return `RSA-${suffix}`
  if (algorithmOid === Oid.rsassaPss)
    return parameters && pssUses(parameters, hash) ? `RSASSA-PSS-${suffix}` : undefined
  const algorithm = fixed[algorithmOid]
  return algorithm?.endsWith(suffix) ? algorithm : undefined
}

/** Whether PSS parameters (RFC 4055, 3.1) say: this hash, MGF1 over it, salt of its length. Defaults mean SHA-1. */
function pssUses(parameters: DerNode, hash: HashName): boolean {
  const field = (tag: number) =>
    parameters
      .children()
      .find(part => part.tag === tag)
      ?.children()[0]
  const [hashId] = field(Tag.context0)?.children() ?? []
  const [maskId, maskHash] = field(Tag.context1)?.children() ?? []
  const salt = field(0xa2)
  return (
    hashes[hashId?.oid() ?? ''] === hash &&
    maskId?.oid() === Oid.mgf1 &&
    hashes[maskHash?.children()[0]?.oid() ?? ''] === hash &&
    salt?.number() === hashBytes[hash]
  )
}
