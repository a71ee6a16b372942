import { createDecipheriv } from 'node:crypto'
import { Refused } from '#platform/plain'
import { sealingProblems } from '../../sealing.errors.js'
import { asName, asNatural, asNumber, broken, type PdfDict, type PdfValue } from '../pdf-values.js'
import { type CryptMethod, decipher, encipher, objectKey } from './crypt-method.js'
import { type FileKey, findFileKey, type KeyFacts } from './file-key.js'
import { type PdfAction, PdfPermissions } from './pdf-permissions.js'

/** What reads the entries of the encryption dictionary, references followed. */
type Get = (dict: PdfDict, key: string) => PdfValue | undefined

/** An opened standard security handler (ISO 32000-1, 7.6.3; ISO 32000-2, 7.6.4): revisions 2 to 6. */
export class PdfEncryption {
  private last: { method: CryptMethod; number: number; generation: number; key: Buffer } | undefined

  constructor(
    private readonly fileKey: Buffer,
    private readonly strings: CryptMethod,
    private readonly streams: CryptMethod,
    /** Named crypt filters, which a stream may choose for itself. */
    private readonly filters: ReadonlyMap<string, CryptMethod>,
    /** Whether metadata streams are enciphered too. */
    private readonly encryptMetadata: boolean,
    /** What the password allows. */
    readonly permissions: PdfPermissions
  ) {}

  /** Whether strings outside object streams are enciphered at all. */
  get encryptsStrings(): boolean {
    return this.strings !== 'none'
  }

  /** Whether the password allows the action. */
  permits(action: PdfAction): boolean {
    return this.permissions.permits(action)
  }

  /** What a string of the object says. Strings inside object streams are not enciphered one by one. */
  decryptString(bytes: Buffer, number: number, generation: number): Buffer {
    return decipher(this.strings, this.keyFor(this.strings, number, generation), bytes)
  }

  /**
   * The bytes to write for a string of the object (as a hexadecimal string, best). Never for /Contents of a signature.
   */
  encryptString(bytes: Buffer, number: number, generation: number): Buffer {
    return encipher(this.strings, this.keyFor(this.strings, number, generation), bytes)
  }

  /** The data of a stream of the object, before its filters are undone. `dict` is the stream's dictionary. */
  decryptStream(data: Buffer, dict: PdfDict, number: number, generation: number, get: Get): Buffer {
    const method = this.methodOf(dict, get)
    return decipher(method, this.keyFor(method, number, generation), data)
  }

  /** The bytes to write for a new stream of the object, given its data with filters applied. */
  encryptStream(data: Buffer, number: number, generation: number): Buffer {
    return encipher(this.streams, this.keyFor(this.streams, number, generation), data)
  }

  /** A cross-reference stream is never enciphered; a stream may choose another filter (ISO 32000-1, 7.6.1 and 7.4.10). */
  private methodOf(dict: PdfDict, get: Get): CryptMethod {
    const type = asName(get(dict, 'Type'))
    if (type === 'XRef' || (type === 'Metadata' && !this.encryptMetadata)) return 'none'
    const filter = first(get(dict, 'Filter'))
    if (asName(filter) !== 'Crypt') return this.streams
    const parameters = first(get(dict, 'DecodeParms'))
    const name = parameters?.kind === 'dict' ? (asName(get(parameters, 'Name')) ?? 'Identity') : 'Identity'
    return filterNamed(this.filters, name)
  }

  private keyFor(method: CryptMethod, number: number, generation: number): Buffer {
    const { last } = this
    if (last && last.method === method && last.number === number && last.generation === generation) return last.key
    const key = objectKey(method, this.fileKey, number, generation)
    this.last = { method, number, generation, key }
    return key
  }
}

function first(value: PdfValue | undefined): PdfValue | undefined {
  return value?.kind === 'array' ? value.items[0] : value
}

function filterNamed(filters: ReadonlyMap<string, CryptMethod>, name: string): CryptMethod {
  if (name === 'Identity') return 'none'
  const method = filters.get(name)
  // Not listed, or of a method that this version does not have; "None" means that the application deciphers by itself.
  if (!method) throw unknownHandler('unknown crypt filter')
  return method
}

/**
 * Opens the standard security handler with a password, the user's or the owner's; the empty one is tried when none is
 * given, as viewers do.
 * @param id the first part of the file identifier; empty when the file has none
 * @throws Refused `sealing/pdf-password-needed` for a wrong or missing password, `sealing/pdf-encrypted` for handlers and
 * ciphers that are not known (public-key handlers among them), `sealing/pdf-broken`.
 */
