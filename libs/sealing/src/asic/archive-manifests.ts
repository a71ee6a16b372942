import { createHash } from 'node:crypto'
import { Refused } from '#platform/plain'
import { gather, tokenOf } from '../cms/signer-material.js'
import { timeOf } from '../cms/signer-timestamps.js'
import type { Material } from '../material.js'
import { hashSource, readAll } from '../source.js'
import type { IntegrityVerdict } from '../validation/read-signature.js'
import { type AsicContainer, names } from './container.js'
import { type Manifest, type ReadReference, readManifest } from './manifest.js'
import type { ZipEntry } from './zip-reader.js'

/** A manifest of a container with what came of comparing it with the files. */
export interface CheckedManifest {
  readonly entry: ZipEntry
  readonly manifest: Manifest
  /** PASSED: every file that it lists is there and has the digest. */
  readonly verdict: IntegrityVerdict
  /** Names of files that are there and have the digest that is stated. */
  readonly covered: ReadonlySet<string>
}

/** Digests of the files of one container, each computed once. */
export class ContainerDigests {
  private readonly known = new Map<string, Buffer>()

  of(entry: ZipEntry, hash: string): Buffer {
    const key = `${hash} ${entry.name}`
    const digest = this.known.get(key) ?? hashSource(entry.content(), hash as 'sha256').digest()
    this.known.set(key, digest)
    return digest
  }
}

const largestXml = 16 * 1024 * 1024

/** Reads and checks the manifests with names like `pattern`; those that are no manifests are left out. */
export function checkedManifests(
  container: AsicContainer,
  pattern: RegExp,
  digests: ContainerDigests
): CheckedManifest[] {
  return container.matching(pattern).flatMap(entry => {
    if (entry.size > largestXml) return []
    try {
      const manifest = readManifest(entry.content())
      return [{ entry, manifest, ...checkReferences(container, manifest, digests) }]
    } catch (error) {
      if (error instanceof Refused) return []
      throw error
    }
  })
}

/** Compares what a manifest lists with what is there. */
function checkReferences(
  container: AsicContainer,
  manifest: Manifest,
  digests: ContainerDigests
): Pick<CheckedManifest, 'verdict' | 'covered'> {
  const covered = new Set<string>()
  let worst: IntegrityVerdict = { indication: 'PASSED' }
  const note = (verdict: IntegrityVerdict): void => {
    if (worst.indication === 'PASSED' || verdict.indication === 'FAILED') worst = verdict
  }
  if (manifest.references.length === 0)
    note({ indication: 'FAILED', subIndication: 'FORMAT_FAILURE', why: 'a manifest without files' })
  if (new Set(manifest.references.map(({ name }) => name)).size !== manifest.references.length)
    note({ indication: 'FAILED', subIndication: 'FORMAT_FAILURE', why: 'a manifest that lists a file twice' })
  if (manifest.critical)
    note({ indication: 'INDETERMINATE', subIndication: 'SIG_CONSTRAINTS_FAILURE', why: 'a critical extension' })
  for (const reference of manifest.references) {
    const verdict = checkReference(container, reference, digests)
    if (verdict.indication === 'PASSED') covered.add(reference.name)
    else note(verdict)
  }
  return { verdict: worst, covered }
}

function checkReference(
  container: AsicContainer,
  { name, hash, digest }: ReadReference,
  digests: ContainerDigests
): IntegrityVerdict {
  const entry = container.entry(name)
  if (!entry)
    return { indication: 'INDETERMINATE', subIndication: 'SIGNED_DATA_NOT_FOUND', why: 'a listed file is not there' }
  if (!hash || !digest)
    return { indication: 'INDETERMINATE', subIndication: 'CRYPTO_CONSTRAINTS_FAILURE', why: 'unknown digest' }
  try {
    if (digests.of(entry, hash).equals(digest)) return { indication: 'PASSED' }
    return { indication: 'FAILED', subIndication: 'HASH_FAILURE', why: 'a file is not what the manifest lists' }
  } catch (error) {
    if (error instanceof Refused)
      return { indication: 'FAILED', subIndication: 'FORMAT_FAILURE', why: 'a file cannot be unpacked' }
    throw error
  }
}

/** A time stamp over an archive manifest. */
export interface ArchiveStamp extends CheckedManifest {
  readonly token: Buffer
  readonly tokenEntry: ZipEntry
}

const largestToken = 64 * 1024 * 1024

/** The time stamps over manifests, in the order of their times. */
export function stampsOver(container: AsicContainer, manifests: readonly CheckedManifest[]): ArchiveStamp[] {
  const found = manifests.flatMap(checked => {
    const tokenEntry = container.entry(checked.manifest.signature)
    if (!tokenEntry || !names.timestamp.test(tokenEntry.name) || tokenEntry.size > largestToken) return []
    const token = contentOf(tokenEntry)
    return token ? [{ ...checked, token, tokenEntry }] : []
  })
  return found.sort((a, b) => timeOf(a.token) - timeOf(b.token))
}

/** What a file contains; undefined when it cannot be unpacked. */
export function contentOf(entry: ZipEntry): Buffer | undefined {
  try {
    return readAll(entry.content())
  } catch (error) {
    if (error instanceof Refused) return undefined
    throw error
  }
}

/** What the time stamp must be over: the manifest, which only counts when everything that it lists is there. */
export const stampImprint =
  ({ entry, verdict }: CheckedManifest) =>
  (hash: string): Buffer | undefined => {
    const bytes = verdict.indication === 'PASSED' ? contentOf(entry) : undefined
    return bytes && createHash(hash).update(bytes).digest()
  }

/** Material in the signatures and time stamps of one container, each read once. */
export class ContainerMaterial {
  private readonly known = new Map<string, Material>()

  constructor(private readonly container: AsicContainer) {}

  /** What stands in the CMS files among `covered`. */
  of(covered: Iterable<string>): Material {
    const all = { certificates: [] as Buffer[], ocspResponses: [] as Buffer[], crls: [] as Buffer[] }
    for (const name of covered) {
      const { certificates, ocspResponses, crls } = this.inside(name)
      all.certificates.push(...certificates)
      all.ocspResponses.push(...ocspResponses)
      all.crls.push(...crls)
    }
    return gather(all, [])
  }

  private inside(name: string): Material {
    const known = this.known.get(name)
    if (known) return known
    const isCms = names.cades.test(name) || names.timestamp.test(name)
    const entry = isCms ? this.container.entry(name) : undefined
    const bytes = entry && entry.size <= largestToken ? contentOf(entry) : undefined
    const cms = bytes && tokenOf(bytes)
    const unsigned = cms?.signers.flatMap(signer => signer.unsigned) ?? []
    const found = cms ? gather(cms, unsigned) : { certificates: [], ocspResponses: [], crls: [] }
    this.known.set(name, found)
    return found
  }
}
