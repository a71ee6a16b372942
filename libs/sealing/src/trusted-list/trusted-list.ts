import { Refused } from '#platform/plain'
import { readableCertificates } from '../certificate/build-chain.js'
import type { Certificate } from '../certificate/read-certificate.js'
import type { TrustAnchor, TrustPurpose } from '../certificate/trust-store.js'
import { sealingProblems } from '../sealing.errors.js'
import { BufferSource } from '../source.js'
import { readXadesSignatures } from '../xades/read-xades.js'
import { type QualificationElement, readQualifications } from './qualification-criteria.js'
import { at, childrenNamed, descendants, readXmlOutline, type XmlOutline } from './xml-outline.js'

/** A service in one stretch of its life (ETSI TS 119 612, 5.5 and 5.6). */
export interface ServicePeriod {
  /** Last part of the type URI, for example `CA/QC` or `TSA/QTST`. */
  readonly type: string
  /** Last part of the status URI, for example `granted` or `withdrawn`. */
  readonly status: string
  readonly from: Date
  readonly qualifications: readonly QualificationElement[]
  /** Last parts of AdditionalServiceInformation URIs, for example `ForeSeals`. */
  readonly additional: readonly string[]
}

/** A trust service with its history, newest period first. */
export interface TrustedService {
  readonly provider: string
  readonly name: string
  /** The certificates that are the service's identity. */
  readonly certificates: readonly Certificate[]
  readonly periods: readonly ServicePeriod[]
}

/** The period that a service was in at a time; undefined before its first. */
export const periodAt = (service: TrustedService, time: Date): ServicePeriod | undefined =>
  service.periods.find(({ from }) => from <= time)

const namespace = 'http://uri.etsi.org/02231/v2#'

/** Services of these types are trust anchors for these purposes. */
const purposes: Readonly<Record<string, readonly TrustPurpose[]>> = {
  'CA/QC': ['signature', 'time-stamp'],
  'TSA/QTST': ['time-stamp'],
  'TSA/TSS-QC': ['time-stamp'],
  'Certstatus/OCSP': ['revocation'],
  'Certstatus/OCSP/QC': ['revocation']
}

/** A national trusted list (ETSI TS 119 612) whose own seal was checked. Immutable. */
export class TrustedList {
  private constructor(
    /** Country, for example `PL`. */
    readonly territory: string,
    readonly sequenceNumber: number,
    readonly issued: Date,
    /** Absent for a list that is closed and will have no successor. */
    readonly nextUpdate: Date | undefined,
    readonly services: readonly TrustedService[]
  ) {}

  /**
   * Reads a list. Its enveloped seal must cover all of it, hold, and be by one of `signers` (DER): the certificates that the
   * list of lists or the operator names. Whether it is out of date is not asked here: see `isExpired`.
   * @throws Refused `sealing/trusted-list-wrong` with why.
   */
  static read(xml: Buffer, signers: readonly Buffer[]): TrustedList {
    checkSeal(xml, signers)
    try {
      return TrustedList.from(readXmlOutline(new BufferSource(xml)))
    } catch (cause) {
      if (cause instanceof Refused && cause.type !== sealingProblems['trusted-list-wrong'])
        throw wrong('unreadable', cause)
      throw cause
    }
  }

  private static from(root: XmlOutline): TrustedList {
    if (root.local !== 'TrustServiceStatusList' || root.uri !== namespace) throw wrong('not a trusted list')
    const scheme = at(root, 'SchemeInformation')
    const number = Number(at(scheme, 'TSLSequenceNumber')?.text)
    const next = at(scheme, 'NextUpdate', 'dateTime')?.text
    if (!Number.isSafeInteger(number)) throw wrong('no sequence number')
    return new TrustedList(
      at(scheme, 'SchemeTerritory')?.text ?? '',
      number,
      dateOf(at(scheme, 'ListIssueDateTime')?.text),
      next === undefined ? undefined : dateOf(next),
      childrenNamed(at(root, 'TrustServiceProviderList'), 'TrustServiceProvider').flatMap(readProvider)
    )
  }

