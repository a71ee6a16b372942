import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { Refused } from '#platform'
import { threadTime } from '../../test/thread-time.js'
import { readXadesSignatures } from '../xades/read-xades.js'
import { BufferSource } from '../source.js'
import { TrustedList } from './trusted-list.js'
import { qualificationOf, timestampQualificationOf } from './qualification.js'

const file = resolve(process.env.GONIEC_SHARED ?? '../shared', 'fixtures/trusted-list/PL_TSL_seq139_2023-09-19.xml')
const present = existsSync(file)
if (!present) console.warn(`${file} is not here: a real trusted list is not read`)

;(present ? describe : describe.skip)('a real trusted list', () => {
  const xml = present ? readFileSync(file) : Buffer.alloc(0)
  const signers = present
    ? readXadesSignatures(new BufferSource(xml)).signatures.flatMap(
        ({ signingCertificate }) => signingCertificate ?? []
      )
    : []
  const now = new Date('2023-10-01T00:00:00Z')
  let list: TrustedList
  beforeAll(() => (list = TrustedList.read(xml, signers)))

  it('is read with its services and their history', () => {
    expect(list).toMatchObject({ territory: 'PL', sequenceNumber: 139 })
    expect(list.issued.toISOString()).toBe('2023-09-19T08:03:51.000Z')
    expect(list.isExpired(now)).toBe(false)
    expect(list.isExpired(new Date('2024-01-01T00:00:00Z'))).toBe(true)
    // Counted by the bytes, without any reader.
    const blocks = xml.toString('utf8').split('<TSPService>').slice(1)
    expect(list.services).toHaveLength(blocks.length)
    const granted = list.services.filter(({ periods }) => periods[0]!.status === 'granted')
    const inForce = blocks.filter(block => /<ServiceStatus>[^<]*/.exec(block)![0].endsWith('/granted'))
    expect(granted).toHaveLength(inForce.length)
    const changes = blocks.map(block => block.split('<ServiceHistoryInstance>').length)
    expect(list.services.map(({ periods }) => periods.length)).toEqual(changes)
    for (const { periods } of list.services)
      for (let i = 1; i < periods.length; i++) expect(periods[i - 1]!.from >= periods[i]!.from).toBe(true)
    expect(list.services.every(({ certificates }) => certificates.length > 0)).toBe(true)
    expect(list.trustAnchors().length).toBeGreaterThan(60)
  })

  it('is read quickly', () => {
    const start = threadTime()
    TrustedList.read(xml, signers)
    expect(threadTime() - start).toBeLessThan(2000)
  })

  it('is not believed when changed, when sealed by a stranger, or when it is something else', () => {
    const why = (bytes: Buffer, by = signers) => {
      try {
        TrustedList.read(bytes, by)
        return 'believed'
      } catch (error) {
        return error instanceof Refused ? `${error.type.code} ${String(error.facts.why)}` : 'crash'
      }
    }
    const text = xml.toString('utf8')
    const changed = text.replace('Svcstatus/withdrawn', 'Svcstatus/granted')
    expect(changed).not.toBe(text)
    expect(why(Buffer.from(changed))).toBe('sealing/trusted-list-wrong seal: HASH_FAILURE')
    expect(why(xml, [])).toBe('sealing/trusted-list-wrong sealed by a stranger')
    expect(why(Buffer.from('<a/>'))).toBe('sealing/trusted-list-wrong not exactly one seal')
    expect(why(xml.subarray(0, 5000))).toMatch(/^sealing\/trusted-list-wrong/)
    const added = text.replace('</TrustServiceStatusList>', '<TrustServiceProviderList/></TrustServiceStatusList>')
    expect(why(Buffer.from(added))).toBe('sealing/trusted-list-wrong seal: HASH_FAILURE')
  })

  it('says who is qualified, and since when', () => {
    const [tsa] = list.services.filter(
      ({ periods }) =>
        periods[0]!.type === 'TSA/QTST' && periods[0]!.status === 'granted' && periods[0]!.from.getUTCFullYear() > 2016
    )
    const path = tsa!.certificates.slice(0, 1)
    expect(timestampQualificationOf(path, now, [list], now)).toMatchObject({
      result: 'qualified-time-stamp',
      service: { territory: 'PL' }
    })
    expect(timestampQualificationOf(path, new Date('2010-01-01T00:00:00Z'), [list], now)).toMatchObject({
      result: 'not-qualified',
      why: ['not-granted-at-signing']
    })
    const past = new Date('2030-01-01T00:00:00Z')
    expect(timestampQualificationOf(path, now, [list], past)).toMatchObject({
      result: 'indeterminate',
      why: ['list-expired']
    })
    expect(timestampQualificationOf([], now, [list], now)).toEqual({
      result: 'not-qualified',
      why: ['no-listed-service']
    })
  })

  it('does not call a certificate of a listed authority qualified that does not say so', () => {
    const [ca] = list.services.filter(({ periods }) => periods[0]!.type === 'CA/QC' && periods[0]!.status === 'granted')
    const authority = ca!.certificates[0]!
    const found = qualificationOf(authority, [authority, authority], now, [list], now)
    expect(found.result).toBe('not-qualified')
  })
})
