import { createCipheriv, createDecipheriv, createHash, timingSafeEqual } from 'node:crypto'
import { legacyPasswords, modernPassword, passwordPadding } from './passwords.js'
import { rc4 } from './rc4.js'

/** What of the encryption dictionary makes the key (ISO 32000-1, tables 20 and 21; ISO 32000-2, table 21). */
export interface KeyFacts {
  readonly revision: number
  /** Key lengths to try, in bytes: writers and readers of version 4 differ in where the length stands. */
  readonly keyLengths: readonly number[]
  readonly ownerEntry: Buffer
  readonly userEntry: Buffer
  readonly ownerKeyEntry: Buffer
  readonly userKeyEntry: Buffer
  /** /P as a signed 32-bit number. */
  readonly permissions: number
  readonly encryptMetadata: boolean
  /** First part of the file identifier. */
  readonly id: Buffer
}

/** A file key, and whose password gave it. */
export interface FileKey {
  readonly key: Buffer
  readonly owner: boolean
}

/** The key that the password opens, as the owner's or the user's; undefined when it opens nothing. */
export function findFileKey(facts: KeyFacts, password: string): FileKey | undefined {
  if (facts.revision >= 5) return findModernKey(facts, modernPassword(password))
  for (const bytes of legacyPasswords(password))
    for (const length of facts.keyLengths) {
      const asOwner = legacyKey(facts, userPasswordOf(facts, bytes, length), length)
      if (asOwner) return { key: asOwner, owner: true }
      const asUser = legacyKey(facts, bytes, length)
      if (asUser) return { key: asUser, owner: false }
    }
  return undefined
}

/** The key if `password` is the user's (ISO 32000-1, algorithms 2 and 6). */
function legacyKey(facts: KeyFacts, password: Buffer, length: number): Buffer | undefined {
  const hash = createHash('md5').update(padded(password)).update(facts.ownerEntry).update(int32(facts.permissions))
  hash.update(facts.id)
  if (facts.revision >= 4 && !facts.encryptMetadata) hash.update(Buffer.alloc(4, 0xff))
  const key = stretched(hash.digest(), facts.revision, length)
  if (facts.revision === 2) return equal(rc4(key, passwordPadding), facts.userEntry) ? key : undefined
  let check: Buffer = createHash('md5').update(passwordPadding).update(facts.id).digest()
  for (let round = 0; round < 20; round++) check = rc4(roundKey(key, round), check)
  return equal(check, facts.userEntry.subarray(0, 16)) ? key : undefined
}

/** The user's password, out of the owner's (ISO 32000-1, algorithm 7). */
function userPasswordOf(facts: KeyFacts, owner: Buffer, length: number): Buffer {
  const key = stretched(createHash('md5').update(padded(owner)).digest(), facts.revision, length)
  let password = facts.ownerEntry
  for (let round = facts.revision === 2 ? 0 : 19; round >= 0; round--) password = rc4(roundKey(key, round), password)
  return password
}

function stretched(digest: Buffer, revision: number, length: number): Buffer {
  let key = digest.subarray(0, length)
  if (revision >= 3) for (let i = 0; i < 50; i++) key = createHash('md5').update(key).digest().subarray(0, length)
  return key
}

function roundKey(key: Buffer, round: number): Uint8Array {
  return round === 0 ? key : key.map(byte => byte ^ round)
}

function padded(password: Buffer): Buffer {
  return Buffer.concat([password, passwordPadding]).subarray(0, 32)
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32LE(value)
  return bytes
}

/** Algorithms 2.A, 11 and 12 of ISO 32000-2: 32 bytes of hash, 8 of validation salt, 8 of key salt. */
function findModernKey(facts: KeyFacts, password: Buffer): FileKey | undefined {
  const user = facts.userEntry
  const owner = facts.ownerEntry
  const hash = facts.revision === 5 ? plainHash : hardenedHash
  if (equal(hash(password, owner.subarray(32, 40), user), owner.subarray(0, 32)))
    return { key: unwrap(hash(password, owner.subarray(40, 48), user), facts.ownerKeyEntry), owner: true }
  const none = Buffer.alloc(0)
  if (equal(hash(password, user.subarray(32, 40), none), user.subarray(0, 32)))
    return { key: unwrap(hash(password, user.subarray(40, 48), none), facts.userKeyEntry), owner: false }
  return undefined
}

function unwrap(key: Buffer, wrapped: Buffer): Buffer {
  return createDecipheriv('aes-256-cbc', key, Buffer.alloc(16)).setAutoPadding(false).update(wrapped)
}

/** The hash of revision 5, an Adobe extension that revision 6 replaced. */
function plainHash(password: Buffer, salt: Buffer, user: Buffer): Buffer {
  return createHash('sha256').update(password).update(salt).update(user).digest()
}

/** Algorithm 2.B of ISO 32000-2. The last byte is 255 at most, so it ends before round 288. */
function hardenedHash(password: Buffer, salt: Buffer, user: Buffer): Buffer {
  let key: Buffer = plainHash(password, salt, user)
  for (let round = 0; ; round++) {
    const once = Buffer.concat([password, key, user])
    const block = Buffer.alloc(64 * once.length)
    for (let i = 0; i < 64; i++) once.copy(block, i * once.length)
    const mixed = createCipheriv('aes-128-cbc', key.subarray(0, 16), key.subarray(16, 32))
      .setAutoPadding(false)
      .update(block)
    // The first 16 bytes as a number modulo 3; 256 is 1 modulo 3, so the sum of the bytes will do.
    let sum = 0
    for (let i = 0; i < 16; i++) sum += mixed[i]!
    key = createHash((['sha256', 'sha384', 'sha512'] as const)[(sum % 3) as 0 | 1 | 2])
      .update(mixed)
      .digest()
    if (round >= 63 && mixed.at(-1)! <= round - 31) return key.subarray(0, 32)
  }
}

function equal(a: Buffer, b: Buffer): boolean {
  return a.length === b.length && timingSafeEqual(a, b)
}
