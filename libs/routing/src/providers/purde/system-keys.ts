import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

/** The key under which this system is registered at one mailbox. */
export interface SystemKey {
  readonly key: KeyObject
  /** Certificates for the `x5c` header (base64 DER), the system's own first; optional at the operator. */
  readonly x5c?: readonly string[]
}

/** Where the keys of the registered systems are. */
export interface SystemKeys {
  /** The key for a sender address; undefined where there is none that can be used. */
  keyFor(ade: string): Promise<SystemKey | undefined>
}

/**
 * Keys as PEM files in one folder. For `AE:PL-10000-20001-GMINA-27` the first of these that exists is taken:
 * `AE_PL-10000-20001-GMINA-27.key.pem`, `purde-client-GMINA.key.pem`, `purde-client.key.pem` (one system for all
 * addresses). A certificate beside it, `….cert.pem`, is sent along as `x5c`. Files are read once.
 */
export class KeyDirectory implements SystemKeys {
  private readonly known = new Map<string, Promise<SystemKey | undefined>>()

  constructor(private readonly folder: string) {}

  keyFor(ade: string): Promise<SystemKey | undefined> {
    let key = this.known.get(ade)
    if (!key) {
      key = this.read(ade).then(found => {
        // An absent key may be put there while we run; a present one stays.
        if (!found) this.known.delete(ade)
        return found
      })
      this.known.set(ade, key)
    }
    return key
  }

  private async read(ade: string): Promise<SystemKey | undefined> {
    // The address names a file: anything but a well-formed one stops here.
    const letters = /^AE:[A-Z]{2}-\d{5}-\d{5}-([A-Z]{5})-\d{2}$/.exec(ade)?.[1]
    if (letters === undefined) return undefined
    for (const name of [ade.replace(':', '_'), `purde-client-${letters}`, 'purde-client']) {
      try {
        const key = createPrivateKey(await readFile(join(this.folder, `${name}.key.pem`)))
        if (key.asymmetricKeyType !== 'rsa') return undefined
        return { key, x5c: await this.certificates(name) }
      } catch (error) {
        // A key that is there and cannot be read is as good as none: the token will be refused by name.
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') return undefined
      }
    }
    return undefined
  }

  private async certificates(name: string): Promise<readonly string[] | undefined> {
    try {
      const pem = await readFile(join(this.folder, `${name}.cert.pem`), 'utf8')
      const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []
      return blocks.length > 0 ? blocks.map(block => new X509Certificate(block).raw.toString('base64')) : undefined
    } catch {
      return undefined
    }
  }
}
