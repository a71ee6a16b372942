import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { z } from 'zod'
import { ConfigurationError } from './config/load-config.js'
import { platformProblems } from './platform.errors.js'
import { Refused } from './problem.js'

const keyFile = z.strictObject({
  current: z.string().min(1).max(64),
  keys: z.record(z.string().min(1).max(64), z.base64())
})

/** First byte of everything sealed: the format below. */
const formatVersion = 1
const nonceLength = 12
const tagLength = 16

/** What a box is for; bound into it, so that a sealed text can never be passed off as a wrapped key. */
type Purpose = 'secret' | 'key'

/**
 * The key-encryption keys of an installation: several to read with, one to write with. To rotate, add a key and make it
 * current; what older keys sealed stays readable as long as they stay in the ring.
 *
 * A box is `version (1) | length of key id (1) | key id | nonce (12) | ciphertext | tag (16)`: AES-256-GCM with a random
 * 96-bit nonce (NIST SP 800-38D, 8.2.2: at most 2^32 boxes per key). Header, purpose and the caller's `aad` are authenticated.
 */
export class KeyRing {
  /**
   * @param currentId id of the key that seals
   * @param keys key id -> 32 bytes
   * @throws ConfigurationError
   */
  constructor(
    readonly currentId: string,
    private readonly keys: ReadonlyMap<string, Buffer>
  ) {
    const wrong = [...keys].filter(([, key]) => key.length !== 32).map(([id]) => `key "${id}" is not 32 bytes long`)
    if (!keys.has(currentId)) wrong.push(`the current key "${currentId}" is not among the keys`)
    for (const id of keys.keys()) if (Buffer.byteLength(id) > 255) wrong.push('a key id is longer than 255 bytes')
    if (wrong.length) throw new ConfigurationError(wrong.map(problem => `GONIEC_KEK_FILE: ${problem}`))
  }

  /**
   * Reads a ring from a JSON file `{ "current": id, "keys": { id: base64 of 32 bytes } }`.
   * @throws ConfigurationError when it is absent or wrong; never quoting what it holds
   */
  static fromFile(file: string): KeyRing {
    let parsed
    try {
      parsed = keyFile.safeParse(JSON.parse(readFileSync(file, 'utf8')))
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code ?? 'not JSON'
      throw new ConfigurationError([`GONIEC_KEK_FILE: ${file} cannot be read (${code})`])
    }
    if (!parsed.success) {
      throw new ConfigurationError(
        parsed.error.issues.map(({ path }) => `GONIEC_KEK_FILE: wrong at "${path.join('.')}"`)
      )
    }
    const { current, keys } = parsed.data
    return new KeyRing(current, new Map(Object.entries(keys).map(([id, key]) => [id, Buffer.from(key, 'base64')])))
  }

  /**
   * Makes a ring of one new key and writes it to a file that only this user can read. Without this file all that was sealed
   * is lost: keep a copy elsewhere.
   * @throws Error EEXIST when the file is there: a key is never overwritten
   */
  static generate(file: string): KeyRing {
    const id = `kek-${randomBytes(4).toString('hex')}`
    const key = randomBytes(32)
    mkdirSync(dirname(file), { recursive: true })
    const text = JSON.stringify({ current: id, keys: { [id]: key.toString('base64') } }, null, 2)
    writeFileSync(file, `${text}\n`, { mode: 0o600, flag: 'wx', flush: true })
    return new KeyRing(id, new Map([[id, key]]))
  }

  /** Seals a small secret. `aad` says whose it is (table, tenant, row): it must be given again to open it. */
  seal(plaintext: Buffer, aad: Buffer): Buffer {
    return this.close('secret', plaintext, aad)
  }

  /** Opens what {@link seal} made. @throws Refused `platform/sealed-data-unreadable`: changed bytes, other aad, unknown key */
  open(sealed: Buffer, aad: Buffer): Buffer {
    return this.reveal('secret', sealed, aad)
  }

  /** Wraps a data-encryption key. */
  wrap(dek: Buffer, aad: Buffer): Buffer {
    return this.close('key', dek, aad)
  }

  /** Opens what {@link wrap} made. @throws Refused `platform/sealed-data-unreadable` */
  unwrap(wrapped: Buffer, aad: Buffer): Buffer {
    return this.reveal('key', wrapped, aad)
  }

  private close(purpose: Purpose, plaintext: Buffer, aad: Buffer): Buffer {
    const id = Buffer.from(this.currentId)
    const header = Buffer.concat([Buffer.from([formatVersion, id.length]), id])
    const nonce = randomBytes(nonceLength)
    const cipher = createCipheriv('aes-256-gcm', this.keys.get(this.currentId)!, nonce)
    cipher.setAAD(bound(header, purpose, aad))
    return Buffer.concat([header, nonce, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()])
  }

  private reveal(purpose: Purpose, box: Buffer, aad: Buffer): Buffer {
    const [version, idLength = 0] = box
    const headerLength = 2 + idLength
    const key = this.keys.get(box.toString('utf8', 2, headerLength))
    if (version !== formatVersion || !key || box.length < headerLength + nonceLength + tagLength) throw unreadable()
    const header = box.subarray(0, headerLength)
    const nonce = box.subarray(headerLength, headerLength + nonceLength)
    const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: tagLength })
    decipher.setAAD(bound(header, purpose, aad))
    decipher.setAuthTag(box.subarray(box.length - tagLength))
    try {
      return Buffer.concat([decipher.update(box.subarray(headerLength + nonceLength, -tagLength)), decipher.final()])
    } catch {
      throw unreadable()
    }
  }
}

function bound(header: Buffer, purpose: Purpose, aad: Buffer): Buffer {
  return Buffer.concat([header, Buffer.from(`${purpose}\n`), aad])
}

function unreadable(): Refused {
  return new Refused(platformProblems['sealed-data-unreadable'])
}
