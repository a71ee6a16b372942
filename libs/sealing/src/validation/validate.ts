import type { Leaf } from '../material.js'
import type { MaterialLookUp } from '../revocation/online-material-source.js'
import type { TrustStore } from '../certificate/trust-store.js'
import type { TrustedList } from '../trusted-list/trusted-list.js'
import { describeSignature, describeFileTimestamp } from './describe-judgement.js'
import { judgeSignature, type SignatureJudgement } from './judge-signature.js'
import { type ExaminedTimestamp, examineTimestamp, judgeTimestamp } from './judge-timestamp.js'
import type { TokenJudgement } from './judge-token.js'
import { MaterialPool } from './material-pool.js'
import type { ReadFileTimestamp, ReadSignature, ReadSignatures } from './read-signature.js'
import type { ValidationReport } from './report.js'
import { defaultPolicy, type ValidationPolicy } from './validation-policy.js'

/** What a validation may rely on. */
export interface ValidationContext {
  readonly trust: TrustStore
  /** Time of validation. */
  readonly at: Date
  /** Who looks up what the file does not hold; absent: only the file counts. */
  readonly material?: MaterialLookUp
  /** Checked trusted lists, for the qualification; their services are no trust anchors unless `trust` has them. */
  readonly lists?: readonly TrustedList[]
  readonly policy?: ValidationPolicy
}

/** Signatures in one file, and time stamps of one signature, beyond these are not judged: real files have a handful. */
const mostJudged = 1000

/**
 * Validates what a reader found in a file, by ETSI EN 319 102-1: collects what is missing, then judges. Judging is pure; the
 * network is used only by `context.material`, and only for certificates that lead to a trust anchor.
 */
export async function validate(found: ReadSignatures, context: ValidationContext): Promise<ValidationReport> {
  const { trust, at, material } = context
  const policy = context.policy ?? defaultPolicy
  const pool = new MaterialPool(trust)
  const signatures = found.signatures.slice(0, mostJudged).map(read => examineSignature(read, pool))
  const fileTimestamps = found.timestamps.slice(0, mostJudged).map(read => examineAlone(read, pool))
  const judge = () =>
    signatures.map(({ read, timestamps }) => judgeSignature(read, timestamps, { now: at, pool, policy }))
  const judgeAlone = () => fileTimestamps.map(one => judgeTimestamp(one.examined, at, pool, policy))

  let judgements = judge()
  let alone = judgeAlone()
  const satisfied =
    judgements.every(judgement => isSatisfied(judgement, at)) &&
    alone.every(({ conclusion }) => conclusion.indication !== 'INDETERMINATE')
  if (material && (policy.online === 'always' || !satisfied)) {
    const gathered = await material.gather(leavesOf(signatures, fileTimestamps))
    pool.add(gathered, sha256 => (gathered.fromCache.has(sha256) ? 'cache' : 'online'))
    judgements = judge()
    alone = judgeAlone()
  }
  const tools = { at, pool, policy, lists: context.lists ?? [] }
  return {
    validationTime: at.toISOString(),
    policy: policy.id,
    signatures: judgements.map(judgement => describeSignature(judgement, tools)),
    timestamps: alone.map((judgement, i) => describeFileTimestamp(judgement, fileTimestamps[i]!.read, tools)),
    notJudged: beyond(found.signatures, found.timestamps, ...found.signatures.map(({ timestamps }) => timestamps)),
    trustedLists: (context.lists ?? []).map(list => ({
      territory: list.territory,
      sequenceNumber: list.sequenceNumber,
      issued: list.issued.toISOString(),
      nextUpdate: list.nextUpdate?.toISOString(),
      expired: list.isExpired(at)
    }))
  }
}

const beyond = (...lists: readonly (readonly unknown[])[]): number =>
  lists.reduce((sum, { length }) => sum + Math.max(0, length - mostJudged), 0)

/** Whether nobody need be asked: what is certain stays so, and what is in the file is conclusive and young enough. */
const isSatisfied = ({ conclusion, basic, best, timestamps }: SignatureJudgement, at: Date): boolean =>
  (conclusion.indication === 'FAILED' &&
    timestamps.every(timestamp => timestamp.conclusion.indication !== 'INDETERMINATE')) ||
  (conclusion.indication === 'PASSED' &&
    isAfter(best.time, basic, at) &&
    timestamps.every(
      timestamp =>
        timestamp.conclusion.indication !== 'INDETERMINATE' &&
        isAfter(timestamp.examination.info?.genTime ?? at, timestamp.basic, at)
    ))

/**
 * Whether all revocation information that was relied on came after the key was used. What is older cannot tell of a revocation
 * that was made known in between; while a certificate is valid its authority can be asked for something younger.
 */
const isAfter = (used: Date, { certificate }: TokenJudgement, at: Date): boolean =>
  [...(certificate?.facts ?? [])].every(([{ notAfter }, { thisUpdate }]) => thisUpdate >= used || notAfter < at)

interface ExaminedSignature {
  readonly read: ReadSignature
  readonly timestamps: readonly ExaminedTimestamp[]
}

function examineSignature(read: ReadSignature, pool: MaterialPool): ExaminedSignature {
  pool.add(read.material, 'embedded')
  pool.add({ certificates: read.certificates }, 'embedded')
  const beside = [...read.certificates, ...read.material.certificates]
  const timestamps = read.timestamps.slice(0, mostJudged).map(one => examineTimestamp(one, beside))
  for (const timestamp of timestamps) addToken(timestamp, pool)
  return { read, timestamps }
}

function examineAlone(
  read: ReadFileTimestamp,
  pool: MaterialPool
): { read: ReadFileTimestamp; examined: ExaminedTimestamp } {
  if (read.covers) pool.add(read.covers, 'embedded')
  const examined = examineTimestamp(read, read.covers?.certificates ?? [])
  addToken(examined, pool)
  return { read, examined }
}

function addToken({ examination }: ExaminedTimestamp, pool: MaterialPool): void {
  pool.addCertificates(examination.certificates)
  pool.add(examination.material, 'embedded')
}

function leavesOf(
  signatures: readonly ExaminedSignature[],
  alone: readonly { readonly examined: ExaminedTimestamp }[]
): Leaf[] {
  const leaves = new Map<string, Leaf>()
  const add = (certificate: Buffer | undefined, candidates: readonly Buffer[]) => {
    if (certificate) leaves.set(certificate.toString('base64'), { certificate, candidates })
  }
  const addToken_ = ({ examination }: ExaminedTimestamp) =>
    add(
      examination.authority?.der,
      examination.certificates.map(({ der }) => der)
    )
  for (const { read, timestamps } of signatures) {
    add(read.signingCertificate, [...read.certificates, ...read.material.certificates])
    timestamps.forEach(addToken_)
  }
  for (const { examined } of alone) addToken_(examined)
  return [...leaves.values()]
}
