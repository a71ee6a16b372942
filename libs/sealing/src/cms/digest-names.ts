import { hashByOid, nodeHash } from '../certificate/signature-scheme.js'
import type { HashName } from '../seal-algorithm.js'

/**
 * A digest by its OID, as node:crypto names it; undefined for unknown ones and for MD5 and its kind, which prove nothing.
 * SHA-1 is computed: how far it may still be relied on is judged elsewhere.
 */
export function digestOf(id: string): string | undefined {
  const hash = hashByOid(id)
  return hash && hash !== 'md5' && hash !== 'ripemd160' ? nodeHash(hash) : undefined
}

/** The same digest as reports name it. */
export function reported(hash: string | undefined): HashName | 'sha1' | 'other' {
  return hash === 'sha1' || hash === 'sha256' || hash === 'sha384' || hash === 'sha512' ? hash : 'other'
}
