import { createPrivateKey, type KeyObject, randomBytes, X509Certificate } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { senderOffices } from '../world/scenarios.js'
import type { WorldClock } from '../world/world-clock.js'
import {
  type Authority,
  certificatesEnd,
  issue,
  type KeyKind,
  makeKey,
  type Purpose,
  type Subject
} from './certificates.js'
import { packPkcs12 } from './pkcs12.js'

/** A key with its certificate (DER) and the certificates above it: issuing CA, then root (DER), leaf excluded. */
export interface Seal {
  key: KeyObject
  certificate: Buffer
  chain: Buffer[]
}

/**
 * Names of the keys with certificates. `institution`: seal of the sending office; `operator`: seal of the public provider;
 * `private-provider`: seal of another provider; `tsa`: time-stamp authority; `stranger`: an attacker who copied the operator's
 * name; `purde-client-<CODE>`: the computer system of a sending office, registered at the operator.
 */
export type SealName = 'institution' | 'operator' | 'private-provider' | 'tsa' | 'stranger' | `purde-client-${string}`

/** Trust anchors, PEM: whom a verifier in this world may believe, and for what. The stranger is in none of them. */
export interface TrustAnchors {
  providers: string[]
  tsa: string[]
  institution: string[]
}

// Each kind of trust has its own root, so that an office's seal can never pass for a provider's or for a time stamp.
const authorities = ['offices', 'providers', 'time-stamping', 'strangers'] as const
type AuthorityName = (typeof authorities)[number]

interface LeafPlan extends Subject {
  name: SealName
  kind: KeyKind
  purpose: Purpose
  authority: AuthorityName
}

const operator: Subject = {
  commonName: 'Operator Wyznaczony (piaskownica)',
  organisation: 'Operator Wyznaczony (piaskownica)',
  organisationIdentifier: 'VATPL-9990010337'
}

const institution = senderOffices[0]

const leafs: LeafPlan[] = [
  {
    name: 'institution',
    kind: 'RSA-3072',
    purpose: 'institution-seal',
    authority: 'offices',
    commonName: `${institution?.party.name} - pieczęć (piaskownica)`,
    organisation: `${institution?.party.name}`,
    organisationIdentifier: `VATPL-${nipOf(institution)}`
  },
  { name: 'operator', kind: 'RSA-3072', purpose: 'provider-seal', authority: 'providers', ...operator },
  {
    name: 'private-provider',
    kind: 'RSA-3072',
    purpose: 'provider-seal',
    authority: 'providers',
    commonName: 'Prywatny Dostawca (piaskownica)',
    organisation: 'Prywatny Dostawca sp. z o.o. (piaskownica)',
    organisationIdentifier: 'VATPL-9990010366'
  },
  {
    name: 'tsa',
    kind: 'P-256',
    purpose: 'time-stamping',
    authority: 'time-stamping',
    commonName: 'Znacznik Czasu (piaskownica)',
    organisation: 'Urząd Czasu (piaskownica)',
    organisationIdentifier: 'VATPL-9990010395'
  },
  // The stranger's names are the operator's, letter by letter: only the root tells them apart.
  { name: 'stranger', kind: 'RSA-3072', purpose: 'provider-seal', authority: 'strangers', ...operator },
  ...senderOffices.map((office): LeafPlan => ({
    name: `purde-client-${office.code}`,
    kind: 'RSA-2048',
    purpose: 'system',
    authority: 'offices',
    commonName: office.systemName,
    organisation: office.party.name,
    organisationIdentifier: `VATPL-${nipOf(office)}`
  }))
]

// Keys without certificates: those that sign the tokens of the two issuers.
const bareKeys = { oidc: 'P-256', 'operator-token': 'RSA-2048' } as const
export type BareKeyName = keyof typeof bareKeys

/**
 * The sandbox's keys and certificates, made once and kept in one folder: `<name>.key.pem` (PKCS#8), `<name>.cert.pem`,
 * `<name>.chain.pem` (issuing CA and root), roots and issuing CAs as `<authority>-root.cert.pem`, `<authority>-issuing.cert.pem`,
 * and the sending office's seal as `institution.p12` with its password in `institution.password`.
 */
export class Pki {
  readonly #seals = new Map<string, Seal>()
  readonly #keys = new Map<string, KeyObject>()

  private constructor(readonly dir: string) {}

