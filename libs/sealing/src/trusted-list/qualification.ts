import { readQcStatements } from '../certificate/describe-certificate.js'
import type { Certificate } from '../certificate/read-certificate.js'
import { sameName } from '../certificate/names.js'
import { DerError } from '../der-reader.js'
import { periodAt, type ServicePeriod, type TrustedList, type TrustedService } from './trusted-list.js'

/** What a seal, a signature or a time stamp is by the trusted lists (ETSI TS 119 615 and TS 119 172-4, in brief). */
export interface Qualification {
  readonly result:
    | 'qualified-seal'
    | 'qualified-signature'
    /** Advanced, with a qualified certificate, but not made in a qualified device. */
    | 'advanced-seal-with-qualified-certificate'
    | 'advanced-signature-with-qualified-certificate'
    | 'qualified-time-stamp'
    | 'not-qualified'
    | 'indeterminate'
  readonly why: readonly QualificationReason[]
  /** The service that it rests on. */
  readonly service?: { readonly territory: string; readonly provider: string; readonly name: string }
}

export type QualificationReason =
  | 'no-listed-service'
  | 'not-granted-at-issuance'
  | 'not-granted-at-signing'
  | 'not-a-qualified-certificate'
  | 'not-for-seals-or-signatures'
  | 'service-not-for-this-type'
  | 'lists-contradict'
  | 'no-qualified-device'
  | 'list-expired'
  | 'certificate-unreadable'
  | 'not-validated'

/** eIDAS came into force: statuses and qualifiers changed their names. */
const eidas = new Date('2016-07-01T00:00:00Z')

/**
 * Whether a signature with this certificate, proven to have existed at `time`, is qualified: the issuing service must have been
 * granted when the certificate was issued and when it was used, for certificates of this kind, with a qualified device.
 */
export function qualificationOf(
  certificate: Certificate,
  path: readonly Certificate[],
  time: Date,
  lists: readonly TrustedList[],
  now: Date
): Qualification {
  const listed = servicesOf(path.slice(1), lists, 'CA/QC')
  if (listed.length === 0) return { result: 'not-qualified', why: ['no-listed-service'] }
  const results = listed.map(({ list, service }) => {
    const outcome = byService(certificate, service, time)
    const expired = list.isExpired(now)
    const named = { territory: list.territory, provider: service.provider, name: service.name }
    return {
      ...outcome,
      why: expired ? [...outcome.why, 'list-expired' as const] : outcome.why,
      service: named,
      expired
    }
  })
  const positive = results.filter(({ result }) => result !== 'not-qualified')
  const [best] = positive.length > 0 ? positive : results
  if (new Set(positive.map(({ result }) => result)).size > 1)
    return { result: 'indeterminate', why: ['lists-contradict'], service: best!.service }
  const { result, why, service, expired } = best!
  return expired && result !== 'not-qualified' ? { result: 'indeterminate', why, service } : { result, why, service }
}

/** Whether a time stamp is a qualified one (eIDAS art. 42): its service was granted at the time that it states. */
export function timestampQualificationOf(
  path: readonly Certificate[],
  time: Date,
  lists: readonly TrustedList[],
  now: Date
): Qualification {
  const listed = servicesOf(path, lists, 'TSA/QTST')
  if (listed.length === 0) return { result: 'not-qualified', why: ['no-listed-service'] }
  const { list, service } = listed.find(one => isGranted(periodOf(one.service, time, 'TSA/QTST'), time)) ?? listed[0]!
  const named = { territory: list.territory, provider: service.provider, name: service.name }
  if (!isGranted(periodOf(service, time, 'TSA/QTST'), time))
    return { result: 'not-qualified', why: ['not-granted-at-signing'], service: named }
  return list.isExpired(now)
    ? { result: 'indeterminate', why: ['list-expired'], service: named }
    : { result: 'qualified-time-stamp', why: [], service: named }
}

interface Listed {
  readonly list: TrustedList
  readonly service: TrustedService
}

/** Services of a type whose identity (a name with a key) stands on the path. */
function servicesOf(path: readonly Certificate[], lists: readonly TrustedList[], type: string): Listed[] {
  const stands = (identity: Certificate) =>
    path.some(one => one.spki.equals(identity.spki) && sameName(one.subjectDer, identity.subjectDer))
  return lists.flatMap(list =>
    list.services
      .filter(({ periods, certificates }) => periods.some(period => period.type === type) && certificates.some(stands))
      .map(service => ({ list, service }))
  )
}

