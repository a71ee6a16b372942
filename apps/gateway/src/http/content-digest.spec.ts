import { createHash } from 'node:crypto'
import { contentDigest, parseSha256 } from './content-digest.js'

const digest = createHash('sha256').update('pismo').digest()
const base64 = digest.toString('base64')

describe('Content-Digest', () => {
  it.each([
    [`sha-256=:${base64}:`],
    [` sha-256=:${base64}: `],
    [`sha-512=:${createHash('sha512').update('pismo').digest('base64')}:, sha-256=:${base64}:`],
    [contentDigest(digest.toString('hex'))]
  ])('is read: %s', header => {
    expect(parseSha256(header)).toEqual(digest)
  })

  it.each([
    [''],
    [base64],
    [`sha-256=${base64}`],
    [`SHA-256=:${base64}:`],
    [`sha-256=:${base64.slice(4)}:`],
    [`sha-256=:${base64.replace(/=$/, '')}:`],
    [`sha-256=:${digest.toString('base64url')}_:`],
    [`sha-256=:${base64}:, sha-256=:${base64}:`],
    [`sha-256=:${base64}:,`],
    [`sha-512=:${createHash('sha512').update('pismo').digest('base64')}:`]
  ])('is refused: %j', header => {
    expect(parseSha256(header)).toBeUndefined()
  })
})
