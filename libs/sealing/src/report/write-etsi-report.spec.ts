import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { DOMParser } from '@xmldom/xmldom'
import type { ValidationReport } from '../validation/report.js'
import { SampleReports, trustedList, withSignature } from './test/sample-reports.js'
import { writeEtsiReport } from './write-etsi-report.js'

let samples: SampleReports
let passed: ValidationReport

beforeAll(async () => {
  samples = await SampleReports.make()
  passed = await samples.passed()
})

const parse = (xml: string) => {
  const onError = (level: 'warning' | 'error' | 'fatalError', message: string) => {
    if (level !== 'warning') throw new Error(message)
  }
  return new DOMParser({ onError }).parseFromString(xml, 'text/xml')
}
const all = (xml: string, name: string) => Array.from(parse(xml).getElementsByTagName(name))
const texts = (xml: string, name: string) => all(xml, name).map(({ textContent }) => textContent)
const only = (xml: string, name: string) => {
  const found = all(xml, name)
  expect(found).toHaveLength(1)
  return found[0]!
}
/** Texts of elements that stand at a path. */
const at = (xml: string, ...path: string[]) =>
  path
    .reduce(
      (within, name) =>
        within.flatMap(one => Array.from(one.childNodes).filter(child => child.nodeName === name) as never[]),
      [parse(xml).documentElement!]
    )
    .map(({ textContent }) => textContent)

const everySample = async (): Promise<[string, ValidationReport][]> => {
  const service = { territory: 'PL', provider: 'Test Trust', name: 'Seals & <more>' }
  const first = passed.signatures[0]!
  return [
    ['passed', passed],
    ['indeterminate', await samples.indeterminate()],
    ['failed', await samples.failed()],
    ['revoked', await samples.revoked()],
    ['changed PDF', await samples.changedPdf()],
    ['time stamp alone', await samples.timestampAlone()],
    ['nothing at all', { ...passed, signatures: [] }],
    ['too many signatures', { ...passed, notJudged: 12 }],
    ['two signatures with the same time stamps', { ...passed, signatures: [first, { ...first, id: 'Seal2' }] }],
    ['no certificate', withSignature(passed, { chain: [], revocation: [], timestamps: [], scopes: [], level: null })],
    [
      'qualified',
      {
        ...withSignature(passed, { qualification: { result: 'qualified-seal', why: [], service } }),
        trustedLists: [trustedList(false), trustedList(true)]
      }
    ],
    ['hostile', hostile()]
  ]
}

const nasty = `</Signer><evil a="1">&amp; ]]> \u0000\u0001\ud800 \ufffe " ' \r\n\t \u202e`

/** Everything that a file may have chosen. */
function hostile(): ValidationReport {
  const [first] = passed.signatures
  const name = { commonName: nasty, organization: nasty }
  const chain = first!.chain.map(one => ({ ...one, subject: name, issuer: name, organizationIdentifier: nasty }))
  return withSignature(passed, {
    id: nasty,
    format: 'PAdES',
    algorithm: nasty,
    hashes: ['sha256', nasty],
    signaturePolicy: nasty,
    claimedSigningTime: '+010000-01-01T00:00:00.000Z',
    chain,
    scopes: [{ name: nasty, kind: 'xml-node', complete: false }],
    timestamps: first!.timestamps.map(one => ({ ...one, id: nasty, policy: nasty, time: '0000-01-01T00:00:00.000Z' }))
  })
}

