const MEMBER = /^(\*?[a-z][a-z0-9_.*-]*)=:([A-Za-z0-9+/]*={0,2}):$/

/**
 * The SHA-256 in a `Content-Digest` header (RFC 9530, 2): a dictionary of `algorithm=:base64:`; other algorithms may
 * stand beside it.
 * @returns 32 bytes, or undefined when there is no SHA-256 or anything is malformed
 */
export function parseSha256(header: string): Buffer | undefined {
  let sha256: Buffer | undefined
  for (const member of header.split(',')) {
    const found = MEMBER.exec(member.replace(/^[ \t]+|[ \t]+$/g, ''))
    if (!found) return undefined
    if (found[1] !== 'sha-256') continue
    const bytes = Buffer.from(found[2]!, 'base64')
    // two different ones: the sender does not know what it sends
    if (sha256 || bytes.length !== 32 || bytes.toString('base64') !== found[2]) return undefined
    sha256 = bytes
  }
  return sha256
}

/** `Content-Digest` of bytes whose hexadecimal SHA-256 is known. */
export function contentDigest(sha256: string): string {
  return `sha-256=:${Buffer.from(sha256, 'hex').toString('base64')}:`
}
