import * as pkijs from 'pkijs'
import type { Identity } from './test-authority.js'
import './test-tsa.js'

const view = (bytes: Buffer): ArrayBuffer => new Uint8Array(bytes).buffer

/** A PKCS#12 file made with pkijs: AES-256, PBKDF2 with SHA-256, MAC with SHA-256. */
export async function makePkcs12(
  password: string,
  keys: readonly Identity[],
  certificates: readonly Identity[]
): Promise<Buffer> {
  const secret = view(Buffer.from(password, 'utf8'))
  const bags: pkijs.SafeBag[] = []
  for (const { key } of keys) {
    const pkcs8 = pkijs.PrivateKeyInfo.fromBER(view(key.export({ format: 'der', type: 'pkcs8' }) as Buffer))
    const bag = new pkijs.PKCS8ShroudedKeyBag({ parsedValue: pkcs8 })
    await bag.makeInternalValues({
      password: secret,
      contentEncryptionAlgorithm: { name: 'AES-CBC', length: 256 } as never,
      hmacHashAlgorithm: 'SHA-256',
      iterationCount: 2048
    })
    bags.push(new pkijs.SafeBag({ bagId: '1.2.840.113549.1.12.10.1.2', bagValue: bag }))
  }
  for (const { certificate } of certificates) {
    const parsed = pkijs.Certificate.fromBER(view(certificate))
    const bag = new pkijs.CertBag({ parsedValue: parsed })
    bags.push(new pkijs.SafeBag({ bagId: '1.2.840.113549.1.12.10.1.3', bagValue: bag }))
  }
  const pfx = new pkijs.PFX({
    parsedValue: {
      integrityMode: 0,
      authenticatedSafe: new pkijs.AuthenticatedSafe({
        parsedValue: { safeContents: [{ privacyMode: 1, value: new pkijs.SafeContents({ safeBags: bags }) }] }
      })
    }
  })
  await pfx.parsedValue!.authenticatedSafe!.makeInternalValues({
    safeContents: [
      {
        password: secret,
        contentEncryptionAlgorithm: { name: 'AES-CBC', length: 256 },
        hmacHashAlgorithm: 'SHA-256',
        iterationCount: 2048
      }
    ]
  })
  await pfx.makeInternalValues({
    password: secret,
    iterations: 2048,
    pbkdf2HashAlgorithm: { name: 'SHA-256' },
    hmacHashAlgorithm: 'SHA-256'
  })
  return Buffer.from(pfx.toSchema().toBER())
}
