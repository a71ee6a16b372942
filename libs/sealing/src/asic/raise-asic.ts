import { createHash } from 'node:crypto'
import { Refused } from '#platform/plain'
import { addMaterial, authorityOf, raiseCms } from '../cms/raise-cades.js'
import { type Cms, readCms } from '../cms/read-cms.js'
import { readCmsFile } from '../cms/signed-content.js'
import { Oid } from '../oids.js'
import type { RaiseLevel, RaiseTools } from '../raise-tools.js'
import type { SealLevel } from '../seal-format.js'
import { sealingProblems } from '../sealing.errors.js'
import { BufferSource, type RandomAccessSource } from '../source.js'
import { raiseXades } from '../xades/raise-xades.js'
import {
  type ArchiveStamp,
  checkedManifests,
  ContainerDigests,
  ContainerMaterial,
  stampsOver
} from './archive-manifests.js'
import { type AsicContainer, documentOf, freeName, names, readContainer } from './container.js'
import { writeManifest } from './manifest.js'
import { entryContent, manifestOf } from './read-asic.js'
import type { ZipEntry } from './zip-reader.js'
import { writeZip, type ZipItem } from './zip-writer.js'

/** Files by name: new content, or `undefined` for a file that goes. */
type Changes = Map<string, RandomAccessSource>

/** The newest archive manifest always has this name; the one before it is renamed (EN 319 162-1, A.7). */
const newestArchiveManifest = 'META-INF/ASiCArchiveManifest.xml'

/**
 * Raises the signatures of an ASiC container (EN 319 162-1, 5). XAdES signatures, and CAdES in the simple kind, are raised in
 * their own files. CAdES in the extended kind reaches B-LTA by an ASiCArchiveManifest with a time stamp over all files, and is
 * renewed by another one; where a maker put archive time stamps into the CAdES itself, that is carried on. All other files keep
 * their bytes, packed ones too.
 * @throws Refused `sealing/seal-not-found`, `sealing/container-broken`, and what raising XAdES and CAdES throws.
 */
export const raiseAsic: RaiseLevel = async (file, to, tools) => {
  const container = readContainer(file)
  const xades = container.matching(names.xades)
  const cades = container.matching(names.cades)
  if (xades.length + cades.length === 0) throw new Refused(sealingProblems['seal-not-found'])
  const changes: Changes = new Map()
  for (const entry of xades) {
    const originals = container.entries.filter(other => other !== entry).map(other => documentOf(other))
    replace(changes, entry, await raiseXades(entry.content(), to, { ...tools, originals }))
  }
  if (cades.length > 0 && container.kind === 'ASiC-S') await raiseSimple(container, cades, to, tools, changes)
  else if (cades.length > 0 && (await raiseExtended(container, cades, to, tools, changes)))
    return withArchiveManifest(container, changes, tools)
  return changes.size > 0 ? rebuilt(container, changes, new Map(), tools) : file
}

function replace(changes: Changes, entry: ZipEntry, raised: RandomAccessSource): void {
  if (raised !== entry.content()) changes.set(entry.name, raised)
}

async function raiseSimple(
  container: AsicContainer,
  cades: readonly ZipEntry[],
  to: SealLevel,
  tools: RaiseTools,
  changes: Changes
): Promise<void> {
  const file = container.data[0]
  if (!file || container.data.length > 1) throw broken('not one document')
  const content = entryContent(file, new ContainerDigests())
  for (const entry of cades)
    replace(
      changes,
      entry,
      await raiseCms(
        entry.content(),
        to,
        tools,
        readDetached(entry).signers.map(() => content)
      )
    )
}

