import { Refused } from '#platform/plain'
import { assertNotEnded } from '../certificate/assert-not-ended.js'
import { readCertificate } from '../certificate/read-certificate.js'
import { authorityOf } from '../cms/raise-cades.js'
import { tokenOf } from '../cms/signer-material.js'
import { DerError } from '../der-reader.js'
import { type Leaf, type Material, merged } from '../material.js'
import type { RaiseLevel, RaiseTools } from '../raise-tools.js'
import { reaches, type SealLevel } from '../seal-format.js'
import { sealingProblems } from '../sealing.errors.js'
import { BufferSource, JoinedSource, type RandomAccessSource } from '../source.js'
import type { ReadSignature, ReadSignatures, ReadTimestamp } from '../validation/read-signature.js'
import { addDocumentTimestamp } from './document-timestamp.js'
import { mergeMaterial, readSecurityStore, type SignatureMaterial, vriKey } from './dss-dictionary.js'
import { PdfReader } from './pdf-reader.js'
import { broken } from './pdf-values.js'
import { RevisionWriter } from './pdf-writer.js'
import { readPades } from './read-pades.js'

/**
 * Raises all seals in a PDF (ETSI EN 319 142-1, 5.4 and 6.3), each step a revision of its own that leaves all earlier bytes
 * as they are: B-T by a document time stamp over seals that have no time stamp yet; B-LT by material for the signers and
 * for the authorities of their time stamps, merged into the document security store; B-LTA by a document time stamp
 * over that. A file at B-LTA gets new material for its last time stamp's authority, and another time stamp. A PDF
 * that holds document time stamps only is raised the same way. Files certified "no changes" take all of this
 * (ISO 32000-2, table 257).
 * @throws Refused `sealing/seal-not-found`; `sealing/seal-does-not-hold`; `sealing/certificate-not-valid` when a time stamp
 * would come too late; `sealing/revocation-not-configured`; `sealing/pdf-…`, `sealing/pdf-broken` also when objects stand
 * behind the end, which some readers would see after what is added here and others not
 */
export const raisePades: RaiseLevel = async (file, to, tools) => {
  const { pdf, found } = open(file, tools)
  if (pdf.hasStrayObjects) throw broken('objects behind the end of the last revision')
  assertRaisable(found)
  let current = file
  if (reaches(to, 'B-T')) current = await withTimestamp(current, tools)
  if (reaches(to, 'B-LT')) current = await withMaterial(current, to, tools)
  if (reaches(to, 'B-LTA')) current = (await addDocumentTimestamp(open(current, tools).pdf, tools.tsa)).file
  return current
}

/**
 * Whether no password is needed to raise the seals in a PDF: it opens without one and, opened like that, takes the field of
 * a document time stamp.
 * @throws Refused what PdfReader throws for files that it does not read
 */
export function isRaisableByAnyone(file: RandomAccessSource): boolean {
  try {
    return PdfReader.open(file, { repair: false }).encryption?.permits('create-field') ?? true
  } catch (error) {
    if (error instanceof Refused && error.type === sealingProblems['pdf-password-needed']) return false
    throw error
  }
}

function open(file: RandomAccessSource, { pdfPassword: password }: RaiseTools) {
  const pdf = PdfReader.open(file, { password, repair: false })
  return { pdf, ...readPades(pdf) }
}

/** A seal that is broken must not be made to look well kept. One that merely cannot be judged does not stop the others. */
function assertRaisable({ signatures, timestamps }: ReadSignatures): void {
  if (signatures.length === 0 && timestamps.length === 0) throw new Refused(sealingProblems['seal-not-found'])
  const held = signatures.filter(({ integrity }) => integrity.indication === 'PASSED')
  const broken = signatures.find(({ integrity }) => integrity.indication === 'FAILED') ?? signatures[0]
  if (!broken || (held.length > 0 && broken.integrity.indication !== 'FAILED')) return
  const { integrity } = broken
  if (integrity.indication === 'PASSED') return
  const { indication, subIndication } = integrity
  throw new Refused(sealingProblems['seal-does-not-hold'], { indication, subIndication })
}

