import { issue, makeSealer, nonRepudiation, rsa, sealQcStatements } from '../../test/test-authority.js'
import { describeCertificate } from './describe-certificate.js'

describe('describing a seal certificate', () => {
  it('says what stands in it', async () => {
    const { institution } = await makeSealer()
    const described = describeCertificate(institution.certificate, 'software')
    expect(described).toMatchObject({
      subject: { commonName: 'Gmina Testowa', organization: 'Gmina Testowa' },
      organizationIdentifier: 'VATPL-5260250274',
      issuer: { commonName: 'Test Issuing CA', organization: 'Test' },
      notBefore: new Date('2020-01-01T00:00:00Z'),
      notAfter: new Date('2040-01-01T00:00:00Z'),
      keyType: 'ec',
      keyBits: 256,
      keyUsage: ['nonRepudiation'],
      qcStatements: { compliance: false, sscd: false, types: [] },
      qualification: 'advanced-seal',
      warnings: ['not-a-qualified-seal-certificate']
    })
    expect(described.serial).toBe(institution.parsed.serialNumber.toUpperCase())
  })

  it('calls it qualified only when certificate and device are both', async () => {
    const { certificate } = await issue({
      subject: 'CN=Urząd, 2.5.4.97=VATPL-1',
      extensions: [nonRepudiation, sealQcStatements]
    })
    const inDevice = describeCertificate(certificate, 'qscd')
    expect(inDevice.qcStatements).toEqual({ compliance: true, sscd: true, types: ['eseal'] })
    expect(inDevice.qualification).toBe('qualified-seal')
    expect(inDevice.warnings).toEqual([])
    const inFile = describeCertificate(certificate, 'software')
    expect(inFile.qualification).toBe('advanced-seal')
    expect(inFile.warnings).toEqual(['qscd-claimed-but-key-in-software'])
    expect(inFile.subject.commonName).toBe('Urząd')
    const { qualification, warnings } = describeCertificate(certificate, 'device')
    expect([qualification, warnings]).toEqual(['advanced-seal', ['qscd-claimed-but-not-declared']])
  })

  it('warns of a short key, of missing usage and of a body without an identifier', async () => {
    const { certificate } = await issue({ subject: 'CN=Ktoś', key: rsa(2048) })
    const { warnings, keyBits, keyUsage, organizationIdentifier } = describeCertificate(certificate, 'qscd')
    expect(keyBits).toBe(2048)
    expect(keyUsage).toBeUndefined()
    expect(organizationIdentifier).toBeUndefined()
    expect(warnings).toEqual([
      'rsa-key-short',
      'no-non-repudiation',
      'no-organization-identifier',
      'not-a-qualified-seal-certificate'
    ])
  })
})
