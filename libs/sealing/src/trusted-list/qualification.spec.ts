import { sign } from 'node:crypto'
import * as x509 from '@peculiar/x509'
import { type Identity, issue, nonRepudiation, sealQcStatements } from '../../test/test-authority.js'
import { found, foundSignature, foundTimestamp, materialOf } from '../../test/test-found.js'
import { makeCrl } from '../../test/test-revocation.js'
import { digitalSignature, timeStampingOnly } from '../../test/test-authority.js'
import { readCertificate } from '../certificate/read-certificate.js'
import { TrustStore } from '../certificate/trust-store.js'
import { BufferSource, readAll } from '../source.js'
import { validate } from '../validation/validate.js'
import { prepareXades } from '../xades/prepare-xades.js'
import { qualificationOf, type Qualification } from './qualification.js'
import { TrustedList } from './trusted-list.js'

const info = 'http://uri.etsi.org/TrstSvc/TrustedList/SvcInfoExt'
const now = new Date('2026-06-01T12:00:00Z')

interface PeriodWish {
  readonly status: string
  readonly from: string
  readonly extensions?: string
}

let ca: Identity
let tsa: Identity
let operator: Identity
const policy = new x509.CertificatePolicyExtension(['1.2.616.1.1'])

beforeAll(async () => {
  ca = await issue({ subject: 'CN=QCA', ca: true })
  tsa = await issue({ subject: 'CN=QTSA', extensions: [timeStampingOnly, digitalSignature] })
  operator = await issue({ subject: 'CN=Operator', extensions: [nonRepudiation] })
})

const der = ({ certificate }: Identity) => certificate.toString('base64')
const qualifying = (criteria: string, ...qualifiers: string[]) =>
  `<Extension Critical="true"><Qualifications xmlns="${info}/eSigDir-1999-93-EC-TrustedList/#"><QualificationElement><Qualifiers>` +
  qualifiers.map(one => `<Qualifier uri="${info}/${one}"/>`).join('') +
  `</Qualifiers>${criteria}</QualificationElement></Qualifications></Extension>`
const withPolicy =
  '<CriteriaList assert="all"><KeyUsage><KeyUsageBit name="nonRepudiation">true</KeyUsageBit><KeyUsageBit name="crlSign">false</KeyUsageBit></KeyUsage>' +
  '<PolicySet><PolicyIdentifier><Identifier>1.2.616.1.1</Identifier></PolicyIdentifier></PolicySet></CriteriaList>'
const serves = (what: string) =>
  `<Extension Critical="true"><AdditionalServiceInformation><URI xml:lang="en">${info}/${what}</URI></AdditionalServiceInformation></Extension>`

function period(type: string, who: Identity, { status, from, extensions }: PeriodWish): string {
  return (
    `<ServiceTypeIdentifier>http://uri.etsi.org/TrstSvc/Svctype/${type}</ServiceTypeIdentifier><ServiceName><Name xml:lang="en">Service</Name></ServiceName>` +
    `<ServiceDigitalIdentity><DigitalId><X509Certificate>${der(who)}</X509Certificate></DigitalId></ServiceDigitalIdentity>` +
    `<ServiceStatus>http://uri.etsi.org/TrstSvc/TrustedList/Svcstatus/${status}</ServiceStatus><StatusStartingTime>${from}</StatusStartingTime>` +
    `<ServiceInformationExtensions>${extensions ?? ''}</ServiceInformationExtensions>`
  )
}

function listOf(periods: readonly PeriodWish[], nextUpdate = '2026-12-01T00:00:00Z'): TrustedList {
  const [present, ...past] = periods.map(wish => period('CA/QC', ca, wish))
  const history = past.map(one => `<ServiceHistoryInstance>${one}</ServiceHistoryInstance>`).join('')
  const stamping = period('TSA/QTST', tsa, { status: 'granted', from: '2020-01-01T00:00:00Z' })
  const xml =
    '<TrustServiceStatusList xmlns="http://uri.etsi.org/02231/v2#" Id="L"><SchemeInformation><TSLSequenceNumber>1</TSLSequenceNumber>' +
    `<SchemeTerritory>PL</SchemeTerritory><ListIssueDateTime>2026-05-01T00:00:00Z</ListIssueDateTime><NextUpdate><dateTime>${nextUpdate}</dateTime></NextUpdate></SchemeInformation>` +
    '<TrustServiceProviderList><TrustServiceProvider><TSPInformation><TSPName><Name xml:lang="en">Provider</Name></TSPName></TSPInformation><TSPServices>' +
    `<TSPService><ServiceInformation>${present}</ServiceInformation><ServiceHistory>${history}</ServiceHistory></TSPService>` +
    `<TSPService><ServiceInformation>${stamping}</ServiceInformation></TSPService>` +
    '</TSPServices></TrustServiceProvider></TrustServiceProviderList></TrustServiceStatusList>'
  const document = { fileName: 'list.xml', mediaType: 'application/xml', source: new BufferSource(Buffer.from(xml)) }
  const draft = prepareXades([document], {
    format: 'XAdES-enveloped',
    signer: { certificate: operator.certificate, chain: [], algorithm: 'ECDSA-SHA256' },
    signingTime: now,
    tokenBytes: 0
  })
  const sealed = draft.finish(sign('sha256', draft.toBeSigned, operator.key))
  if (!('file' in sealed)) throw new Error('no seal')
  return TrustedList.read(Buffer.from(readAll(sealed.file)), [operator.certificate])
}