/** Raises the signatures themselves. @returns whether an archive manifest is needed beside them */
async function raiseExtended(
  container: AsicContainer,
  cades: readonly ZipEntry[],
  to: SealLevel,
  tools: RaiseTools,
  changes: Changes
): Promise<boolean> {
  const digests = new ContainerDigests()
  const archives = stampsOver(container, checkedManifests(container, names.archiveManifest, digests))
  const manifests = checkedManifests(container, names.manifest, digests)
  let needed = false
  for (const entry of cades) {
    const cms = readDetached(entry)
    const manifest = manifestOf(manifests, entry)
    if (!manifest) throw broken('a signature without its manifest')
    if (manifest.verdict.indication !== 'PASSED') {
      const { indication, subIndication } = manifest.verdict
      throw new Refused(sealingProblems['seal-does-not-hold'], { indication, subIndication })
    }
    const content = entryContent(manifest.entry, digests)
    const contents = cms.signers.map(() => content)
    const carriesOwn = cms.signers.some(({ unsigned }) => unsigned.some(({ type }) => type === Oid.archiveTimeStampV3))
    // A signature that an archive manifest covers must keep its bytes.
    const covered = archives.some(archive => archive.covered.has(entry.name))
    needed ||= to === 'B-LTA' && (covered || !carriesOwn)
    const inside = to === 'B-LTA' && !carriesOwn ? 'B-LT' : to
    if (!covered) replace(changes, entry, await raiseCms(entry.content(), inside, tools, contents))
  }
  const last = archives.at(-1)
  if (needed && last) changes.set(last.tokenEntry.name, await completed(container, last, tools))
  return needed
}

/** The signature in a file, which must be detached. @throws Refused */
function readDetached(entry: ZipEntry): Cms {
  const cms = readCmsFile(entry.content())
  if (cms.content) throw broken('a signature with content inside')
  return cms
}

/** The last time stamp's token, which nothing covers yet, with what shows the standing of its authority. */
async function completed(
  container: AsicContainer,
  last: ArchiveStamp,
  { material }: RaiseTools
): Promise<RandomAccessSource> {
  const certificate = authorityOf(last.token)
  if (!certificate) throw broken('a time stamp without the certificate of its authority')
  if (!material) throw new Refused(sealingProblems['revocation-not-configured'])
  const candidates = new ContainerMaterial(container).of(container.entries.map(({ name }) => name)).certificates
  const found = await material.collect([{ certificate, candidates }])
  return addMaterial(readCms(last.token), found)
}

/** The changed container with an archive manifest over everything in it, and a time stamp over that. */
async function withArchiveManifest(
  before: AsicContainer,
  changes: Changes,
  tools: RaiseTools
): Promise<RandomAccessSource> {
  const renamed = new Map<string, string>()
  if (before.entry(newestArchiveManifest))
    renamed.set(newestArchiveManifest, freeName(before, 'ASiCArchiveManifest', '.xml'))
  const previous = renamed.get(newestArchiveManifest)
  // What is to be covered is read back from the container as it will be.
  const container = readContainer(rebuilt(before, changes, renamed, tools))
  const digests = new ContainerDigests()
  const timestamp = freeName(container, 'timestamp', '.tst')
  const references = container.entries
    .filter(({ name }) => name !== 'mimetype')
    .map(entry => ({
      name: entry.name,
      rootFile: entry.name === previous,
      hash: 'sha256' as const,
      digest: digests.of(entry, 'sha256')
    }))
  const manifest = writeManifest(timestamp, 'application/vnd.etsi.timestamp-token', references)
  const { token } = await tools.tsa.stamp(createHash('sha256').update(manifest).digest())
  const added = [
    { name: newestArchiveManifest, source: new BufferSource(manifest) },
    { name: timestamp, source: new BufferSource(token) }
  ]
  const kept = container.entries.map(entry => ({ kept: entry }))
  return writeZip([...kept, ...added], tools.clock.now(), container.comment)
}

/** The container with changed files at its end and all others as they were. */
function rebuilt(
  container: AsicContainer,
  changes: Changes,
  renamed: ReadonlyMap<string, string>,
  tools: RaiseTools
): RandomAccessSource {
  const kept: ZipItem[] = []
  const moved: ZipItem[] = []
  for (const entry of container.entries) {
    const name = renamed.get(entry.name) ?? entry.name
    const changed = changes.get(entry.name)
    if (changed || name !== entry.name) moved.push({ name, source: changed ?? entry.content() })
    else kept.push({ kept: entry })
  }
  return writeZip([...kept, ...moved], tools.clock.now(), container.comment)
}

const broken = (why: string): Refused => new Refused(sealingProblems['container-broken'], { why })
