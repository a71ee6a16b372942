import { type AnyHash, hashByOid } from '../certificate/signature-scheme.js'

/**
 * A digest by its OID, as node:crypto names it; undefined for unknown ones and for MD5 and its kind, which prove nothing.
 * SHA-1 is computed: how far it may still be relied on is judged elsewhere.
 */
export function digestOf(id: string): AnyHash | undefined {
  const hash = hashByOid(id)
  return hash !== 'md5' && hash !== 'ripemd160' ? hash : undefined
}
