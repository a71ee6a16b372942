import { nameOf, readQcStatements } from '../certificate/describe-certificate.js'
import { type Certificate, extendedKeyUsages, keyUsages, nameAttribute } from '../certificate/read-certificate.js'
import { DerError } from '../der-reader.js'
import { Oid } from '../oids.js'
import { createHash } from 'node:crypto'
import { type Qualification, qualificationOf, timestampQualificationOf } from '../trusted-list/qualification.js'
import type { TrustedList } from '../trusted-list/trusted-list.js'
import type { Conclusion } from './conclusion.js'
import { indeterminate } from './conclusion.js'
import { keyBits } from './crypto-constraints.js'
import type { CertificateJudgement } from './judge-certificate.js'
import type { SignatureJudgement } from './judge-signature.js'
import type { TimestampJudgement } from './judge-timestamp.js'
import type { MaterialPool } from './material-pool.js'
import type { LaterChange, ReadFileTimestamp, SignedScope } from './read-signature.js'
import { type Reason, reason } from './reasons.js'
import type {
  CertificateReport,
  FileTimestampReport,
  PartResult,
  RevocationReport,
  ScopeReport,
  SignatureReport,
  TimestampReport
} from './report.js'
import { detectLevel } from './seal-level-of.js'
import type { ValidationPolicy } from './validation-policy.js'

/** What descriptions need beside the judgement. */
export interface DescribeTools {
  readonly at: Date
  readonly pool: MaterialPool
  readonly policy: ValidationPolicy
  readonly lists: readonly TrustedList[]
}

/** Writes a judgement down. */
export function describeSignature(judgement: SignatureJudgement, tools: DescribeTools): SignatureReport {
  const { read, basic, best, timestamps } = judgement
  const { level, faults } = detectLevel(judgement, tools.pool)
  const verdict = withChanges(judgement.conclusion, read.laterChanges ?? [], tools.policy)
  const { indication, subIndication, reasons } = partOf(verdict)
  return {
    id: read.id,
    format: read.format,
    indication: indication === 'PASSED' ? 'TOTAL-PASSED' : indication === 'FAILED' ? 'TOTAL-FAILED' : indication,
    subIndication,
    reasons,
    warnings: warningsOf(judgement, faults, tools),
    level,
    levelFaults: faults,
    claimedSigningTime: read.claimedSigningTime?.toISOString(),
    bestSignatureTime: {
      time: best.time.toISOString(),
      proof: best.timestampId === undefined ? 'validation-time' : 'time-stamp',
      timestampId: best.timestampId
    },
    algorithm: read.algorithm,
    hashes: read.hashes,
    signaturePolicy: read.policy,
    signatureSha256: sha256(read.signatureValue),
    processes: {
      basic: partOf(judgement.basicConclusion),
      withTime: partOf(judgement.withTime),
      archival: judgement.archival && partOf(judgement.archival)
    },
    chain: chainOf(basic.certificate, basic.token.certificate, tools.pool),
    revocation: revocationOf(basic.certificate, tools.pool),
    timestamps: timestamps.map(one => describeTimestamp(one, tools)),
    scopes: read.scopes.map(scopeOf),
    laterChanges: read.laterChanges ?? [],
    qualification: signatureQualification(judgement, indication, tools)
  }
}

/** Writes down a time stamp that stands alone. */
export function describeFileTimestamp(
  judgement: TimestampJudgement,
  read: ReadFileTimestamp,
  tools: DescribeTools
): FileTimestampReport {
  const report = describeTimestamp(judgement, tools)
  const verdict = withChanges(judgement.conclusion, read.laterChanges ?? [], tools.policy)
  return { ...report, ...partOf(verdict), scopes: read.scopes.map(scopeOf), laterChanges: read.laterChanges ?? [] }
}

function describeTimestamp(judgement: TimestampJudgement, tools: DescribeTools): TimestampReport {
  const { read, examination, basic, conclusion, key } = judgement
  const { info, authority } = examination
  return {
    id: read.id,
    kind: read.kind,
    ...partOf(conclusion),
    time: info?.genTime.toISOString(),
    accuracyMs: info?.accuracyMs,
    policy: info?.policy,
    serial: info?.serial,
    hash: examination.hashes[0],
    sha256: key,
    chain: chainOf(basic.certificate, authority, tools.pool),
    revocation: revocationOf(basic.certificate, tools.pool),
    qualification: timestampQualification(judgement, tools),
    warnings: authority && isLoose(authority) ? [reason('timestamp-purpose-loose')] : []
  }
}

/** A change that was not allowed speaks against the document, not against the signature: nobody can say what was meant. */
function withChanges(conclusion: Conclusion, changes: readonly LaterChange[], policy: ValidationPolicy): Conclusion {
  const forbidden = changes.filter(({ permitted }) => !permitted)
  if (conclusion.indication !== 'PASSED' || forbidden.length === 0 || policy.forbiddenChanges === 'warn')
    return conclusion
  const revisions = [...new Set(forbidden.map(({ revision }) => revision))].join(', ')
  return indeterminate('SIG_CONSTRAINTS_FAILURE', reason('changed-after-signing', { revisions }))
}

function partOf(conclusion: Conclusion): PartResult {
  if (conclusion.indication === 'PASSED') return { indication: 'PASSED', reasons: [] }
  const { indication, subIndication } = conclusion
  return { indication, subIndication, reasons: [conclusion.reason] }
}

function chainOf(
  judged: CertificateJudgement | undefined,
  leaf: Certificate | undefined,
  pool: MaterialPool
): CertificateReport[] {
  const path = judged && judged.path.length > 0 ? judged.path : leaf ? [leaf] : []
  return path.map(certificate => describe(certificate, pool))
}

