import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DateTime } from 'luxon'
import { until, World } from './world.js'

const NIEOD = 'AE:PL-30000-40003-NIEOD-30'
const POZNY = 'AE:PL-30000-40017-POZNY-22'
const warsaw = (instant: string | Date) => DateTime.fromJSDate(new Date(instant), { zone: 'Europe/Warsaw' })

describe('a letter that nobody collects', () => {
  let world: World
  beforeAll(async () => (world = await World.start()))
  afterAll(() => world.close())

  const now = () => world.sandbox.clock.now()
  /** Evidence of both kinds that are in doubt here, in the order of arrival. */
  const kinds = async (id: string) => (await world.evidence(id)).map(item => item.kind)

  it('waits for collection, with the days on which each reading of the law would end it', async () => {
    const id = await world.send(NIEOD)
    // proofs are read one after the other: the day may be known a moment before the state
    const letter = await world.until(id, l => l.expectedDelivery !== null && l.legalStatus !== 'dispatched')
    expect([letter.progress, letter.legalStatus, letter.deliveredAt]).toEqual([
      'handed-over',
      'awaiting-collection',
      null
    ])
    const arrival = warsaw(letter.availableAt!).startOf('day')
    const { arrivalDate, byOperatorRule, byStatute } = letter.expectedDelivery!
    expect(arrivalDate).toBe(arrival.toISODate())
    expect(byStatute).toBe(arrival.plus({ days: 15 }).toISODate())
    expect(byOperatorRule >= arrival.plus({ days: 14 }).toISODate()!).toBe(true)
  })

  it('is deemed delivered only once the proof says so, on the day that the proof says', async () => {
    const id = await world.send(NIEOD)
    const waiting = await world.until(id, l => l.expectedDelivery !== null)
    await world.advance('P13D')
    // something else goes the whole way meanwhile: the gateway has looked at this address since
    const other = await world.send('AE:PL-30000-40001-URZAD-23')
    await world.until(other, l => l.progress === 'archived')
    expect(await world.letter(id)).toMatchObject({ legalStatus: 'awaiting-collection', deliveredAt: null })

    // the evening before: the day is reached, the proof is not there yet, and no date is invented
    const lastDay = DateTime.fromISO(waiting.expectedDelivery!.byOperatorRule, { zone: 'Europe/Warsaw' })
    const toEvening = lastDay.endOf('day').minus({ minutes: 5 }).diff(DateTime.fromJSDate(now()))
    if (toEvening.toMillis() > 0) await world.advance(toEvening.toISO()!)
    const third = await world.send('AE:PL-30000-40001-URZAD-23')
    await world.until(third, l => l.progress === 'archived')
    expect(await world.letter(id)).toMatchObject({ legalStatus: 'awaiting-collection', deliveredAt: null })
    expect(await kinds(id)).not.toContain('BP.OX')

    await world.advance('P3D')
    const letter = await world.until(id, l => l.progress === 'archived')
    expect(letter.legalStatus).toBe('deemed-delivered')
    const proof = (await world.evidence(id)).find(item => item.kind === 'BP.OX')!
    expect(proof.indication).toBe('PASSED')
    expect(letter.deliveredAt).toBe(new Date(proof.facts!['receivedAt'] as string).toISOString())
    expect(warsaw(letter.deliveredAt!).toISODate()).toBe(waiting.expectedDelivery!.byOperatorRule)
    expect(await kinds(id)).not.toContain('E.1')
  })

  it('stays deemed delivered, on the same day, when an E.1 turns up late', async () => {
    const id = await world.send(POZNY)
    await world.until(id, l => l.expectedDelivery !== null)
    await world.advance('P19D')
    const quiet = await world.send('AE:PL-30000-40001-URZAD-23')
    await world.until(quiet, l => l.progress === 'archived')
    expect((await world.letter(id)).legalStatus).toBe('awaiting-collection')

    await world.advance('P3D')
    await world.until(id, l => l.deliveredAt !== null)
    const letter = await world.until(id, l => l.progress === 'archived')
    expect(letter.legalStatus).toBe('deemed-delivered')

    // collections go on only while a letter of the address waits: this one does
    await world.send(NIEOD)
    await until('the late E.1 is here', async () => (await kinds(id)).includes('E.1'))
    const evidence = await world.evidence(id)
    const [proof, late] = ['BP.OX', 'E.1'].map(kind => evidence.find(item => item.kind === kind)!)
    expect([proof!.indication, late!.indication]).toEqual(['PASSED', 'PASSED'])
    expect(new Date(late!.facts!['eventTime'] as string) < new Date(letter.deliveredAt!)).toBe(true)
    const { legalStatus, deliveredAt } = await world.letter(id)
    expect([legalStatus, deliveredAt]).toEqual([
      'deemed-delivered',
      new Date(proof!.facts!['receivedAt'] as string).toISOString()
    ])
  })
})

const vectorsFile = join(process.env.GONIEC_SHARED ?? '../shared', 'fixtures/deemed-delivery-vectors.csv')
const hasVectors = existsSync(vectorsFile)
if (!hasVectors) console.warn(`SKIPPED: ${vectorsFile} is absent, expected dates are not compared with it`)

;(hasVectors ? describe : describe.skip)('days expected for a letter that arrives on', () => {
  let world: World
  beforeAll(async () => (world = await World.start()))
  afterAll(() => world.close())

  // the clock only moves forward, so only vectors that are still ahead can be lived through; those a moment before
  // midnight would arrive on the next day
  const vectors = (hasVectors ? readFileSync(vectorsFile, 'utf8').trim().split('\n').slice(1) : [])
    .map(line => line.trim().split(','))
    .map(([d1, , arrivalDate, , , byOperatorRule, byStatute, byStatuteShifted]) => ({
      d1: d1!,
      expected: { arrivalDate, byOperatorRule, byStatute, byStatuteShifted }
    }))
    .filter(({ d1 }) => Date.parse(d1) > Date.now() + 86_400_000)
    .filter(({ d1, expected }) => warsaw(new Date(Date.parse(d1) + 600_000)).toISODate() === expected.arrivalDate)
    .sort((a, b) => Date.parse(a.d1) - Date.parse(b.d1))

  it('the days of the vectors, lived through one after the other', async () => {
    expect(vectors.length).toBeGreaterThan(0)
    for (const { d1, expected } of vectors) {
      const ahead = Date.parse(d1) - world.sandbox.clock.now().getTime()
      if (ahead > 0) await world.advance(`PT${ahead / 1000}S`)
      const id = await world.send(NIEOD)
      const letter = await world.until(id, l => l.expectedDelivery !== null)
      expect(letter.expectedDelivery).toEqual(expected)
    }
  }, 90_000)
})
