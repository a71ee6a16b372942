import { Refused } from '#platform/plain'
import { readCmsFile, type SignedContent } from '../cms/signed-content.js'
import { readSignerSignature, unreadableSignature } from '../cms/read-cades.js'
import type { Cms } from '../cms/read-cms.js'
import type { Document } from '../document.js'
import type { SealFormat } from '../seal-format.js'
import { sealingProblems } from '../sealing.errors.js'
import type { RandomAccessSource } from '../source.js'
import type {
  IntegrityVerdict,
  ReadFileTimestamp,
  ReadSignature,
  ReadSignatures,
  ReadTimestamp,
  SignedScope
} from '../validation/read-signature.js'
import { readXadesSignatures } from '../xades/read-xades.js'
import {
  type ArchiveStamp,
  type CheckedManifest,
  checkedManifests,
  ContainerDigests,
  ContainerMaterial,
  contentOf,
  stampImprint,
  stampsOver
} from './archive-manifests.js'
import { type AsicContainer, documentOf, names, notSimple, readContainer } from './container.js'
import type { ZipEntry } from './zip-reader.js'

/** One container while it is read. */
interface Reading {
  readonly container: AsicContainer
  /** All entries as documents, with room for hashes that several signatures need. */
  readonly documents: readonly Document[]
  readonly digests: ContainerDigests
  readonly material: ContainerMaterial
  readonly manifests: readonly CheckedManifest[]
  readonly archives: readonly ArchiveStamp[]
}

/**
 * Reads an ASiC container (EN 319 162-1), simple or extended, with XAdES, CAdES or nothing but a time stamp inside. Each
 * signature's scopes list the files that it covers and, as not complete, the files of the container that it does not. What is
 * no container is one signature of no form.
 * @throws Refused `sealing/office-signature-unread` for an office document signed in its own way, and nothing else
 */
