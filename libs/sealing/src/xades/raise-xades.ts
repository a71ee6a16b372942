import { createHash } from 'node:crypto'
import { Refused } from '#platform/plain'
import { assertNotEnded } from '../certificate/assert-not-ended.js'
import { authorityOf } from '../cms/raise-cades.js'
import { tokenOf } from '../cms/signer-material.js'
import type { Leaf, Material } from '../material.js'
import type { RaiseLevel, RaiseTools } from '../raise-tools.js'
import { reaches, type SealLevel } from '../seal-format.js'
import { sealingProblems } from '../sealing.errors.js'
import type { RandomAccessSource } from '../source.js'
import type { ReadSignature } from '../validation/read-signature.js'
import { decodeXml } from './c14n/decode-xml.js'
import { tooComplex } from './c14n/xml-problems.js'
import { uncoveredSignatures } from './coverage.js'
import { DS, XADES, XADES_141 } from './names.js'
import { distinct } from '../distinct.js'
import { readStructure, type XmlSignature } from './read-structure.js'
import { feedArchive, feedElements } from './read-timestamps.js'
import { readSignatureAt } from './read-xades.js'
import { type ResolveContext, WorkBudget } from './resolve-reference.js'
import { insertProperties } from './insert-properties.js'
import { timeStamp } from './xades-template.js'
import { childOf, readXmlTree, type XmlElement, type XmlTree } from './xml-tree.js'

/** The file is taken apart several times for each signature that is raised. */
const MOST_RAISED = 50
const exclusive = { exclusive: true, comments: false }
/** Each property declares what it uses, so that it means the same in every file. */
const namespaces = ` xmlns:ds="${DS}" xmlns:xades="${XADES}"`
const namespaces141 = `${namespaces} xmlns:xades141="${XADES_141}"`

/**
 * Raises every XAdES signature of an XML file (EN 319 132-1, 6; also the signature files of ASiC, whose entries are then
 * `originals` by their names): a signature time stamp for B-T, CertificateValues and RevocationValues for B-LT, an
 * archive time stamp for B-LTA, and for renewal validation data of the last time stamp and another archive time stamp.
 * New properties are put between the bytes that are there; no other byte changes. Left as they are: counter-signatures,
 * and signatures that another one covers, since nothing may be added to them.
 * @throws Refused `sealing/seal-not-found` without a XAdES signature to which something may be added,
 * `sealing/seal-does-not-hold`, `sealing/sealed-document-missing`, `sealing/revocation-not-configured`, `sealing/xml-…`
 */
export const raiseXades: RaiseLevel = async (file, to, tools) => {
  const count = candidates(open(file, tools)).length
  if (count === 0) throw new Refused(sealingProblems['seal-not-found'])
  if (count > MOST_RAISED) throw tooComplex('signatures')
  let raised = file
  for (let i = 0; i < count; i++) raised = await raiseOne(raised, i, to, tools)
  return raised
}

/** A file taken apart anew after each change: places have moved. */
interface Opened {
  readonly file: RandomAccessSource
  readonly tree: XmlTree
  readonly tools: RaiseTools
}

function open(file: RandomAccessSource, tools: RaiseTools): Opened {
  return { file, tree: readXmlTree(decodeXml(file)), tools }
}

/** Signatures to which something may be added. Their number does not change by it. */
function candidates({ tree }: Opened): XmlElement[] {
  return uncoveredSignatures(tree).filter(signature => {
    for (let outer = signature.parent; outer; outer = outer.parent) if (tree.signatures.includes(outer)) return false
    return signature.children.some(object => childOf(object, XADES, 'QualifyingProperties'))
  })
}

/** One signature of an opened file. */
interface Current {
  readonly opened: Opened
  readonly context: ResolveContext
  readonly signature: XmlSignature
  readonly read: ReadSignature
}

function currentOf(opened: Opened, index: number): Current {
  const { tree, tools } = opened
  const originals = tools.originals ?? []
  const element = candidates(opened)[index]!
  const context = { tree, signature: element, originals, budget: WorkBudget.for(tree) }
  const read = readSignatureAt(tree, tree.signatures.indexOf(element), originals)
  const { integrity } = read
  if (integrity.indication !== 'PASSED') {
    if (integrity.subIndication === 'SIGNED_DATA_NOT_FOUND')
      throw new Refused(sealingProblems['sealed-document-missing'], { why: integrity.why })
    throw new Refused(sealingProblems['seal-does-not-hold'], {
      indication: integrity.indication,
      subIndication: integrity.subIndication,
      why: integrity.why
    })
  }
  return { opened, context, signature: readStructure(tree, element), read }
}