  /** Whether the list should have been replaced by its successor before `time`. */
  isExpired(time: Date): boolean {
    return !!this.nextUpdate && time > this.nextUpdate
  }

  /** The identities of services as trust anchors, for what their type is. Their status decides about qualification, not about trust. */
  trustAnchors(): TrustAnchor[] {
    return this.services.flatMap(({ certificates, periods }) => {
      const wanted = [...new Set(periods.flatMap(({ type }) => purposes[type] ?? []))]
      return wanted.length > 0 ? certificates.map(({ der }) => ({ certificate: der, purposes: wanted })) : []
    })
  }
}

function checkSeal(xml: Buffer, signers: readonly Buffer[]): void {
  const { signatures } = readXadesSignatures(new BufferSource(xml))
  const [seal] = signatures
  if (!seal || signatures.length !== 1) throw wrong('not exactly one seal')
  if (seal.integrity.indication !== 'PASSED') throw wrong(`seal: ${seal.integrity.subIndication}`)
  // Enveloped and over the root: what is read below is what was sealed.
  if (seal.format !== 'XAdES-enveloped' || !seal.scopes.some(({ complete }) => complete))
    throw wrong('seal covers only a part')
  const { signingCertificate } = seal
  if (!signingCertificate || !signers.some(signer => signer.equals(signingCertificate)))
    throw wrong('sealed by a stranger')
}

function readProvider(provider: XmlOutline): TrustedService[] {
  const name = englishName(at(provider, 'TSPInformation', 'TSPName'))
  return childrenNamed(at(provider, 'TSPServices'), 'TSPService').flatMap(service => {
    const present = at(service, 'ServiceInformation')
    if (!present) return []
    const past = childrenNamed(at(service, 'ServiceHistory'), 'ServiceHistoryInstance')
    const identities = [present, ...past].flatMap(one => [
      ...descendants(at(one, 'ServiceDigitalIdentity') ?? one, 'X509Certificate')
    ])
    const ders = identities.map(({ text }) => Buffer.from(text, 'base64').toString('latin1'))
    const periods = [present, ...past].map(readPeriod)
    return [
      {
        provider: name,
        name: englishName(at(present, 'ServiceName')),
        certificates: readableCertificates([...new Set(ders)].map(der => Buffer.from(der, 'latin1'))),
        periods: periods.sort((a, b) => b.from.getTime() - a.from.getTime())
      }
    ]
  })
}

function readPeriod(information: XmlOutline): ServicePeriod {
  const extensions = childrenNamed(at(information, 'ServiceInformationExtensions'), 'Extension')
  const additional = extensions.flatMap(extension => childrenNamed(extension, 'AdditionalServiceInformation'))
  return {
    type: after(at(information, 'ServiceTypeIdentifier')?.text, '/Svctype/'),
    status: after(at(information, 'ServiceStatus')?.text, '/Svcstatus/'),
    from: dateOf(at(information, 'StatusStartingTime')?.text),
    qualifications: extensions.flatMap(readQualifications),
    additional: additional.map(one => after(at(one, 'URI')?.text, '/SvcInfoExt/'))
  }
}

function englishName(names: XmlOutline | undefined): string {
  // `xml:lang` has a namespace and is not kept; lists put the English name first by rule (TS 119 612, 5.1.4).
  return at(names, 'Name')?.text ?? ''
}

/** The part of a URI after a marker; the URI itself where the marker is not in it. */
export function after(uri: string | undefined, marker: string): string {
  const place = uri?.lastIndexOf(marker) ?? -1
  return uri === undefined ? '' : place < 0 ? uri : uri.slice(place + marker.length)
}

function dateOf(text: string | undefined): Date {
  const date = new Date(text ?? '')
  if (Number.isNaN(date.getTime())) throw wrong('no date')
  return date
}

const wrong = (why: string, cause?: unknown): Refused =>
  new Refused(sealingProblems['trusted-list-wrong'], { why }, { cause })
