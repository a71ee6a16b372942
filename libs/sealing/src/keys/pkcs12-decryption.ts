import { createDecipheriv, createHash, pbkdf2Sync } from 'node:crypto'
import { type DerNode, Tag } from '../der-reader.js'
import { rc2CbcDecrypt } from './rc2.js'

/** A cipher, derivation or iteration count that this reader does not accept. Stays inside the PKCS#12 reader. */
export class Pkcs12Unsupported extends Error {}

/** More iterations than this is an attempt to keep us busy; exporters use 2 thousand to 2 million. */
const mostIterations = 10_000_000

const hmacs: Record<string, string> = {
  '1.2.840.113549.2.7': 'sha1',
  '1.2.840.113549.2.9': 'sha256',
  '1.2.840.113549.2.10': 'sha384',
  '1.2.840.113549.2.11': 'sha512'
}

const ciphers: Record<string, { name: string; keyBytes: number }> = {
  '1.2.840.113549.3.7': { name: 'des-ede3-cbc', keyBytes: 24 },
  '2.16.840.1.101.3.4.1.2': { name: 'aes-128-cbc', keyBytes: 16 },
  '2.16.840.1.101.3.4.1.22': { name: 'aes-192-cbc', keyBytes: 24 },
  '2.16.840.1.101.3.4.1.42': { name: 'aes-256-cbc', keyBytes: 32 }
}

/** Schemes of RFC 7292, appendix C, that Windows and older OpenSSL still write: 3DES and RC2. */
const legacySchemes: Record<string, { cipher: 'des-ede3-cbc' | 'rc2'; keyBytes: number }> = {
  '1.2.840.113549.1.12.1.3': { cipher: 'des-ede3-cbc', keyBytes: 24 },
  '1.2.840.113549.1.12.1.5': { cipher: 'rc2', keyBytes: 16 },
  '1.2.840.113549.1.12.1.6': { cipher: 'rc2', keyBytes: 5 }
}

/** What a derived key is for (RFC 7292, B.3). */
export const Purpose = { key: 1, iv: 2, mac: 3 } as const

/**
 * Decrypts by a password-based scheme: PBES2 with PBKDF2 (RFC 8018, 6.2) or one of RFC 7292, appendix C.
 * `scheme` is the AlgorithmIdentifier. Throws Pkcs12Unsupported for other schemes, and a plain Error when the padding
 * is wrong, which a wrong password causes.
 */
export function decryptWithPassword(scheme: DerNode, encrypted: Buffer, password: string): Buffer {
  const [id, parameters] = scheme.children()
  if (!id || !parameters) throw new Pkcs12Unsupported('no parameters')
  if (id.oid() === '1.2.840.113549.1.5.13') return decryptPbes2(parameters, encrypted, password)
  const legacy = legacySchemes[id.oid()]
  if (!legacy) throw new Pkcs12Unsupported(`scheme ${id.oid()}`)
  const [salt, iterations] = parameters.children()
  if (!salt || !iterations) throw new Pkcs12Unsupported('no salt')
  const derive = (purpose: number, bytes: number) =>
    deriveKey('sha1', password, salt.content, bounded(iterations), purpose, bytes)
  const key = derive(Purpose.key, legacy.keyBytes)
  const iv = derive(Purpose.iv, 8)
  if (legacy.cipher === 'rc2') return rc2CbcDecrypt(key, iv, encrypted)
  const decipher = createDecipheriv(legacy.cipher, key, iv)
  return Buffer.concat([decipher.update(encrypted), decipher.final()])
}

function decryptPbes2(parameters: DerNode, encrypted: Buffer, password: string): Buffer {
  const [derivation, encryption] = parameters.children()
  const [cipherId, iv] = encryption?.children() ?? []
  const cipher = ciphers[cipherId?.oid() ?? '']
  if (!derivation || !cipher || !iv) throw new Pkcs12Unsupported(`cipher ${cipherId?.oid()}`)
  const key = pbkdf2(derivation, password, cipher.keyBytes)
  const decipher = createDecipheriv(cipher.name, key, iv.expect(Tag.octetString).content)
  return Buffer.concat([decipher.update(encrypted), decipher.final()])
}

/** PBKDF2 as its AlgorithmIdentifier says (RFC 8018, 5.2 and A.2). */
export function pbkdf2(derivation: DerNode, password: string, keyBytes: number): Buffer {
  const [id, parameters] = derivation.children()
  const [salt, iterations, ...optional] = parameters?.children() ?? []
  if (id?.oid() !== '1.2.840.113549.1.5.12' || !salt || !iterations) throw new Pkcs12Unsupported('key derivation')
  const prf =
    optional
      .find(part => part.tag === Tag.sequence)
      ?.children()[0]
      ?.oid() ?? '1.2.840.113549.2.7'
  const hmac = hmacs[prf]
  if (!hmac) throw new Pkcs12Unsupported(`pseudo-random function ${prf}`)
  const saltBytes = salt.expect(Tag.octetString).content
  return pbkdf2Sync(Buffer.from(password, 'utf8'), saltBytes, bounded(iterations), keyBytes, hmac)
}

function bounded(iterations: DerNode): number {
  const count = iterations.number()
  if (count < 1 || count > mostIterations) throw new Pkcs12Unsupported('iteration count')
  return count
}

/** Block lengths of hash functions, in bytes. */
const blockBytes: Record<string, number> = { sha1: 64, sha256: 64, sha384: 128, sha512: 128 }

/** Key derivation of RFC 7292, B.2. The password goes in as big-endian UTF-16 with a terminating zero (B.1). */
export function deriveKey(
  hash: string,
  password: string,
  salt: Buffer,
  iterations: number,
  purpose: number,
  bytes: number
): Buffer {
  if (iterations > mostIterations) throw new Pkcs12Unsupported('iteration count')
  const block = blockBytes[hash]
  if (!block) throw new Pkcs12Unsupported(`hash ${hash}`)
  const text = Buffer.from(`${password}\0`, 'utf16le').swap16()
  const mixed = Buffer.concat([repeatToBlocks(salt, block), repeatToBlocks(text, block)])
  const diversifier = Buffer.alloc(block, purpose)
  const out: Buffer[] = []
  for (let made = 0; made < bytes; made += out.at(-1)!.length) {
    let digest = createHash(hash).update(diversifier).update(mixed).digest()
    for (let round = 1; round < iterations; round++) digest = createHash(hash).update(digest).digest()
    out.push(digest)
    const addend = Buffer.alloc(block)
    for (let i = 0; i < block; i++) addend[i] = digest[i % digest.length]!
    for (let at = 0; at < mixed.length; at += block) addPlusOne(mixed.subarray(at, at + block), addend)
  }
  return Buffer.concat(out).subarray(0, bytes)
}

function repeatToBlocks(bytes: Buffer, block: number): Buffer {
  const out = Buffer.alloc(Math.ceil(bytes.length / block) * block)
  for (let i = 0; i < out.length; i++) out[i] = bytes[i % bytes.length]!
  return out
}

/** target = (target + addend + 1) mod 2^(8·length), big-endian. */
function addPlusOne(target: Buffer, addend: Buffer): void {
  let carry = 1
  for (let i = target.length - 1; i >= 0; i--) {
    const sum = target[i]! + addend[i]! + carry
    target[i] = sum & 0xff
    carry = sum >> 8
  }
}
