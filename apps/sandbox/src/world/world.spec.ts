import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Faults } from './faults.js'
import { Ledger } from './ledger.js'
import type { OfficialId } from './scenario.js'
import { scenarioOf, scenarios, senderOfficeAt, senderOffices } from './scenarios.js'
import { StateStore } from './state-store.js'
import { WorldClock } from './world-clock.js'

let dir: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'goniec-world-'))
})
afterEach(() => rmSync(dir, { recursive: true, force: true }))

describe('scenarios', () => {
  test.each(scenarios.map(({ ade }) => ade))('%s has right check digits and its code in it', ade => {
    const [, one, two, letters, check] = /^AE:PL-(\d{5})-(\d{5})-([A-Z]{5})-(\d\d)$/.exec(ade)!
    const sum = [...letters!].reduce((total, letter) => total + letter.charCodeAt(0), 0)
    const digits = String(Math.abs(sum - Number(one) - Number(two)))
    expect([...digits].reduce((total, digit) => total + Number(digit), 0)).toBe(Number(check))
    expect(scenarioOf(ade)?.code).toBe(letters)
  })

  test('official numbers have right check digits and belong to one party each', () => {
    const ids = scenarios.flatMap(({ party }) => party.officialIds)
    expect(ids.filter(id => !isRight(id))).toEqual([])
    expect(isRight({ id: '91821110073', referenceRegistry: 'pesel' })).toBe(false)
    expect(new Set(ids.map(({ id, referenceRegistry }) => referenceRegistry + id)).size).toBe(ids.length)
  })

  test('the senders are public bodies of two tenants; nobody else is a sender', () => {
    expect(senderOffices.map(({ isPublic }) => isPublic)).toEqual([true, true, true])
    expect(new Set(senderOffices.map(({ tenantId }) => tenantId)).size).toBe(2)
    expect(senderOfficeAt('AE:PL-30000-40001-URZAD-23')).toBeUndefined()
    expect(scenarioOf('AE:PL-99999-99999-NIKTO-00')).toBeUndefined()
  })
})

function isRight({ id, referenceRegistry }: OfficialId): boolean {
  const weighed = (weights: number[]) => weights.reduce((sum, weight, index) => sum + weight * Number(id[index]), 0)
  const last = Number(id.at(-1))
  switch (referenceRegistry) {
    case 'pesel':
      return /^\d{11}$/.test(id) && (10 - (weighed([1, 3, 7, 9, 1, 3, 7, 9, 1, 3]) % 10)) % 10 === last
    case 'nip':
      return /^\d{10}$/.test(id) && weighed([6, 5, 7, 2, 3, 4, 5, 6, 7]) % 11 === last
    case 'regon':
      return /^\d{9}$/.test(id) && (weighed([8, 9, 2, 3, 4, 5, 6, 7]) % 11) % 10 === last
    case 'krs':
      return /^\d{10}$/.test(id)
  }
}

describe('the clock', () => {
  test('tells its listeners the new time before it returns, until they leave', () => {
    const clock = new WorldClock(new StateStore(dir))
    const heard: number[] = []
    const leave = clock.onAdvance(now => heard.push(now.getTime()))
    const after = clock.advance('PT36H')
    leave()
    clock.advance('PT1H')
    expect(heard).toEqual([after.getTime()])
  })

  test('counts months by the calendar and days as 24 hours', () => {
    const clock = new WorldClock(new StateStore(dir))
    clock.advance('P1Y')
    const year = clock.offsetMs / 86_400_000
    expect([365, 366]).toContain(year)
    clock.advance('P1DT0.5S')
    expect(clock.offsetMs / 86_400_000 - year).toBeCloseTo(1 + 0.5 / 86_400, 9)
  })

  test('does not make calendar months of many seconds', () => {
    const clock = new WorldClock(new StateStore(dir))
    clock.advance(`PT${100 * 86_400}S`)
    expect(clock.offsetMs).toBe(100 * 86_400_000)
  })

  test('an advance is on disk before it is announced: a world killed right after it remembers', () => {
    new WorldClock(new StateStore(dir)).advance('P14D')
    expect(new WorldClock(new StateStore(dir)).offsetMs).toBe(14 * 86_400_000)
  })
})