describe('the report of ETSI TS 119 102-2', () => {
  it('says the result, the process and the times', () => {
    const xml = writeEtsiReport(passed)
    const report = 'SignatureValidationReport'
    expect(at(xml, report, 'SignatureValidationStatus', 'MainIndication')).toEqual([
      'urn:etsi:019102:mainindication:total-passed'
    ])
    expect(at(xml, report, 'SignatureValidationStatus', 'SubIndication')).toEqual([])
    expect(texts(xml, 'SignatureValidationProcessID')).toEqual(['urn:etsi:019102:validationprocess:LTVM'])
    expect(texts(xml, 'ValidationTime')).toEqual(['2026-06-01T13:00:00.000Z'])
    expect(at(xml, report, 'ValidationTimeInfo', 'BestSignatureTime', 'POETime')).toEqual(['2026-06-01T12:00:01.000Z'])
    expect(at(xml, report, 'SignatureAttributes', 'SigningTime', 'Time')).toEqual(['2026-06-01T11:59:58.000Z'])
    expect(at(xml, report, 'SignerInformation', 'Signer')).toEqual(['Gmina Żółwin'])
    expect(texts(xml, 'g:OrganizationIdentifier')).toEqual(['VATPL-5260250274'])
    expect(texts(xml, 'SigPolicyId')).toEqual(['urn:oid:1.2.3.4'])
    expect(texts(xml, 'PolicyName')).toEqual(['goniec-default-1'])
  })

  it.each([
    ['indeterminate', 'indeterminate'],
    ['failed', 'total-failed'],
    ['changedPdf', 'indeterminate']
  ] as const)('of a signature that is %s says so, and why', async (sample, main) => {
    const report = await samples[sample]()
    const xml = writeEtsiReport(report)
    const status = ['SignatureValidationReport', 'SignatureValidationStatus']
    expect(at(xml, ...status, 'MainIndication')).toEqual([`urn:etsi:019102:mainindication:${main}`])
    expect(at(xml, ...status, 'SubIndication')).toEqual([
      `urn:etsi:019102:subindication:${report.signatures[0]!.subIndication}`
    ])
    const codes = all(xml, 'g:Reason').map(one => one.getAttribute('code'))
    expect(codes).toEqual(expect.arrayContaining(report.signatures[0]!.reasons.map(({ code }) => code)))
  })

  it('tells of revocation with time and reason', async () => {
    const xml = writeEtsiReport(await samples.revoked())
    const status = only(xml, 'RevocationStatusInformation')
    expect(status.getElementsByTagName('RevocationTime')[0]!.textContent).toBe('2026-05-20T08:00:00.000Z')
    expect(status.getElementsByTagName('RevocationReason')[0]!.textContent).toBe(
      'urn:etsi:019102:revocationReason:keyCompromise'
    )
  })

  it('lists each object once, and refers to nothing else', async () => {
    for (const [, report] of await everySample()) {
      const xml = writeEtsiReport(report)
      const ids = [...xml.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id)
      const own = all(xml, 'ValidationObject').flatMap(one => one.getAttribute('id') ?? [])
      expect(new Set(own).size).toBe(own.length)
      const references = [...xml.matchAll(/VOReference="([^"]+)"/g)].flatMap(([, list]) => list!.split(' '))
      expect(references.filter(one => !ids.includes(one))).toEqual([])
    }
  })

  it('names certificates, tokens and answers by their digests', () => {
    const xml = writeEtsiReport(passed)
    const digests = texts(xml, 'ds:DigestValue').map(text => Buffer.from(text ?? '', 'base64').toString('hex'))
    const [signature] = passed.signatures
    for (const { sha256 } of [...signature!.chain, ...signature!.revocation, ...signature!.timestamps])
      expect(digests).toContain(sha256)
    expect(digests).toContain(signature!.signatureSha256)
    expect(digests).toContain(signature!.scopes[0]!.digest!.value)
    const described = all(xml, 'g:Certificate').map(one => one.getAttribute('serial'))
    for (const { serial } of [...signature!.chain, ...signature!.timestamps[0]!.chain])
      expect(described).toContain(serial)
  })

  it('tells what each time stamp proves, if it passed', () => {
    const [first] = passed.signatures
    const stamps = first!.timestamps.map((stamp, i) => (i === 1 ? { ...stamp, indication: 'FAILED' as const } : stamp))
    const count = (report: ValidationReport) => all(writeEtsiReport(report), 'POEProvisioning').length
    expect(count(passed)).toBe(3)
    expect(count(withSignature(passed, { timestamps: stamps }))).toBe(2)
    const data = all(writeEtsiReport(passed), 'ValidationObject').find(one =>
      one.textContent?.includes('decyzja nr 17')
    )!
    expect(data.getElementsByTagName('POETime')[0]!.textContent).toBe('2026-06-01T11:59:50.000Z')
  })

  it('reports stand-alone time stamps as objects with their own result', async () => {
    const xml = writeEtsiReport(await samples.timestampAlone())
    const object = all(xml, 'ValidationObject').find(one => one.getElementsByTagName('ValidationReport').length > 0)!
    expect(object.getElementsByTagName('MainIndication')[0]!.textContent).toBe('urn:etsi:019102:mainindication:passed')
    expect(object.getElementsByTagName('POEProvisioning')).toHaveLength(1)
    const main = at(xml, 'SignatureValidationReport', 'SignatureValidationStatus', 'MainIndication')
    expect(main).toEqual(['urn:etsi:019102:mainindication:indeterminate'])
    expect(xml).toContain('no-signature-found')
  })

  it('is not positive about a file in which something was not judged', () => {
    const xml = writeEtsiReport({ ...passed, notJudged: 12 })
    const main = at(xml, 'SignatureValidationReport', 'SignatureValidationStatus', 'MainIndication')
    expect(main).toEqual(
      ['passed', 'indeterminate'].map(
        one => `urn:etsi:019102:mainindication:${one === 'passed' ? 'total-passed' : one}`
      )
    )
    expect(xml).toMatch(/not-judged<\/Type><Value[^>]*>12</)
    expect(writeEtsiReport(passed)).not.toContain('not-judged')
  })

  it('calls an outdated algorithm not secure, and says until when it was', () => {
    const secure = (changed: object) => {
      const information = only(writeEtsiReport(withSignature(passed, changed)), 'CryptoInformation')
      return ['SecureAlgorithm', 'NotAfter'].map(name => information.getElementsByTagName(name)[0]?.textContent)
    }
    expect(secure({})).toEqual(['true', '2029-01-01T00:00:00.000Z'])
    expect(secure({ hashes: ['sha1'] })).toEqual(['false', '2012-08-01T00:00:00.000Z'])
    expect(secure({ algorithm: 'urn:nobody-knows' })).toEqual(['false', undefined])
    const pss = { algorithm: 'http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1' }
    expect(secure(pss)).toEqual(['true', undefined])
  })

  it('tells the qualification in the words that readers know', () => {
    const quality = (changed: object) =>
      texts(writeEtsiReport(withSignature(passed, changed)), 'SignatureQualityInformation')
    const urn = 'urn:cef:dss:signatureQualification:'
    const not = { qualification: { result: 'not-qualified', why: ['no-listed-service'] } }
    expect(quality({})).toEqual([])
    expect(quality({ qualification: { result: 'qualified-seal', why: [] } })).toEqual([`${urn}QESeal`])
    expect(quality(not)).toEqual([`${urn}AdESeal`])
    expect(quality({ ...not, indication: 'INDETERMINATE' })).toEqual([`${urn}indeterminateAdESeal`])
    expect(quality({ ...not, indication: 'TOTAL-FAILED' })).toEqual([`${urn}notAdES`])
  })

  it('is always written the same, and never broken by what a file says', async () => {
    for (const [, report] of await everySample()) {
      const xml = writeEtsiReport(report)
      expect(writeEtsiReport(JSON.parse(JSON.stringify(report)) as ValidationReport)).toBe(xml)
    }
    const xml = writeEtsiReport(hostile())
    expect(all(xml, 'evil')).toEqual([])
    const readable = nasty.replace(/[\u0000\u0001\ud800\ufffe]/g, '\ufffd')
    expect(at(xml, 'SignatureValidationReport', 'SignerInformation', 'Signer')).toEqual([readable])
  })
})