const described = new WeakMap<Certificate, Omit<CertificateReport, 'trustAnchor'>>()

function describe(certificate: Certificate, pool: MaterialPool): CertificateReport {
  let known = described.get(certificate)
  if (!known) described.set(certificate, (known = own(certificate)))
  return { ...known, trustAnchor: pool.isAnchor(certificate) }
}

function own(certificate: Certificate): Omit<CertificateReport, 'trustAnchor'> {
  return {
    sha256: certificate.sha256,
    subject: guarded(() => nameOf(certificate.subjectDer)) ?? {},
    organizationIdentifier: guarded(() => nameAttribute(certificate.subjectDer, Oid.organizationIdentifier)),
    issuer: guarded(() => nameOf(certificate.issuerDer)) ?? {},
    serial: certificate.serial,
    notBefore: certificate.notBefore.toISOString(),
    notAfter: certificate.notAfter.toISOString(),
    keyType: certificate.publicKey.asymmetricKeyType ?? 'unknown',
    keyBits: keyBits(certificate.publicKey),
    qcStatements: guarded(() => readQcStatements(certificate)) ?? { compliance: false, sscd: false, types: [] }
  }
}

function revocationOf(judged: CertificateJudgement | undefined, pool: MaterialPool): RevocationReport[] {
  return [...(judged?.facts ?? [])].map(([certificate, fact]) => ({
    certificate: certificate.sha256,
    kind: fact.kind,
    origin: pool.originOf(fact.sha256),
    status: fact.status,
    revokedAt: fact.revokedAt?.toISOString(),
    reason: fact.reason,
    thisUpdate: fact.thisUpdate.toISOString(),
    nextUpdate: fact.nextUpdate?.toISOString(),
    producedAt: fact.issuedAt.toISOString(),
    sha256: fact.sha256,
    signer: fact.signer.sha256
  }))
}

const scopeOf = ({ digest, ...scope }: SignedScope): ScopeReport => ({
  ...scope,
  ...(digest ? { digest: { hash: digest.hash, value: digest.value.toString('hex') } } : {})
})

/** An algorithm whose end is nearer than this is worth a word, in milliseconds: about three years. */
const soon = 3 * 365 * 86_400_000

/** How far a signer's clock may be ahead of the time stamp without a word. */
const clockSlack = 5 * 60 * 1000

function warningsOf(
  { read, basic, best, timestamps }: SignatureJudgement,
  faults: readonly string[],
  { at, lists }: DescribeTools
): Reason[] {
  const warnings: Reason[] = []
  if (faults.length > 0) warnings.push(reason('not-baseline', { faults: faults.join(', ') }))
  const partial = read.scopes.filter(({ complete }) => !complete)
  if (partial.length > 0) warnings.push(reason('covers-part', { parts: String(partial.length) }))
  const changes = read.laterChanges ?? []
  if (changes.some(({ permitted }) => !permitted)) warnings.push(reason('changed-after-signing'))
  else if (changes.some(({ kind }) => kind === 'form-filling' || kind === 'annotation' || kind === 'other'))
    warnings.push(reason('permitted-changes'))
  // time stamps over what was changed cannot hold, and say nothing new
  const told = read.integrity.indication === 'FAILED' ? [] : timestamps
  for (const { read: stamp, conclusion } of told)
    if (conclusion.indication !== 'PASSED')
      warnings.push(reason('timestamp-not-valid', { id: stamp.id, subIndication: conclusion.subIndication }))
  const { reliability } = basic
  if (reliability instanceof Date && reliability > at && reliability.getTime() - at.getTime() < soon)
    warnings.push(reason('algorithm-ends-soon', { until: reliability.toISOString() }))
  const certificate = basic.token.certificate
  const usage = certificate && guarded(() => keyUsages(certificate))
  if (certificate && !usage?.includes('nonRepudiation')) warnings.push(reason('not-for-nonrepudiation'))
  const claimed = read.claimedSigningTime
  if (claimed && best.timestampId && claimed.getTime() > best.time.getTime() + clockSlack)
    warnings.push(reason('claimed-time-after-proof'))
  for (const list of lists)
    if (list.isExpired(at)) warnings.push(reason('trusted-list-expired', { territory: list.territory }))
  return warnings
}

/** RFC 3161, 2.3 wants timeStamping alone, and critical. */
function isLoose(authority: Certificate): boolean {
  const purposes = guarded(() => extendedKeyUsages(authority))
  return !purposes?.critical || purposes.purposes.length !== 1
}

function signatureQualification(
  { basic, best }: SignatureJudgement,
  indication: PartResult['indication'],
  { lists, at }: DescribeTools
): Qualification | undefined {
  const { certificate } = basic.token
  if (lists.length === 0 || !certificate || !basic.certificate) return undefined
  if (indication === 'FAILED') return { result: 'not-qualified', why: ['not-validated'] }
  const found = qualificationOf(certificate, basic.certificate.path, best.time, lists, at)
  // A certificate may be qualified while nothing is certain about the signature.
  return indication === 'PASSED' || found.result === 'not-qualified'
    ? found
    : { ...found, result: 'indeterminate', why: [...found.why, 'not-validated'] }
}

function timestampQualification(
  { basic, conclusion, examination }: TimestampJudgement,
  { lists, at }: DescribeTools
): Qualification | undefined {
  if (lists.length === 0 || !basic.certificate || !examination.info) return undefined
  if (conclusion.indication !== 'PASSED') return { result: 'indeterminate', why: ['not-validated'] }
  return timestampQualificationOf(basic.certificate.path, examination.info.genTime, lists, at)
}

function guarded<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch (error) {
    if (error instanceof DerError) return undefined
    throw error
  }
}

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex')
