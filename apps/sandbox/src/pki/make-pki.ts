import { createPrivateKey, type KeyObject, randomBytes } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import * as x509 from '@peculiar/x509'
import { type Authority, issue, type IssueOptions, type KeyKind, makeKey } from './certificates.js'
import {
  authorities,
  type AuthorityName,
  authoritySubject,
  bareKeys,
  fileSealNames,
  leafs,
  type LeafPlan,
  shownName
} from './pki-plan.js'
import { revocationUrls } from './pki-urls.js'
import { packPkcs12 } from './pkcs12.js'

/** Raised whenever the plan gains or changes a certificate: folders of an older layout are made anew with their own keys. */
const layout = 2

/** The file that is there when a folder is whole, and says for what. */
const layoutFile = 'layout.json'

/** For which address a folder of keys and certificates was made; nothing when it is absent or of an older layout. */
export function originOf(dir: string): string | undefined {
  const file = join(dir, layoutFile)
  if (!existsSync(file)) return undefined
  const told = JSON.parse(readFileSync(file, 'utf8')) as { layout: number; origin: string }
  return told.layout === layout ? told.origin : undefined
}

/**
 * Makes a folder of keys and certificates; whoever finds it there finds it whole, also when several processes make it at once.
 *
 * @param origin address of the sandbox, named in the certificates
 * @param keysFrom folder whose keys, roots and passwords are used again, as far as it has them; may be `dir` itself
 */
export async function makePki(dir: string, origin: string, keysFrom?: string): Promise<void> {
  await mkdir(dirname(dir), { recursive: true })
  // Everything is made beside the folder and then moved into place.
  const fresh = `${dir}.${randomBytes(6).toString('hex')}.new`
  await mkdir(fresh, { mode: 0o700 })
  try {
    await new Maker(fresh, origin, keysFrom).fill()
    await moveIntoPlace(fresh, dir)
  } finally {
    await rm(fresh, { recursive: true, force: true })
  }
}

async function moveIntoPlace(fresh: string, dir: string): Promise<void> {
  const outdated = `${fresh}.outdated`
  if (existsSync(dir) && !originOf(dir)) await rename(dir, outdated).catch(() => undefined)
  try {
    await rename(fresh, dir)
  } catch (error) {
    // Another process was quicker: its folder serves as well.
    if (!originOf(dir)) throw error
  }
  await rm(outdated, { recursive: true, force: true })
}

const secret = { mode: 0o600 }

class Maker {
  constructor(
    readonly dir: string,
    readonly origin: string,
    readonly keysFrom: string | undefined
  ) {}

  async fill(): Promise<void> {
    const issuers = Object.fromEntries(
      await Promise.all(authorities.map(async name => [name, await this.#authority(name)] as const))
    ) as Record<AuthorityName, { root: Authority; issuing: Authority }>
    await Promise.all([
      ...leafs.map(leaf => this.#leaf(leaf, issuers[leaf.authority])),
      ...Object.entries(bareKeys).map(([name, kind]) => this.#key(name, kind))
    ])
    await writeFile(join(this.dir, layoutFile), JSON.stringify({ layout, origin: this.origin }))
  }

  async #authority(name: AuthorityName): Promise<{ root: Authority; issuing: Authority }> {
    const rootKey = await this.#key(`${name}-root`, 'P-256')
    const rootName = authoritySubject(`Sandbox Root CA (${shownName(name)})`)
    const known = this.#kept(`${name}-root.cert.pem`)
    const root = {
      key: rootKey,
      certificate: known ? new x509.X509Certificate(known) : await issue(rootName, rootKey, 'root')
    }
    const issuingKey = await this.#key(`${name}-issuing`, 'P-256')
    const issuingName = authoritySubject(`Sandbox Issuing CA (${shownName(name)})`)
    const urls = revocationUrls(this.origin, `${name}-root`)
    const issuing = { key: issuingKey, certificate: await issue(issuingName, issuingKey, 'issuing', root, { urls }) }
    await this.#write(`${name}-root.cert.pem`, pemOf(root))
    await this.#write(`${name}-issuing.cert.pem`, pemOf(issuing))
    return { root, issuing }
  }

  async #leaf(plan: LeafPlan, above: { root: Authority; issuing: Authority }): Promise<void> {
    const { name, purpose, until } = plan
    const key = await this.#key(name, plan.kind)
    const options: IssueOptions = {
      ...(purpose === 'ocsp-signing' ? {} : { urls: revocationUrls(this.origin, `${plan.authority}-issuing`) }),
      ...(until ? { until } : {})
    }
    const certificate = await issue(plan, key, purpose, above.issuing, options)
    const chain = [{ key, certificate }, above.issuing, above.root]
    await this.#write(`${name}.cert.pem`, pemOf({ key, certificate }))
    await this.#write(`${name}.chain.pem`, chain.slice(1).map(pemOf).join(''))
    if (!(fileSealNames as readonly string[]).includes(name)) return
    const password = this.#kept(`${name}.password`) ?? randomBytes(12).toString('base64url')
    const certificates = chain.map(one => Buffer.from(one.certificate.rawData))
    await this.#write(`${name}.p12`, await packPkcs12(plan.commonName, key, certificates, password), secret)
    await this.#write(`${name}.password`, password, secret)
  }

  async #key(name: string, kind: KeyKind): Promise<KeyObject> {
    const known = this.#kept(`${name}.key.pem`)
    const key = known ? createPrivateKey(known) : await makeKey(kind)
    await this.#write(`${name}.key.pem`, key.export({ format: 'pem', type: 'pkcs8' }), secret)
    return key
  }

  #kept(file: string): string | undefined {
    const path = this.keysFrom && join(this.keysFrom, file)
    return path && existsSync(path) ? readFileSync(path, 'utf8') : undefined
  }

  async #write(file: string, content: string | Buffer, options = {}): Promise<void> {
    await writeFile(join(this.dir, file), content, options)
  }
}

const pemOf = ({ certificate }: Authority): string => `${certificate.toString('pem')}\n`
