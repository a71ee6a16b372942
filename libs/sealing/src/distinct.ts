import { createHash } from 'node:crypto'

const digests = new WeakMap<object, Map<string, string>>()

/** The digest of `bytes`, base64, by a hash of node:crypto; computed once as long as `of` (the bytes, or what they are of) lives. */
export function digestOnce(of: object, hash: string, ...bytes: readonly Buffer[]): string {
  let known = digests.get(of)
  if (!known) digests.set(of, (known = new Map()))
  let digest = known.get(hash)
  if (digest === undefined) {
    const running = createHash(hash)
    for (const part of bytes) running.update(part)
    known.set(hash, (digest = running.digest('base64')))
  }
  return digest
}

/** Buffers without repetition, in order. */
export function distinct(buffers: readonly Buffer[]): Buffer[] {
  const seen = new Set<string>()
  return buffers.filter(one => {
    const key = digestOnce(one, 'sha256', one)
    return !seen.has(key) && !!seen.add(key)
  })
}
