import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto'
import { broken } from '../pdf-values.js'
import { rc4 } from './rc4.js'

/** How strings or streams are enciphered (ISO 32000-1, table 25; ISO 32000-2, table 25). */
export type CryptMethod = 'none' | 'rc4' | 'aes-128' | 'aes-256'

/** The key for one object (ISO 32000-1, algorithm 1); AES-256 uses the file key itself (ISO 32000-2, algorithm 1.A). */
export function objectKey(method: CryptMethod, key: Buffer, number: number, generation: number): Buffer {
  if (method === 'aes-256' || method === 'none') return key
  const place = Buffer.alloc(5)
  place.writeUIntLE(number & 0xffffff, 0, 3)
  place.writeUInt16LE(generation & 0xffff, 3)
  const hash = createHash('md5').update(key).update(place)
  if (method === 'aes-128') hash.update('sAlT')
  return hash.digest().subarray(0, Math.min(16, key.length + 5))
}

/** Enciphers with the key of the object; AES gets an initialisation vector in front and padding behind. */
export function encipher(method: CryptMethod, key: Buffer, data: Buffer): Buffer {
  if (method === 'none') return data
  if (method === 'rc4') return rc4(key, data)
  const vector = randomBytes(16)
  const cipher = createCipheriv(cipherName(key), key, vector)
  return Buffer.concat([vector, cipher.update(data), cipher.final()])
}

/**
 * Deciphers with the key of the object. Bytes after the last whole block are left over from a wrong /Length; padding that
 * is none stays, as in other readers.
 */
export function decipher(method: CryptMethod, key: Buffer, data: Buffer): Buffer {
  if (method === 'none' || data.length === 0) return data
  if (method === 'rc4') return rc4(key, data)
  if (data.length < 16) throw broken('encrypted data too short')
  const body = data.subarray(16, data.length - (data.length % 16))
  const plain = createDecipheriv(cipherName(key), key, data.subarray(0, 16)).setAutoPadding(false).update(body)
  const padding = plain.at(-1) ?? 0
  return padding >= 1 && padding <= 16 ? plain.subarray(0, plain.length - padding) : plain
}

function cipherName(key: Buffer): string {
  if (key.length !== 16 && key.length !== 32) throw broken('length of the encryption key')
  return key.length === 16 ? 'aes-128-cbc' : 'aes-256-cbc'
}
