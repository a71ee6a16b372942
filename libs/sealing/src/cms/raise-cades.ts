import { createHash } from 'node:crypto'
import { Refused } from '#platform/plain'
import { assertNotEnded } from '../certificate/assert-not-ended.js'
import { readCertificate } from '../certificate/read-certificate.js'
import { attribute } from '../der.js'
import type { Leaf, Material } from '../material.js'
import { Oid } from '../oids.js'
import type { RaiseLevel, RaiseTools } from '../raise-tools.js'
import { reaches, type SealLevel } from '../seal-format.js'
import { sealingProblems } from '../sealing.errors.js'
import type { RandomAccessSource } from '../source.js'
import { archiveImprint, atsHashIndex, withHashIndex } from './archive-timestamp.js'
import type { CmsSigner } from './cms-signer.js'
import { examineSigner, namedCertificate } from './examine-signer.js'
import { type Cms, ocspRevocation } from './read-cms.js'
import { rewriteCms } from './rewrite-cms.js'
import { contentOf, readCmsFile, type SignedContent } from './signed-content.js'
import { readSignerMaterial, tokenAttributes, tokenOf } from './signer-material.js'
import { timeOf } from './signer-timestamps.js'

/**
 * Raises every signer of a CMS (EN 319 122-1, 6): B-T adds a signature-time-stamp, B-LT certificates and revocation to
 * SignedData, B-LTA an archive-time-stamp-v3, another one where there is one already (renewal, with material for the authority
 * of the last). A detached signature needs its original among `tools.originals`.
 * @throws Refused `sealing/cms-broken`, `sealing/seal-not-found`, `sealing/seal-does-not-hold`, `sealing/sealed-document-missing`,
 * `sealing/cms-unsupported` (archive time stamps of version 2 break when material is added), `sealing/revocation-not-configured`.
 */
export const raiseCades: RaiseLevel = async (file, to, tools) => {
  const cms = readCmsFile(file)
  const contents = cms.signers.map(signer => contentOf(cms, signer, tools.originals ?? []))
  return raiseCms(file, to, tools, contents)
}

/** The same for a signature whose contents (one for each signer) are known. */
export async function raiseCms(
  file: RandomAccessSource,
  to: SealLevel,
  tools: RaiseTools,
  contents: readonly SignedContent[]
): Promise<RandomAccessSource> {
  const cms = readCmsFile(file)
  if (cms.signers.length === 0) throw new Refused(sealingProblems['seal-not-found'])
  cms.signers.forEach((signer, i) => assertHolds(cms, signer, contents[i]!))
  let raised = file
  if (reaches(to, 'B-T')) raised = await withSignatureTimestamps(readCmsFile(raised), raised, tools)
  if (reaches(to, 'B-LT')) raised = await withMaterial(readCmsFile(raised), raised, to, tools)
  if (reaches(to, 'B-LTA')) raised = await withArchiveTimestamps(readCmsFile(raised), contents, tools)
  return raised
}

function assertHolds(cms: Cms, signer: CmsSigner, content: SignedContent): void {
  const { integrity } = examineSigner(cms, signer, content.digest, { rules: 'CAdES', content: content.source })
  if (integrity.indication === 'PASSED') return
  const { indication, subIndication } = integrity
  if (subIndication === 'SIGNED_DATA_NOT_FOUND') throw new Refused(sealingProblems['sealed-document-missing'])
  throw new Refused(sealingProblems['seal-does-not-hold'], { indication, subIndication })
}

const valuesOf = (signer: CmsSigner, type: string) => signer.unsigned.filter(value => value.type === type)

/** Level B-T: a time stamp over each signature value that has none. */
async function withSignatureTimestamps(
  cms: Cms,
  file: RandomAccessSource,
  { tsa, clock }: RaiseTools
): Promise<RandomAccessSource> {
  const unsigned = new Map<number, Buffer[]>()
  for (const [i, signer] of cms.signers.entries()) {
    if (valuesOf(signer, Oid.signatureTimeStamp).length > 0) continue
    const signers = [signingCertificate(cms, signer)]
    assertNotEnded(signers, clock.now())
    const { token, genTime } = await tsa.stamp(createHash('sha256').update(signer.signature).digest())
    assertNotEnded(signers, genTime)
    unsigned.set(i, [attribute(Oid.signatureTimeStamp, token)])
  }
  return unsigned.size > 0 ? rewriteCms(cms, { unsigned }) : file
}