describe('the schema of ETSI', () => {
  const schemas = resolve(process.env.GONIEC_SHARED ?? '../shared', 'schemas/etsi-xsd')
  const there = existsSync(schemas) && spawnSync('xmllint', ['--version']).error === undefined
  if (!there) process.stderr.write(`SKIPPED: no xmllint, or no schemas at ${schemas}\n`)
  const folder = mkdtempSync(join(tmpdir(), 'goniec-report-'))
  afterAll(() => rmSync(folder, { recursive: true }))

  /** The schemas name each other by addresses in the network; these copies, by files. */
  function schemaFiles(): string {
    const files: Readonly<Record<string, string>> = {
      'http://www.w3.org/2000/09/xmldsig#': 'xmldsig-core-schema.xsd',
      'http://uri.etsi.org/01903/v1.3.2#': 'XAdES01903v132-202407.xsd',
      'http://uri.etsi.org/02231/v2#': 'ts_119612v020401_xsd.xsd',
      'http://www.w3.org/XML/1998/namespace': 'xml.xsd'
    }
    const main = 'TS119102-2-v141.xsd'
    for (const file of [main, ...Object.values(files)]) {
      const text = readFileSync(join(schemas, file), 'utf8')
        .replace(/<!DOCTYPE[^[>]*(\[[^\]]*\])?[^>]*>/, '')
        .replace(
          /(<(?:\w+:)?import\s[^>]*namespace=["']([^"']+)["'][^>]*schemaLocation=["'])[^"']+/g,
          (_, start, uri) => `${start as string}${files[uri as string]!}`
        )
      writeFileSync(join(folder, file), text)
    }
    return join(folder, main)
  }

  ;(there ? it : it.skip)('validates every kind of report', async () => {
    const schema = schemaFiles()
    const reports = await everySample()
    const names = reports.map(([, report], i) => {
      writeFileSync(join(folder, `${i}.xml`), writeEtsiReport(report))
      return `${i}.xml`
    })
    const check = (...files: string[]) =>
      execFileSync('xmllint', ['--noout', '--nonet', '--schema', schema, ...files], { cwd: folder, stdio: 'pipe' })
    // throws with what xmllint says when a file is not valid
    check(...names)
    const broken = writeEtsiReport(passed).replace(/<MainIndication>[^<]*<\/MainIndication>/, '')
    writeFileSync(join(folder, 'broken.xml'), broken)
    expect(() => check('broken.xml')).toThrow(/MainIndication/)
  })
})
