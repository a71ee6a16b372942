import { createHmac, createPrivateKey, type KeyObject, timingSafeEqual } from 'node:crypto'
import * as asn1js from 'asn1js'
import * as pkijs from 'pkijs'
import { Refused } from '#platform/plain'
import { type Certificate } from '../certificate/read-certificate.js'
import { readableCertificates } from '../certificate/build-chain.js'
import { readDer, Tag } from '../der-reader.js'
import { sealingProblems } from '../sealing.errors.js'
import { decryptWithPassword, deriveKey, pbkdf2, Pkcs12Unsupported, Purpose } from './pkcs12-decryption.js'

/** What a PKCS#12 file holds. */
export interface Pkcs12Content {
  readonly keys: readonly KeyObject[]
  readonly certificates: readonly Certificate[]
}

const macHashes: Record<string, string> = {
  '1.3.14.3.2.26': 'sha1',
  '2.16.840.1.101.3.4.2.1': 'sha256',
  '2.16.840.1.101.3.4.2.2': 'sha384',
  '2.16.840.1.101.3.4.2.3': 'sha512'
}

const hmacOids: Record<string, string> = {
  '1.2.840.113549.2.7': 'sha1',
  '1.2.840.113549.2.9': 'sha256',
  '1.2.840.113549.2.10': 'sha384',
  '1.2.840.113549.2.11': 'sha512'
}

/**
 * Opens a PKCS#12 file (RFC 7292, BER or DER, PBMAC1 of RFC 9579 too). Private keys go straight into KeyObjects.
 * @throws Refused `sealing/pkcs12-unreadable`, `sealing/pkcs12-wrong-password`, `sealing/pkcs12-unsupported`.
 */
export function readPkcs12(file: Buffer, password: string): Pkcs12Content {
  try {
    const pfx = pkijs.PFX.fromBER(bytesOf(file))
    if (!(pfx.authSafe.content instanceof asn1js.OctetString)) throw new Pkcs12Unsupported('public-key integrity')
    const safe = Buffer.from(pfx.authSafe.content.getValue())
    if (pfx.macData) checkMac(pfx.macData, safe, password)
    const keys: KeyObject[] = []
    const certificates: Buffer[] = []
    for (const part of pkijs.AuthenticatedSafe.fromBER(bytesOf(safe)).safeContents)
      for (const bag of pkijs.SafeContents.fromBER(bytesOf(contentOf(part, password))).safeBags) {
        const value = bag.bagValue
        if (value instanceof pkijs.PKCS8ShroudedKeyBag) keys.push(decryptKey(der(value.toSchema()), password))
        else if (value instanceof pkijs.PrivateKeyInfo) keys.push(openKey(der(value.toSchema())))
        else if (value instanceof pkijs.CertBag && value.parsedValue instanceof pkijs.Certificate)
          certificates.push(der(value.parsedValue.toSchema()))
      }
    return { keys, certificates: readableCertificates(certificates) }
  } catch (cause) {
    if (cause instanceof Refused) throw cause
    // The cause's own text stays out: libraries may quote bytes of the file in it.
    if (cause instanceof Pkcs12Unsupported)
      throw new Refused(sealingProblems['pkcs12-unsupported'], { why: cause.message })
    throw new Refused(sealingProblems['pkcs12-unreadable'])
  }
}

/** The MAC over everything tells a wrong password from a damaged file. */
function checkMac(mac: pkijs.MacData, safe: Buffer, password: string): void {
  const identifier = readDer(der(mac.mac.digestAlgorithm.toSchema()))
  const [id, parameters] = identifier.children()
  const expected = Buffer.from(mac.mac.digest.getValue())
  let computed: Buffer
  if (id?.oid() === '1.2.840.113549.1.5.14' && parameters) {
    const [derivation, scheme] = parameters.children()
    const hash = hmacOids[scheme?.children()[0]?.oid() ?? '']
    const keyBytes = derivation
      ?.children()[1]
      ?.children()
      .filter(part => part.tag === Tag.integer)[1]
      ?.number()
    if (!derivation || !hash || !keyBytes) throw new Pkcs12Unsupported('PBMAC1')
    computed = createHmac(hash, pbkdf2(derivation, password, Math.min(keyBytes, 128)))
      .update(safe)
      .digest()
  } else {
    const hash = macHashes[id?.oid() ?? '']
    if (!hash) throw new Pkcs12Unsupported('MAC')
    const salt = Buffer.from(mac.macSalt.getValue())
    const key = deriveKey(hash, password, salt, mac.iterations ?? 1, Purpose.mac, expected.length)
    computed = createHmac(hash, key).update(safe).digest()
  }
  if (computed.length !== expected.length || !timingSafeEqual(computed, expected))
    throw new Refused(sealingProblems['pkcs12-wrong-password'])
}

function contentOf(part: pkijs.ContentInfo, password: string): Buffer {
  if (part.contentType === pkijs.ContentInfo.DATA && part.content instanceof asn1js.OctetString)
    return Buffer.from(part.content.getValue())
  if (part.contentType !== pkijs.ContentInfo.ENCRYPTED_DATA) throw new Pkcs12Unsupported('public-key privacy')
  const { encryptedContentInfo } = new pkijs.EncryptedData({ schema: part.content })
  const scheme = readDer(der(encryptedContentInfo.contentEncryptionAlgorithm.toSchema()))
  return decrypting(() =>
    decryptWithPassword(scheme, Buffer.from(encryptedContentInfo.getEncryptedContent()), password)
  )
}

/** OpenSSL decrypts most keys itself, so that the key never stands in our memory; RC2 it cannot. */
function decryptKey(encrypted: Buffer, password: string): KeyObject {
  const [scheme, content] = readDer(encrypted).children()
  if (!scheme || !content) throw new Pkcs12Unsupported('key bag')
  try {
    return createPrivateKey({ key: encrypted, format: 'der', type: 'pkcs8', passphrase: password })
  } catch {
    const plain = decrypting(() => decryptWithPassword(scheme, content.expect(Tag.octetString).content, password))
    try {
      return openKey(plain)
    } finally {
      plain.fill(0)
    }
  }
}

function openKey(pkcs8: Buffer): KeyObject {
  try {
    return createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' })
  } catch {
    throw new Pkcs12Unsupported('kind of key')
  }
}

/** Wrong padding after decryption means a wrong password (or a file without a MAC that is damaged). */
function decrypting(decrypt: () => Buffer): Buffer {
  try {
    return decrypt()
  } catch (cause) {
    if (cause instanceof Pkcs12Unsupported) throw cause
    throw new Refused(sealingProblems['pkcs12-wrong-password'])
  }
}

function der(schema: { toBER(): ArrayBuffer }): Buffer {
  return Buffer.from(schema.toBER())
}

/** A copy whose ArrayBuffer is exactly these bytes, as asn1js wants it. */
function bytesOf(buffer: Buffer): Uint8Array<ArrayBuffer> {
  return new Uint8Array(buffer)
}