describe('the state', () => {
  test('is written soon after it is saved, and several saves are one writing', () => {
    jest.useFakeTimers()
    try {
      const store = new StateStore(dir)
      const live = { letters: 1 }
      store.save('mailbox', live)
      live.letters = 2
      store.save('mailbox', live)
      expect(new StateStore(dir).load('mailbox')).toBeUndefined()
      jest.runAllTimers()
      expect(new StateStore(dir).load('mailbox')).toEqual({ letters: 2 })
    } finally {
      jest.useRealTimers()
    }
  })

  test('a spoilt file is not taken for an empty world', () => {
    writeFileSync(join(dir, 'state.json'), '{"clock')
    expect(() => new StateStore(dir)).toThrow(/cannot read its own state/)
  })
})

describe('the ledger', () => {
  const open = () => new Ledger(dir, new WorldClock(new StateStore(dir)))

  test('keeps world time beside real time', () => {
    const clock = new WorldClock(new StateStore(dir))
    clock.advance('P10D')
    const { worldTime, realTime } = new Ledger(dir, clock).write({ surface: 'purde', action: 'letter-taken' })
    expect(Date.parse(worldTime) - Date.parse(realTime)).toBeCloseTo(10 * 86_400_000, -3)
  })

  test('goes on counting after a restart, also over a line that broke off', () => {
    const first = open()
    first.write({ surface: 'purde', action: 'letter-taken', messageId: 'one' })
    first.close()
    appendFileSync(join(dir, 'ledger.ndjson'), '{"seq":2,"surf')
    const second = open()
    expect(second.write({ surface: 'purde', action: 'letter-taken', messageId: 'two' }).seq).toBe(2)
    second.close()
    const third = open()
    expect(third.entries({ where: { messageId: 'two' } })).toHaveLength(1)
    expect(third.entries().map(({ seq }) => seq)).toEqual([1, 2])
    expect(readFileSync(join(dir, 'ledger.ndjson'), 'utf8').split('\n')).toHaveLength(4)
    third.close()
  })

  test('can be waited on', async () => {
    const ledger = open()
    const both = ledger.seen({ action: 'letter-taken' }, 2)
    ledger.write({ surface: 'purde', action: 'letter-taken' })
    ledger.write({ surface: 'purde', action: 'draft-created' })
    ledger.write({ surface: 'purde', action: 'letter-taken' })
    expect((await both).map(({ seq }) => seq)).toEqual([1, 3])
    ledger.close()
  })
})

test('a surface that was told to be up differs from one that nobody touched', () => {
  const faults = new Faults(new StateStore(dir))
  expect(faults.of('purde')).toEqual({ mode: 'up', share: 1, told: false })
  faults.set('purde', 'up')
  expect(faults.of('purde').told).toBe(true)
  faults.reset()
  expect(faults.of('purde').told).toBe(false)
})

test('a tenth of the requests is one in ten', () => {
  const faults = new Faults(new StateStore(dir))
  faults.set('tsa', 'down', 0.1)
  const hits = Array.from({ length: 100 }, () => faults.next('tsa')).filter(mode => mode === 'down')
  expect(hits).toHaveLength(10)
  faults.set('tsa', 'down', 0)
  expect(faults.next('tsa')).toBe('up')
})

test('a fault for so many requests is over after them, and counts only those that it is for', () => {
  const faults = new Faults(new StateStore(dir))
  faults.set('bae', 'down', 0.5, { times: 2, only: 'eda-search' })
  const paths = [
    '/bae_search',
    '/eda-search',
    '/eda-search',
    '/bae_search',
    '/eda-search',
    '/eda-search',
    '/eda-search'
  ]
  const seen = paths.map(path => faults.next('bae', path))
  expect(seen).toEqual(['up', 'up', 'down', 'up', 'up', 'down', 'up'])
  expect(faults.of('bae')).toEqual({ mode: 'up', share: 1, told: true })
})

test('faults in signing leave the client its way to signing', () => {
  const faults = new Faults(new StateStore(dir))
  faults.set('csc', 'lost-answer')
  expect(faults.next('csc', '/csc/oauth2/token')).toBe('up')
  expect(faults.next('csc', '/csc/v1/signatures/signHash')).toBe('lost-answer')
  faults.set('csc', 'down')
  expect(faults.next('csc', '/csc/oauth2/token')).toBe('down')
})