const granted = (extensions = ''): PeriodWish => ({ status: 'granted', from: '2017-01-01T00:00:00Z', extensions })

describe('qualification by a trusted list', () => {
  let seal: Identity
  let plain: Identity
  beforeAll(async () => {
    const made = (extensions: x509.Extension[]) =>
      issue({ subject: 'CN=Seal', issuer: ca, extensions: [nonRepudiation, ...extensions] })
    seal = await made([sealQcStatements, policy])
    plain = await made([policy])
  })

  const said = (list: TrustedList, who = seal, time = now): Qualification =>
    qualificationOf(
      readCertificate(who.certificate),
      [who, ca].map(one => readCertificate(one.certificate)),
      time,
      [list],
      now
    )
  const short = ({ result, why }: Qualification) => [result, ...why].join(' ')

  it('calls a seal qualified whose certificate says all there is to say and whose service was granted', () => {
    const found_ = said(listOf([granted(serves('ForeSeals'))]))
    expect(found_).toEqual({
      result: 'qualified-seal',
      why: [],
      service: { territory: 'PL', provider: 'Provider', name: 'Service' }
    })
    expect(short(said(listOf([granted()])))).toBe('qualified-seal')
  })

  it('wants the service to be granted at issuance and at signing', () => {
    const withdrawn = { status: 'withdrawn', from: '2025-01-01T00:00:00Z' }
    const list = listOf([withdrawn, granted()])
    expect(short(said(list))).toBe('not-qualified not-granted-at-signing')
    expect(short(said(list, seal, new Date('2024-06-01T00:00:00Z')))).toBe('qualified-seal')
    expect(short(said(listOf([{ status: 'granted', from: '2023-01-01T00:00:00Z' }])))).toBe(
      'not-qualified not-granted-at-issuance'
    )
  })

  it('lets the list overrule the certificate', () => {
    const list = (...qualifiers: string[]) => listOf([granted(qualifying(withPolicy, ...qualifiers))])
    expect(short(said(list('NotQualified')))).toBe('not-qualified not-a-qualified-certificate')
    expect(short(said(list('QCForESig')))).toBe('qualified-signature')
    expect(short(said(list('QCNoQSCD')))).toBe('advanced-seal-with-qualified-certificate no-qualified-device')
    expect(short(said(list('QCForWSA')))).toBe('not-qualified not-for-seals-or-signatures')
    expect(short(said(list('QCForESig', 'QCForESeal')))).toBe('indeterminate lists-contradict')
    expect(short(said(list('QCStatement', 'QCForESeal', 'QCQSCDManagedOnBehalf'), plain))).toBe('qualified-seal')
    expect(short(said(list('QCStatement', 'QCForESeal', 'QCQSCDStatusAsInCert'), plain))).toBe(
      'advanced-seal-with-qualified-certificate no-qualified-device'
    )
    expect(short(said(listOf([granted()]), plain))).toBe('not-qualified not-a-qualified-certificate')
  })

  it('applies qualifiers only to certificates that meet their criteria', async () => {
    const list = listOf([granted(qualifying(withPolicy, 'NotQualified'))])
    const other = await issue({ subject: 'CN=Seal', issuer: ca, extensions: [nonRepudiation, sealQcStatements] })
    expect(short(said(list, other))).toBe('qualified-seal')
    const odd = listOf([granted(qualifying('<CriteriaList assert="all"><Unheard/></CriteriaList>', 'NotQualified'))])
    expect(short(said(odd))).toBe('qualified-seal')
    const none = withPolicy.replace('"all"', '"none"')
    expect(short(said(listOf([granted(qualifying(none, 'NotQualified'))])))).toBe('qualified-seal')
  })

  it('says when the service is not for seals, when nobody is listed, and when the list is out of date', async () => {
    expect(short(said(listOf([granted(serves('ForeSignatures'))])))).toBe('not-qualified service-not-for-this-type')
    const stranger = await issue({ subject: 'CN=QCA', ca: true })
    const leaf = readCertificate(seal.certificate)
    expect(
      short(qualificationOf(leaf, [leaf, readCertificate(stranger.certificate)], now, [listOf([granted()])], now))
    ).toBe('not-qualified no-listed-service')
    expect(short(said(listOf([granted()], '2026-05-20T00:00:00Z')))).toBe('indeterminate list-expired')
  })

  it('stands in the report of a validation, with the list as the source of trust', async () => {
    const list = listOf([granted(serves('ForeSeals'))])
    const crl = await makeCrl({ issuer: ca, thisUpdate: now, nextUpdate: new Date('2026-06-03T00:00:00Z') })
    const timestamp = await foundTimestamp('signature', tsa, '2026-06-01T12:00:01Z')
    const signature = foundSignature(seal, [], { material: materialOf({ crls: [crl] }), timestamps: [timestamp] })
    const context = { trust: new TrustStore(list.trustAnchors()), lists: [list], at: new Date('2026-06-01T13:00:00Z') }
    const report = await validate(found(signature), context)
    expect(report.trustedLists).toMatchObject([{ territory: 'PL', sequenceNumber: 1, expired: false }])
    expect(report.signatures[0]).toMatchObject({
      indication: 'TOTAL-PASSED',
      qualification: { result: 'qualified-seal' },
      timestamps: [{ indication: 'PASSED', qualification: { result: 'qualified-time-stamp' } }]
    })
    const unknown = await validate(found({ ...signature, material: materialOf({}) }), context)
    expect(unknown.signatures[0]!.qualification).toMatchObject({ result: 'indeterminate', why: ['not-validated'] })
  })
})