async function raiseOne(
  file: RandomAccessSource,
  index: number,
  to: SealLevel,
  tools: RaiseTools
): Promise<RandomAccessSource> {
  let now = currentOf(open(file, tools), index)
  const add = (markup: string): void => {
    if (markup === '') return
    const changed = insertProperties(now.opened.file, now.opened.tree, now.signature, markup)
    now = currentOf(open(changed, tools), index)
  }
  if (reaches(to, 'B-T') && !has(now, 'SignatureTimeStamp', XADES)) add(await signatureTimeStamp(now))
  const archived = has(now, 'ArchiveTimeStamp', XADES_141)
  if (to === 'B-LTA' || (to === 'B-LT' && !archived)) add(await validationValues(now))
  if (to === 'B-LTA') add(await archiveTimeStamp(now))
  return now.opened.file
}

const has = ({ signature }: Current, local: string, uri: string): boolean =>
  !!childOf(signature.unsignedSignatureProperties, uri, local)

/** An id that is new in the file: the next free number. */
function freeId({ opened, signature }: Current, kind: string): string {
  const base = signature.id && /^[A-Za-z_][A-Za-z0-9_.-]{0,200}$/.test(signature.id) ? signature.id : 'signature'
  for (let i = 1; ; i++) if (!opened.tree.ids.has(`${base}-${kind}${i}`)) return `${base}-${kind}${i}`
}

async function signatureTimeStamp(now: Current): Promise<string> {
  const hash = createHash('sha256')
  feedElements(now.context, [now.signature.valueElement], hash, exclusive)
  const { tsa, clock } = now.opened.tools
  const signers = [now.read.signingCertificate]
  assertNotEnded(signers, clock.now())
  const { token, genTime } = await tsa.stamp(hash.digest())
  assertNotEnded(signers, genTime)
  return timeStamp('xades:SignatureTimeStamp', freeId(now, 'ts'), token, namespaces)
}

async function archiveTimeStamp(now: Current): Promise<string> {
  const hash = createHash('sha256')
  const before = now.signature.unsignedSignatureProperties?.children ?? []
  if (!feedArchive(now.context, now.signature, before, hash, exclusive))
    throw new Refused(sealingProblems['seal-does-not-hold'], { why: 'signed data not found' })
  const { token } = await now.opened.tools.tsa.stamp(hash.digest())
  return timeStamp('xades141:ArchiveTimeStamp', freeId(now, 'ats'), token, namespaces141)
}

/** What validation will need and the signature does not have yet, for its certificate and all of its time stamps. */
async function validationValues(now: Current): Promise<string> {
  const { read, opened, signature } = now
  if (!opened.tools.material) throw new Refused(sealingProblems['revocation-not-configured'])
  const known = [...read.certificates]
  const leaves: Leaf[] = [{ certificate: read.signingCertificate!, candidates: known }]
  const enclosed: Buffer[] = []
  for (const { token } of read.timestamps) {
    const certificates = tokenOf(token)?.certificates ?? []
    const authority = authorityOf(token, read)
    enclosed.push(...certificates)
    if (authority) leaves.push({ certificate: authority, candidates: [...certificates, ...known] })
  }
  const collected = await opened.tools.material.collect(leaves)
  const missing: Material = {
    certificates: without(collected.certificates, [...known, ...enclosed]),
    ocspResponses: without(collected.ocspResponses, read.material.ocspResponses),
    crls: without(collected.crls, read.material.crls)
  }
  return placed(now, signature, missing)
}

const without = (values: readonly Buffer[], others: readonly Buffer[]): Buffer[] =>
  distinct(values).filter(value => !others.some(other => other.equals(value)))

/**
 * Where values go: into CertificateValues and RevocationValues as long as no archive time stamp covers these; after that,
 * or where they are there already, into TimeStampValidationData (EN 319 132-1, 5.5.1).
 */
function placed(now: Current, signature: XmlSignature, { certificates, ocspResponses, crls }: Material): string {
  const list = (name: string, values: readonly Buffer[]) =>
    values.map(value => `<xades:${name}>${value.toString('base64')}</xades:${name}>`).join('')
  const group = (name: string, inner: string) => (inner ? `<xades:${name}>${inner}</xades:${name}>` : '')
  const certificateList = list('EncapsulatedX509Certificate', certificates)
  const crlList = group('CRLValues', list('EncapsulatedCRLValue', crls))
  const revocationList = crlList + group('OCSPValues', list('EncapsulatedOCSPValue', ocspResponses))
  if (!certificateList && !revocationList) return ''
  const present = (local: string) => !!childOf(signature.unsignedSignatureProperties, XADES, local)
  const late =
    has(now, 'ArchiveTimeStamp', XADES_141) ||
    (!!certificateList && present('CertificateValues')) ||
    (!!revocationList && present('RevocationValues'))
  if (late) {
    const inner = group('CertificateValues', certificateList) + group('RevocationValues', revocationList)
    const id = freeId(now, 'tsvd')
    return `<xades141:TimeStampValidationData${namespaces141} Id="${id}">${inner}</xades141:TimeStampValidationData>`
  }
  const property = (name: string, inner: string, kind: string): string =>
    inner ? `<xades:${name}${namespaces} Id="${freeId(now, kind)}">${inner}</xades:${name}>` : ''
  return property('CertificateValues', certificateList, 'cv') + property('RevocationValues', revocationList, 'rv')
}
