import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { WorldClock } from '../world/world-clock.js'
import { certificatesEnd } from './certificates.js'
import { makePki, originOf } from './make-pki.js'
import { authorities, type AuthorityName, type BareKeyName, leafs, type SealName } from './pki-plan.js'

export type { SealName } from './pki-plan.js'

/** A key with its certificate (DER) and the certificates above it: issuing CA, then root (DER), leaf excluded. */
export interface Seal {
  key: KeyObject
  certificate: Buffer
  chain: Buffer[]
}

/** A certification authority that tells what it has revoked. */
export interface CertificateAuthority {
  key: KeyObject
  certificate: Buffer
  /** Names of the certificates it has issued, by serial number (hex, upper case, no zeros in front). */
  issued: Map<string, string>
  /** Who answers OCSP requests in its name; roots have none. */
  responder?: Seal
}

/** Trust anchors, PEM: whom a verifier in this world may believe, and for what. The stranger is in none of them. */
export interface TrustAnchors {
  providers: string[]
  tsa: string[]
  institution: string[]
}

/** Where the certificates of a sandbox point, and where they go when the keys are shared. */
export interface PkiPlace {
  /** Address of the sandbox; default `http://127.0.0.1:4010`. */
  origin?: string
  /** Folder for certificates issued anew over the same keys when those in the shared folder name another address. */
  ownDir?: string
}

/**
 * The sandbox's keys and certificates, made once and kept in one folder: `<name>.key.pem` (PKCS#8), `<name>.cert.pem`,
 * `<name>.chain.pem` (issuing CA and root), roots and issuing CAs as `<authority>-root.cert.pem`, `<authority>-issuing.cert.pem`,
 * and the sending office's seals as `institution….p12` with their passwords in `institution….password`.
 */
export class Pki {
  readonly #seals = new Map<string, Seal>()
  readonly #keys = new Map<string, KeyObject>()
  readonly #authorities = new Map<string, CertificateAuthority>()

  private constructor(
    readonly dir: string,
    /** The address that the certificates name; no revocation information is found when the sandbox is at another one. */
    readonly origin: string
  ) {}

  /**
   * Opens the folder; makes it first when it does not exist (several processes may try at once), and issues the certificates
   * anew, with the same keys and roots, when it was made by a sandbox that knew fewer of them.
   *
   * @throws Error when the world's time is past the certificates' end (2039) or a file is missing
   */
  static async open(dir: string, clock: WorldClock, place: PkiPlace = {}): Promise<Pki> {
    const { origin = 'http://127.0.0.1:4010', ownDir } = place
    if (clock.now() >= certificatesEnd) throw new Error(`the world has outlived its certificates: remove ${dir}`)
    if (!originOf(dir)) await makePki(dir, origin, existsSync(dir) ? dir : undefined)
    const named = originOf(dir)
    if (ownDir === undefined || named === origin) return new Pki(dir, named ?? origin)
    if (!originOf(ownDir)) await makePki(ownDir, origin, dir)
    return new Pki(ownDir, originOf(ownDir) ?? origin)
  }

  /** Root certificate of the sending offices (DER). */
  get root(): Buffer {
    return this.#certificate('offices-root')
  }

  /** Issuing certificate of the sending offices (DER). */
  get issuing(): Buffer {
    return this.#certificate('offices-issuing')
  }

  /** A key with its certificate; read once. */
  seal(name: SealName): Seal {
    return remembered(this.#seals, name, () => ({
      key: this.#key(name),
      certificate: this.#certificate(name),
      chain: pemBlocks(readFileSync(this.path(`${name}.chain.pem`), 'utf8')).map(derOf)
    }))
  }

  /** The authority of this name (`offices-root`, `offices-issuing` …), or nothing. */
  authority(name: string): CertificateAuthority | undefined {
    const [, trust, level] = /^(.+)-(root|issuing)$/.exec(name) ?? []
    const kind = authorities.find(one => one === trust)
    if (!kind) return undefined
    return remembered(this.#authorities, name, () => {
      const below = level === 'root' ? [`${kind}-issuing`] : leafs.filter(leaf => leaf.authority === kind).map(leafName)
      return {
        key: this.#key(name),
        certificate: this.#certificate(name),
        issued: new Map(below.map(one => [serialOf(this.#certificate(one)), one])),
        ...(level === 'issuing' ? { responder: this.seal(`${kind}-ocsp`) } : {})
      }
    })
  }

  /** Whether an authority has issued a certificate of this name: any leaf, or `<authority>-issuing`. */
  isIssued(name: string): boolean {
    return leafs.some(leaf => leaf.name === name) || authorities.some(authority => name === `${authority}-issuing`)
  }

  /** A private key that signs tokens. */
  bareKey(name: BareKeyName): KeyObject {
    return remembered(this.#keys, name, () => this.#key(name))
  }

  /** Where a file of the folder lies. */
  path(file: string): string {
    return join(this.dir, file)
  }

  /** The roots a verifier should be given, by what they are trusted for. */
  trustAnchorsPem(): TrustAnchors {
    const root = (authority: AuthorityName) => [readFileSync(this.path(`${authority}-root.cert.pem`), 'utf8')]
    return { providers: root('providers'), tsa: root('time-stamping'), institution: root('offices') }
  }

  #key(name: string): KeyObject {
    return createPrivateKey(readFileSync(this.path(`${name}.key.pem`)))
  }

  #certificate(name: string): Buffer {
    return derOf(readFileSync(this.path(`${name}.cert.pem`), 'utf8'))
  }
}

/** Serial number of a certificate (DER) as upper-case hex without zeros in front. */
export function serialOf(certificate: Buffer): string {
  return new X509Certificate(certificate).serialNumber.toUpperCase().replace(/^0+(?=.)/, '')
}

const leafName = ({ name }: { name: string }): string => name
const derOf = (pem: string): Buffer => new X509Certificate(pem).raw
const pemBlocks = (pem: string): string[] => pem.match(/-----BEGIN[^-]+-----[^-]+-----END[^-]+-----/g) ?? []

function remembered<T>(known: Map<string, T>, name: string, read: () => T): T {
  const value = known.get(name) ?? read()
  known.set(name, value)
  return value
}