async function withTimestamp(file: RandomAccessSource, tools: RaiseTools): Promise<RandomAccessSource> {
  const { pdf, found } = open(file, tools)
  const bare = found.signatures.filter(({ timestamps }) => !timestamps.some(({ kind }) => kind !== 'content'))
  if (bare.length === 0) return file
  const signers = bare.map(({ signingCertificate }) => signingCertificate)
  assertNotEnded(signers, tools.clock.now())
  const stamped = await addDocumentTimestamp(pdf, tools.tsa)
  assertNotEnded(signers, stamped.timestamp.genTime)
  return stamped.file
}

async function withMaterial(file: RandomAccessSource, to: SealLevel, tools: RaiseTools): Promise<RandomAccessSource> {
  const { material } = tools
  const { pdf, found, contents } = open(file, tools)
  const additions: SignatureMaterial[] = []
  const there = found.signatures.reduce((all, one) => merged(all, one.material), readSecurityStore(pdf))
  for (const { id, leaves, renewed } of subjects(found)) {
    // What was collected before is not collected again, but the last time stamp's authority is asked anew at renewal.
    if (leaves.length === 0 || (leaves.every(leaf => isSpokenOf(leaf, there)) && !(renewed && to === 'B-LTA'))) continue
    if (!material) throw new Refused(sealingProblems['revocation-not-configured'])
    const padded = contents.get(id)
    additions.push({ key: padded && vriKey(padded), material: await material.collect(leaves) })
  }
  const writer = new RevisionWriter(pdf)
  if (additions.length === 0 || !mergeMaterial(writer, additions)) return file
  return new JoinedSource([file, new BufferSource(writer.finish())])
}

/** A signature or time stamp field, and whose standing must be known to judge it. */
interface Subject {
  readonly id: string
  readonly leaves: readonly Leaf[]
  /** Whether it is the last time stamp, and stands over material: renewal begins with it. */
  readonly renewed?: boolean
}

function subjects({ signatures, timestamps }: ReadSignatures): Subject[] {
  const found: Subject[] = signatures.map(signature => ({
    id: signature.id,
    leaves: [...signerLeaf(signature), ...signature.timestamps.filter(isInside).flatMap(one => leafOf(one))]
  }))
  const stamps = new Map<string, ReadTimestamp>()
  for (const stamp of [...timestamps, ...signatures.flatMap(one => one.timestamps.filter(stamp => !isInside(stamp)))])
    stamps.set(stamp.id, stamp)
  const last = [...stamps.values()].at(-1)
  for (const stamp of stamps.values()) {
    const archived = !!stamp.covers && stamp.covers.crls.length + stamp.covers.ocspResponses.length > 0
    found.push({ id: stamp.id, leaves: leafOf(stamp), renewed: stamp === last && archived })
  }
  return found
}

/** Whether it stands in the CMS, and not in a field of its own. */
const isInside = ({ kind }: ReadTimestamp): boolean => kind !== 'document'

const signerLeaf = ({ signingCertificate, certificates, integrity }: ReadSignature): Leaf[] =>
  signingCertificate && integrity.indication === 'PASSED'
    ? [{ certificate: signingCertificate, candidates: certificates }]
    : []

function leafOf({ token }: ReadTimestamp): Leaf[] {
  const certificate = authorityOf(token)
  return certificate ? [{ certificate, candidates: certificatesIn(token) }] : []
}

function certificatesIn(token: Buffer): readonly Buffer[] {
  return tokenOf(token)?.certificates ?? []
}

/** Whether some revocation seems to speak of the certificate: enough to see that this was done before. */
function isSpokenOf({ certificate }: Leaf, there: Material): boolean {
  try {
    const { issuerDer, serialDer } = readCertificate(certificate)
    return there.crls.some(crl => crl.includes(issuerDer)) || there.ocspResponses.some(one => one.includes(serialDer))
  } catch (error) {
    if (error instanceof DerError) return false
    throw error
  }
}