function periodOf(service: TrustedService, time: Date, type: string): ServicePeriod | undefined {
  const period = periodAt(service, time)
  return period?.type === type ? period : undefined
}

const grantedBefore = new Set(['undersupervision', 'supervisionincessation', 'accredited'])

const isGranted = (period: ServicePeriod | undefined, time: Date): boolean =>
  !!period && (period.status === 'granted' || (time < eidas && grantedBefore.has(period.status)))

type Outcome = Pick<Qualification, 'result' | 'why'>

function byService(certificate: Certificate, service: TrustedService, time: Date): Outcome {
  const no = (...why: QualificationReason[]): Outcome => ({ result: 'not-qualified', why })
  const atIssuance = periodOf(service, certificate.notBefore, 'CA/QC')
  const atUse = periodOf(service, time, 'CA/QC')
  if (!isGranted(atIssuance, certificate.notBefore)) return no('not-granted-at-issuance')
  if (!isGranted(atUse, time)) return no('not-granted-at-signing')
  try {
    const kinds = [kindBy(certificate, atIssuance!), kindBy(certificate, atUse!)]
    if (kinds.includes('none')) return no('not-a-qualified-certificate')
    if (kinds[0] !== kinds[1] || kinds.includes('contradiction'))
      return { result: 'indeterminate', why: ['lists-contradict'] }
    const kind = kinds[1]
    if (kind !== 'seal' && kind !== 'signature') return no('not-for-seals-or-signatures')
    if (!serves(atUse!, kind)) return no('service-not-for-this-type')
    const inDevice = hasDevice(certificate, atUse!)
    if (inDevice) return { result: `qualified-${kind}`, why: [] }
    return { result: `advanced-${kind}-with-qualified-certificate`, why: ['no-qualified-device'] }
  } catch (error) {
    if (error instanceof DerError) return { result: 'indeterminate', why: ['certificate-unreadable'] }
    throw error
  }
}

const qualifiersFor = (certificate: Certificate, period: ServicePeriod): Set<string> =>
  new Set(period.qualifications.filter(one => one.isMetBy(certificate)).flatMap(({ qualifiers }) => qualifiers))

/** What kind of qualified certificate it is by its own statements, overruled by the list (TS 119 615, 4.4.4). */
function kindBy(
  certificate: Certificate,
  period: ServicePeriod
): 'seal' | 'signature' | 'web' | 'none' | 'contradiction' {
  const qualifiers = qualifiersFor(certificate, period)
  const { compliance, types } = readQcStatements(certificate)
  const says = { yes: qualifiers.has('QCStatement'), no: qualifiers.has('NotQualified') }
  if (says.yes && says.no) return 'contradiction'
  if (says.no || !(says.yes || compliance)) return 'none'
  const listed = [
    qualifiers.has('QCForESig') && ('signature' as const),
    qualifiers.has('QCForESeal') && ('seal' as const),
    qualifiers.has('QCForWSA') && ('web' as const)
  ].filter(kind => kind !== false)
  if (listed.length > 1) return 'contradiction'
  if (listed.length === 1) return listed[0]!
  if (types.length > 1) return 'contradiction'
  // Certificates from before there were types, and those that name none, are for signatures (EN 319 412-5, 4.2.3).
  return types[0] === 'eseal' ? 'seal' : types[0] === 'web' ? 'web' : 'signature'
}

function serves({ additional }: ServicePeriod, kind: 'seal' | 'signature'): boolean {
  const named = additional.filter(one => one.startsWith('Fore') || one.startsWith('ForWeb'))
  return named.length === 0 || named.includes(kind === 'seal' ? 'ForeSeals' : 'ForeSignatures')
}

/** Whether the key is in a qualified device, by the list or else by the certificate (TS 119 615, 4.5). */
function hasDevice(certificate: Certificate, period: ServicePeriod): boolean {
  const qualifiers = qualifiersFor(certificate, period)
  if (qualifiers.has('QCNoQSCD') || qualifiers.has('QCNoSSCD')) return false
  if (['QCWithQSCD', 'QCWithSSCD', 'QCQSCDManagedOnBehalf'].some(one => qualifiers.has(one))) return true
  return readQcStatements(certificate).sscd
}