export function openEncryption(dict: PdfDict, id: Buffer, password: string | undefined, get: Get): PdfEncryption {
  const version = asNatural(get(dict, 'V')) ?? 0
  const revision = asNatural(get(dict, 'R')) ?? 0
  if (asName(get(dict, 'Filter')) !== 'Standard') throw unknownHandler('not the standard security handler')
  const expected: Readonly<Record<number, readonly number[]>> = { 1: [2, 3], 2: [3], 4: [4], 5: [5, 6] }
  if (!expected[version]?.includes(revision)) throw unknownHandler('unknown version')

  const facts = readKeyFacts(dict, id, version, revision, get)
  const found = findFileKey(facts, password ?? '') ?? (password ? findFileKey(facts, '') : undefined)
  if (!found) throw new Refused(sealingProblems['pdf-password-needed'])
  const filters = readFilters(dict, version, get)
  const named = (key: string) => (version < 4 ? 'rc4' : filterNamed(filters, asName(get(dict, key)) ?? 'Identity'))
  return new PdfEncryption(
    found.key,
    named('StrF'),
    named('StmF'),
    filters,
    facts.encryptMetadata,
    new PdfPermissions(trustedPermissions(dict, facts, found, get), revision, found.owner)
  )
}

function unknownHandler(why: string): Refused {
  return new Refused(sealingProblems['pdf-encrypted'], { why })
}

function readKeyFacts(dict: PdfDict, id: Buffer, version: number, revision: number, get: Get): KeyFacts {
  const bytes = (key: string, length: number): Buffer => {
    const value = get(dict, key)
    // Some writers fill the entries up with zeros.
    if (value?.kind !== 'string' || value.bytes.length < length) throw broken('encryption dictionary')
    return value.bytes.subarray(0, length)
  }
  const permissions = asNumber(get(dict, 'P'))
  if (permissions === undefined) throw broken('encryption dictionary')
  const encryptMetadata = get(dict, 'EncryptMetadata')
  const modern = version === 5
  return {
    revision,
    keyLengths: modern ? [32] : keyLengths(dict, version, get),
    ownerEntry: bytes('O', modern ? 48 : 32),
    userEntry: bytes('U', modern ? 48 : 32),
    ownerKeyEntry: modern ? bytes('OE', 32) : Buffer.alloc(0),
    userKeyEntry: modern ? bytes('UE', 32) : Buffer.alloc(0),
    // Some writers give the 32 bits as a positive number.
    permissions: permissions | 0,
    encryptMetadata: !(encryptMetadata?.kind === 'boolean' && encryptMetadata.raw.toString('latin1') === 'false'),
    id
  }
}

/** In bytes, the standard's one first; a length is given in bits, by some writers in bytes. */
function keyLengths(dict: PdfDict, version: number, get: Get): number[] {
  if (version === 1) return [5]
  const inBytes = (given: number) => (given >= 40 ? given >> 3 : given)
  const given = inBytes(asNatural(get(dict, 'Length')) ?? 40)
  return [...new Set(version === 4 ? [16, given] : [given])].filter(length => length >= 5 && length <= 16)
}

function readFilters(dict: PdfDict, version: number, get: Get): Map<string, CryptMethod> {
  const filters = new Map<string, CryptMethod>()
  const all = version < 4 ? undefined : get(dict, 'CF')
  if (all?.kind !== 'dict') return filters
  if (all.entries.size > 64) throw broken('crypt filters')
  for (const name of all.entries.keys()) {
    const filter = get(all, name)
    if (filter?.kind !== 'dict') throw broken('crypt filter')
    const method = methodNamed(asName(get(filter, 'CFM')), version)
    if (method) filters.set(name, method)
  }
  return filters
}

function methodNamed(name: string | undefined, version: number): CryptMethod | undefined {
  if (version === 5) return name === 'AESV3' ? 'aes-256' : undefined
  return name === 'V2' ? 'rc4' : name === 'AESV2' ? 'aes-128' : undefined
}

/**
 * The permission bits. Revisions 5 and 6 keep a sealed copy in /Perms (ISO 32000-2, algorithm 13): where the two differ
 * somebody has changed /P, and only what both allow is allowed.
 */
function trustedPermissions(dict: PdfDict, facts: KeyFacts, found: FileKey, get: Get): number {
  if (facts.revision < 5) return facts.permissions
  const sealed = get(dict, 'Perms')
  if (sealed?.kind !== 'string' || sealed.bytes.length < 16) return 0
  const plain = createDecipheriv('aes-256-ecb', found.key, null)
    .setAutoPadding(false)
    .update(sealed.bytes.subarray(0, 16))
  return plain.toString('latin1', 9, 12) === 'adb' ? facts.permissions & plain.readInt32LE(0) : 0
}