/** Level B-LT: what is missing to judge the signers and the authorities of their time stamps, in SignedData. */
async function withMaterial(
  cms: Cms,
  file: RandomAccessSource,
  to: SealLevel,
  { material }: RaiseTools
): Promise<RandomAccessSource> {
  const leaves = cms.signers.flatMap(signer => leavesOf(cms, signer, to))
  if (leaves.length === 0) return file
  // The imprint of a version 2 archive time stamp runs over the certificates and revocation as they are.
  if (cms.signers.some(signer => valuesOf(signer, Oid.archiveTimeStampV2).length > 0))
    throw new Refused(sealingProblems['cms-unsupported'], { why: 'archive time stamp of version 2' })
  if (!material) throw new Refused(sealingProblems['revocation-not-configured'])
  return addMaterial(cms, await material.collect(leaves))
}

/** The CMS with the material that it does not have yet (EN 319 122-1, 5.4: SignedData.certificates and .crls). */
export function addMaterial(cms: Cms, found: Material): RandomAccessSource {
  const missing = (wanted: readonly Buffer[], there: readonly Buffer[]) =>
    wanted.filter(one => !there.some(other => other.equals(one)))
  return rewriteCms(cms, {
    certificates: missing(found.certificates, cms.certificates),
    revocations: [
      ...missing(found.crls, cms.crls),
      ...missing(found.ocspResponses, cms.ocspResponses).map(ocspRevocation)
    ]
  })
}

/** Whose standing has to be shown: with an archive time stamp there, only that of the last one's authority. */
function leavesOf(cms: Cms, signer: CmsSigner, to: SealLevel): Leaf[] {
  const material = readSignerMaterial(cms, signer)
  const leaf = (certificate: Buffer | undefined): Leaf[] =>
    certificate ? [{ certificate, candidates: material.certificates }] : []
  const archives = valuesOf(signer, Oid.archiveTimeStampV3).sort((a, b) => timeOf(b.raw) - timeOf(a.raw))
  if (archives.length > 0) return to === 'B-LTA' ? leaf(authorityOf(archives[0]!.raw, cms)) : []
  const tokens = signer.unsigned.filter(({ type }) => tokenAttributes.has(type)).map(({ raw }) => raw)
  const contentTokens = (signer.attributes.get(Oid.contentTimeStamp) ?? []).map(({ raw }) => raw)
  const leaves = [
    ...leaf(signingCertificate(cms, signer)),
    ...[...contentTokens, ...tokens].flatMap(token => leaf(authorityOf(token, cms)))
  ]
  return leaves.every(({ certificate }) => isSpokenOf(certificate, material)) ? [] : leaves
}

/** Whether some revocation seems to speak of the certificate: enough to see that this was done before. */
function isSpokenOf(certificate: Buffer, { crls, ocspResponses }: Material): boolean {
  const { issuerDer, serialDer } = readCertificate(certificate)
  return crls.some(crl => crl.includes(issuerDer)) || ocspResponses.some(response => response.includes(serialDer))
}

const signingCertificate = (cms: Cms, signer: CmsSigner, beside: readonly Buffer[] = []): Buffer | undefined =>
  namedCertificate(signer, [...cms.certificates, ...beside]).certificate?.der

/** The certificate of the authority that issued a token, which may stand in the signature instead of in the token. */
export function authorityOf(token: Buffer, around?: Pick<Cms, 'certificates'>): Buffer | undefined {
  const cms = tokenOf(token)
  return cms?.signers[0] && signingCertificate(cms, cms.signers[0], around?.certificates)
}

/** Level B-LTA: a time stamp over everything, for each signer. */
async function withArchiveTimestamps(
  cms: Cms,
  contents: readonly SignedContent[],
  { tsa }: RaiseTools
): Promise<RandomAccessSource> {
  const unsigned = new Map<number, Buffer[]>()
  for (const [i, signer] of cms.signers.entries()) {
    const index = atsHashIndex(cms, signer)
    const digest = contents[i]!.digest('sha256')
    if (!digest) throw new Refused(sealingProblems['sealed-document-missing'])
    const { token } = await tsa.stamp(archiveImprint(cms, signer, digest, index, 'sha256'))
    unsigned.set(i, [attribute(Oid.archiveTimeStampV3, withHashIndex(token, index))])
  }
  return rewriteCms(cms, { unsigned })
}
