import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { Ids } from '#platform'

/** What a key looks like: `gnc_<32 hex digits of the id>_<43 characters of secret>`. */
const KEY = /^gnc_([0-9a-f]{32})_([A-Za-z0-9_-]{43})$/

/** A new key: the text is shown once, the digest is kept. */
export interface IssuedKey {
  id: string
  text: string
  secretSha256: Buffer
}

/**
 * Makes an API key. The secret has 256 random bits, so a plain SHA-256 of it is safe to keep: there is nothing to
 * guess, and no need to slow every request down with a password hash.
 */
export function issueApiKey(ids: Ids): IssuedKey {
  const id = ids.next()
  const secret = randomBytes(32).toString('base64url')
  return { id, text: `gnc_${id.replaceAll('-', '')}_${secret}`, secretSha256: digest(secret) }
}

/** Takes a key's text apart, or undefined if it cannot be one of ours. */
export function parseApiKey(text: string): { id: string; secretSha256: Buffer } | undefined {
  const match = KEY.exec(text)
  if (!match) return undefined
  const id = match[1]!.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
  return { id, secretSha256: digest(match[2]!) }
}

/** Compares digests without telling how far they agree. */
export function sameDigest(a: Buffer, b: Buffer): boolean {
  return a.length === b.length && timingSafeEqual(a, b)
}

function digest(secret: string): Buffer {
  return createHash('sha256').update(secret).digest()
}
