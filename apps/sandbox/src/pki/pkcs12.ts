import { type KeyObject, webcrypto } from 'node:crypto'
import * as asn1js from 'asn1js'
import * as pkijs from 'pkijs'

// Content encryption that current OpenSSL, Java and Node open by default; the older RC2 and 3DES need "legacy" switches.
const encryption = { name: 'AES-CBC', length: 256 }
const iterationCount = 10_000

/**
 * Packs a key with its certificates into PKCS#12 (RFC 7292): PBES2 with AES-256 and PBKDF2-HMAC-SHA-256, MAC SHA-256.
 *
 * @param certificates leaf first (DER)
 */
export async function packPkcs12(
  friendlyName: string,
  key: KeyObject,
  certificates: Buffer[],
  password: string
): Promise<Buffer> {
  const crypto = new pkijs.CryptoEngine({ name: 'node', crypto: webcrypto })
  const secret = new Uint8Array(Buffer.from(password, 'utf8')).buffer
  const keyId = new asn1js.OctetString({ valueHex: new Uint8Array([1]).buffer })
  const leafAttributes = () => [
    new pkijs.Attribute({
      type: '1.2.840.113549.1.9.20',
      values: [new asn1js.BmpString({ value: friendlyName })]
    }),
    new pkijs.Attribute({ type: '1.2.840.113549.1.9.21', values: [keyId] })
  ]

  const keyBag = new pkijs.PKCS8ShroudedKeyBag({
    parsedValue: pkijs.PrivateKeyInfo.fromBER(exact(key.export({ format: 'der', type: 'pkcs8' })))
  })
  const keySafe = new pkijs.SafeContents({
    safeBags: [
      new pkijs.SafeBag({ bagId: '1.2.840.113549.1.12.10.1.2', bagValue: keyBag, bagAttributes: leafAttributes() })
    ]
  })
  const certificateSafe = new pkijs.SafeContents({
    safeBags: certificates.map(
      (certificate, index) =>
        new pkijs.SafeBag({
          bagId: '1.2.840.113549.1.12.10.1.3',
          bagValue: new pkijs.CertBag({ parsedValue: pkijs.Certificate.fromBER(exact(certificate)) }),
          ...(index === 0 ? { bagAttributes: leafAttributes() } : {})
        })
    )
  })

  const authenticatedSafe = new pkijs.AuthenticatedSafe({
    parsedValue: {
      safeContents: [
        { privacyMode: 0, value: keySafe },
        { privacyMode: 1, value: certificateSafe }
      ]
    }
  })
  await keyBag.makeInternalValues(
    { password: secret, contentEncryptionAlgorithm: encryption, hmacHashAlgorithm: 'SHA-256', iterationCount },
    crypto
  )
  await authenticatedSafe.makeInternalValues(
    {
      safeContents: [
        {},
        { password: secret, contentEncryptionAlgorithm: encryption, hmacHashAlgorithm: 'SHA-256', iterationCount }
      ]
    },
    crypto
  )
  const pfx = new pkijs.PFX({ parsedValue: { integrityMode: 0, authenticatedSafe } })
  await pfx.makeInternalValues(
    { password: secret, iterations: iterationCount, pbkdf2HashAlgorithm: 'SHA-256', hmacHashAlgorithm: 'SHA-256' },
    crypto
  )
  return Buffer.from(pfx.toSchema().toBER())
}

// A Buffer may be a window into a larger pool; the ASN.1 reader wants an ArrayBuffer of exactly these bytes.
function exact(bytes: Buffer): ArrayBuffer {
  return new Uint8Array(bytes).buffer
}