export function readAsicSignatures(source: RandomAccessSource): ReadSignatures {
  let container: AsicContainer
  try {
    container = readContainer(source)
  } catch (error) {
    if (!(error instanceof Refused)) throw error
    return { signatures: [unreadableSignature('container', 'ASiC-E-XAdES', whyRefused(error))], timestamps: [] }
  }
  const digests = new ContainerDigests()
  const reading: Reading = {
    container,
    documents: container.entries.map(entry => documentOf(entry)),
    digests,
    material: new ContainerMaterial(container),
    manifests: container.kind === 'ASiC-E' ? checkedManifests(container, names.manifest, digests) : [],
    archives:
      container.kind === 'ASiC-E'
        ? stampsOver(container, checkedManifests(container, names.archiveManifest, digests))
        : []
  }
  const signatures = [
    ...container.matching(names.xades).flatMap(entry => readXadesFile(reading, entry)),
    ...container.matching(names.cades).flatMap(entry => readCadesFile(reading, entry))
  ]
  const timestamps = fileTimestamps(reading, signatures)
  // ISO/IEC 29500-2, 13: what is signed so is not read, and it must not be said that nobody signed it
  if (signatures.length + timestamps.length === 0 && container.matching(/^_xmlsignatures\//).length > 0)
    throw new Refused(sealingProblems['office-signature-unread'])
  return { signatures, timestamps }
}

const whyRefused = ({ type, facts }: Refused): string => `${type.code} ${String(facts.why ?? '')}`.trim()

function readXadesFile({ container, documents }: Reading, entry: ZipEntry): ReadSignature[] {
  const format: SealFormat = `${container.kind}-XAdES`
  const content = usable(entry)
  if (!content) return [unreadableSignature(entry.name, format, 'the signature file cannot be unpacked')]
  const others = documents.filter(({ fileName }) => fileName !== entry.name)
  const found = readXadesSignatures(content, others).signatures
  return found.map(signature => {
    const covered = new Set(signature.scopes.filter(({ kind }) => kind === 'whole-file').map(({ name }) => name))
    return {
      ...signature,
      id: `${entry.name}#${signature.id}`,
      format,
      integrity: gravest(signature.integrity, formOf(container)),
      baselineFaults: [...signature.baselineFaults, ...container.faults],
      scopes: [...signature.scopes, ...notCovered(container, covered)]
    }
  })
}

function readCadesFile(reading: Reading, entry: ZipEntry): ReadSignature[] {
  const { container, digests, archives } = reading
  const format: SealFormat = `${container.kind}-CAdES`
  const content = usable(entry)
  let cms: Cms | undefined
  try {
    cms = content && readCmsFile(content)
  } catch (error) {
    if (!(error instanceof Refused)) throw error
  }
  if (!cms || cms.signers.length === 0)
    return [unreadableSignature(entry.name, format, 'the signature file is no CMS signature')]
  const manifest = container.kind === 'ASiC-E' ? manifestOf(reading.manifests, entry) : undefined
  const signed = container.kind === 'ASiC-E' ? manifest?.entry : container.data[0]
  const over: SignedContent = signed ? entryContent(signed, digests) : { digest: () => undefined }
  return cms.signers.map((signer, i) => {
    const id = `${entry.name}#signer-${i + 1}`
    const found = readSignerSignature(cms, signer, over, id)
    const stamps = archives
      .filter(({ covered }) => covered.has(entry.name))
      .map(archive => asTimestamp(reading, archive))
    const tokens = archives.map(({ tokenEntry }) => tokenEntry.name)
    const material = reading.material.of([entry.name, ...tokens])
    return {
      ...found,
      format,
      integrity: gravest(found.integrity, formOf(container) ?? (cms.content ? encapsulated : manifest?.verdict)),
      baselineFaults: [...found.baselineFaults, ...container.faults],
      certificates: material.certificates,
      material,
      timestamps: [...found.timestamps, ...stamps],
      scopes: scopesOf(container, found.scopes, signed, manifest)
    }
  })
}

/** EN 319 162-1, 4.3.3.2 and 4.4.4.2: the signature is detached. One with content inside says nothing of the files. */
const encapsulated: IntegrityVerdict = {
  indication: 'FAILED',
  subIndication: 'FORMAT_FAILURE',
  why: 'the signature has its own content inside'
}

/** A second file in the simple kind would be taken for signed, or for the signed one. */
const formOf = ({ faults }: AsicContainer): IntegrityVerdict | undefined =>
  faults.includes(notSimple)
    ? { indication: 'FAILED', subIndication: 'FORMAT_FAILURE', why: 'not exactly one document in ASiC-S' }
    : undefined

function gravest(own: IntegrityVerdict, other: IntegrityVerdict | undefined): IntegrityVerdict {
  if (!other || own.indication === 'FAILED') return own
  return other.indication === 'FAILED' || own.indication === 'PASSED' ? other : own
}

function usable(entry: ZipEntry): RandomAccessSource | undefined {
  try {
    return entry.content()
  } catch (error) {
    if (error instanceof Refused) return undefined
    throw error
  }
}

export function entryContent(entry: ZipEntry, digests: ContainerDigests): SignedContent {
  const source = usable(entry)
  if (!source) return { digest: () => undefined }
  return { name: entry.name, source, digest: hash => digests.of(entry, hash) }
}

/** The manifest that a signature file is over: the only one that names it. */
export function manifestOf(manifests: readonly CheckedManifest[], { name }: ZipEntry): CheckedManifest | undefined {
  const found = manifests.filter(({ manifest }) => manifest.signature === name)
  return found.length === 1 ? found[0] : undefined
}

function scopesOf(
  container: AsicContainer,
  own: readonly SignedScope[],
  signed: ZipEntry | undefined,
  manifest: CheckedManifest | undefined
): SignedScope[] {
  if (!manifest) {
    const scopes = own.map(scope => ({ ...scope, name: signed?.name ?? scope.name, complete: signed !== undefined }))
    return [...scopes, ...notCovered(container, new Set(signed ? [signed.name] : []))]
  }
  const missing = notCovered(container, manifest.covered)
  return [
    ...own.map(scope => ({ ...scope, kind: 'manifest' as const, complete: missing.length === 0 })),
    ...manifestScopes(manifest),
    ...missing.filter(({ name }) => !manifest.manifest.references.some(reference => reference.name === name))
  ]
}

const manifestScopes = ({ manifest, covered }: CheckedManifest): SignedScope[] =>
  manifest.references.map(({ name, hash, digest }) => ({
    name,
    kind: 'whole-file',
    complete: covered.has(name),
    ...(hash && digest && { digest: { hash, value: digest } })
  }))

/** The files that people find in the container and that a signature says nothing of. */
const notCovered = ({ data }: AsicContainer, covered: ReadonlySet<string>): SignedScope[] =>
  data.filter(({ name }) => !covered.has(name)).map(({ name }) => ({ name, kind: 'whole-file', complete: false }))

function asTimestamp({ material }: Reading, archive: ArchiveStamp): ReadTimestamp {
  return {
    id: archive.tokenEntry.name,
    kind: 'archive',
    token: archive.token,
    imprint: stampImprint(archive),
    covers: material.of(archive.covered)
  }
}

/** Time stamps that are about files and no signature. */
function fileTimestamps(reading: Reading, signatures: readonly ReadSignature[]): ReadFileTimestamp[] {
  const { container, digests, archives } = reading
  if (container.kind === 'ASiC-S') {
    const tokenEntry = container.entry('META-INF/timestamp.tst')
    const token = tokenEntry && contentOf(tokenEntry)
    const file = container.data[0]
    if (!token || !file || container.data.length !== 1) return []
    const scopes: SignedScope[] = [{ name: file.name, kind: 'whole-file', complete: true }]
    const { digest } = entryContent(file, digests)
    return [{ id: tokenEntry.name, kind: 'document', token, imprint: digest, scopes }]
  }
  const used = new Set(signatures.flatMap(({ timestamps }) => timestamps.map(({ id }) => id)))
  const alone = [...stampsOver(container, reading.manifests), ...archives]
  return alone
    .filter(({ tokenEntry }) => !used.has(tokenEntry.name))
    .map(stamp => ({
      ...asTimestamp(reading, stamp),
      kind: 'document' as const,
      scopes: [...manifestScopes(stamp), ...notCovered(container, stamp.covered)]
    }))
}