  /**
   * Opens the folder; makes it first when it does not exist (several processes may try at once).
   *
   * @throws Error when the world's time is past the certificates' end (2039) or a file is missing
   */
  static async open(dir: string, clock: WorldClock): Promise<Pki> {
    if (clock.now() >= certificatesEnd) throw new Error(`the world has outlived its certificates: remove ${dir}`)
    if (!existsSync(dir)) await make(dir)
    return new Pki(dir)
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

// Everything is made beside the folder and then moved into place, so a folder that exists is complete.
async function make(dir: string): Promise<void> {
  await mkdir(dirname(dir), { recursive: true })
  const fresh = `${dir}.${randomBytes(6).toString('hex')}.new`
  await mkdir(fresh, { mode: 0o700 })
  try {
    await fill(fresh)
    await rename(fresh, dir)
  } catch (error) {
    await rm(fresh, { recursive: true, force: true })
    // Another process was quicker: its folder serves as well.
    if (!existsSync(dir)) throw error
  }
}

async function fill(dir: string): Promise<void> {
  const issuers = Object.fromEntries(
    await Promise.all(authorities.map(async name => [name, await makeAuthority(dir, name)] as const))
  ) as Record<AuthorityName, { root: Authority; issuing: Authority }>
  await Promise.all([
    ...leafs.map(leaf => makeLeaf(dir, leaf, issuers[leaf.authority])),
    ...Object.entries(bareKeys).map(async ([name, kind]) => writeKey(dir, name, await makeKey(kind)))
  ])
}

async function makeAuthority(dir: string, name: AuthorityName): Promise<{ root: Authority; issuing: Authority }> {
  // The strangers' certificates bear the same names as the providers'.
  const shown = name === 'strangers' ? 'providers' : name
  const subject = (commonName: string): Subject => ({
    commonName,
    organisation: 'Goniec Sandbox',
    organisationIdentifier: 'VATPL-9990010426'
  })
  const rootKey = await makeKey('P-256')
  const rootName = subject(`Sandbox Root CA (${shown})`)
  const root = { key: rootKey, certificate: await issue(rootName, rootKey, 'root') }
  const issuingKey = await makeKey('P-256')
  const issuingName = subject(`Sandbox Issuing CA (${shown})`)
  const issuing = { key: issuingKey, certificate: await issue(issuingName, issuingKey, 'issuing', root) }
  await writeKey(dir, `${name}-root`, rootKey)
  await writeKey(dir, `${name}-issuing`, issuingKey)
  await writeFile(join(dir, `${name}-root.cert.pem`), pemOf(root))
  await writeFile(join(dir, `${name}-issuing.cert.pem`), pemOf(issuing))
  return { root, issuing }
}

async function makeLeaf(dir: string, plan: LeafPlan, above: { root: Authority; issuing: Authority }): Promise<void> {
  const key = await makeKey(plan.kind)
  const certificate = await issue(plan, key, plan.purpose, above.issuing)
  const leaf = { key, certificate }
  await writeKey(dir, plan.name, key)
  await writeFile(join(dir, `${plan.name}.cert.pem`), pemOf(leaf))
  await writeFile(join(dir, `${plan.name}.chain.pem`), pemOf(above.issuing) + pemOf(above.root))
  if (plan.name !== 'institution') return
  const password = randomBytes(12).toString('base64url')
  const certificates = [leaf, above.issuing, above.root].map(pemOf).map(derOf)
  await writeFile(join(dir, 'institution.p12'), await packPkcs12(plan.commonName, key, certificates, password), secret)
  await writeFile(join(dir, 'institution.password'), password, secret)
}

const secret = { mode: 0o600 }

async function writeKey(dir: string, name: string, key: KeyObject): Promise<void> {
  await writeFile(join(dir, `${name}.key.pem`), key.export({ format: 'pem', type: 'pkcs8' }), secret)
}

const pemOf = ({ certificate }: Authority): string => `${certificate.toString('pem')}\n`
const derOf = (pem: string): Buffer => new X509Certificate(pem).raw
const pemBlocks = (pem: string): string[] => pem.match(/-----BEGIN[^-]+-----[^-]+-----END[^-]+-----/g) ?? []

function nipOf(office: (typeof senderOffices)[number] | undefined): string {
  return office?.party.officialIds.find(id => id.referenceRegistry === 'nip')?.id ?? ''
}

function remembered<T>(memory: Map<string, T>, name: string, read: () => T): T {
  const known = memory.get(name)
  if (known !== undefined) return known
  const value = read()
  memory.set(name, value)
  return value
}
