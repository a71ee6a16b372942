import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DateTime } from 'luxon'
import { isDayOff } from './days-off.js'
import { deliveryExpected, matchReading } from './legal-clock.js'

describe('the three readings, counted by hand', () => {
  it.each([
    // D.1 (UTC), arrival in Poland, operator's rule, statute, statute with the move
    ['2026-01-01T12:00:00Z', '2026-01-01', '2026-01-15', '2026-01-16', '2026-01-16'],
    ['2026-02-28T23:30:00Z', '2026-03-01', '2026-03-16', '2026-03-16', '2026-03-17'], // Sunday 15 March
    ['2026-03-22T11:00:00Z', '2026-03-22', '2026-04-07', '2026-04-06', '2026-04-08'], // Easter Sunday, then Monday off
    ['2026-03-28T23:30:00Z', '2026-03-29', '2026-04-13', '2026-04-13', '2026-04-14'], // after the clocks change
    ['2026-04-17T08:00:00Z', '2026-04-17', '2026-05-04', '2026-05-02', '2026-05-05'], // 1 May Friday, weekend with 3 May
    ['2026-05-21T08:00:00Z', '2026-05-21', '2026-06-05', '2026-06-05', '2026-06-06'], // Corpus Christi on the 14th day
    ['2026-06-30T21:59:59Z', '2026-06-30', '2026-07-14', '2026-07-15', '2026-07-15'],
    ['2026-06-30T22:00:00Z', '2026-07-01', '2026-07-15', '2026-07-16', '2026-07-16'],
    ['2026-08-01T08:00:00Z', '2026-08-01', '2026-08-17', '2026-08-16', '2026-08-18'], // 15 August is a Saturday
    ['2026-10-28T08:00:00Z', '2026-10-28', '2026-11-12', '2026-11-12', '2026-11-13'], // 11 November on the 14th day
    ['2023-12-10T10:00:00Z', '2023-12-10', '2023-12-27', '2023-12-25', '2023-12-28'], // Sunday 24, then 25, 26
    ['2024-02-15T10:00:00Z', '2024-02-15', '2024-02-29', '2024-03-01', '2024-03-01']
  ])('%s', (d1, arrivalDate, byOperatorRule, byStatute, byStatuteShifted) => {
    const sorted = [byOperatorRule, byStatute, byStatuteShifted].sort()
    expect(deliveryExpected(new Date(d1))).toEqual({
      arrivalDate,
      byOperatorRule,
      byStatute,
      byStatuteShifted,
      notEarlierThan: sorted[0],
      notLaterThan: sorted[2]
    })
  })
})

describe('which reading a proof follows', () => {
  const d1 = new Date('2026-12-10T10:00:00Z')
  it.each([
    ['2026-12-28', ['R13']],
    ['2026-12-25', ['S']],
    ['2026-12-29', ['S-shifted']],
    ['2026-12-24', []]
  ])('%s', (day, readings) => expect(matchReading(d1, day)).toEqual(readings))

  it('names all that fall on one day, and turns an instant into a Polish day', () => {
    const plain = new Date('2026-11-02T09:15:00Z')
    expect(matchReading(plain, new Date('2026-11-16T23:00:00Z'))).toEqual(['S', 'S-shifted'])
    expect(matchReading(plain, new Date('2026-11-16T22:59:59Z'))).toEqual(['R13'])
  })
})

describe('days off', () => {
  const off = (iso: string) => isDayOff(DateTime.fromISO(iso, { zone: 'Europe/Warsaw' }))

  it('agree for 30 years with a table made from the act and the reckoning of Easter', () => {
    for (let year = 2020; year < 2050; year++) {
      const easter = easterOf(year)
      const movable = [0, 1, 49, 60].map(days => easter.plus({ days }).toISODate())
      const fixed = ['01-01', '01-06', '05-01', '05-03', '08-15', '11-01', '11-11', '12-25', '12-26']
      const table = new Set([
        ...movable,
        ...fixed.map(day => `${year}-${day}`),
        ...(year >= 2025 ? [`${year}-12-24`] : [])
      ])
      for (let day = DateTime.utc(year, 1, 1); day.year === year; day = day.plus({ days: 1 })) {
        const iso = day.toISODate()!
        expect([iso, off(iso)]).toEqual([iso, day.weekday >= 6 || table.has(iso)])
      }
    }
  })

  it('count Christmas Eve since 2025 only', () => {
    expect(['2024-12-24', '2025-12-24'].map(off)).toEqual([false, true])
  })
})

const vectors = join(process.env.GONIEC_SHARED ?? '../shared', 'fixtures/deemed-delivery-vectors.csv')
const itWithVectors = existsSync(vectors) ? it : it.skip
if (itWithVectors === it.skip) console.warn(`skipped: ${vectors} is not here`)

itWithVectors('agrees with every line of the published vectors', () => {
  const [header, ...lines] = readFileSync(vectors, 'utf8').trim().split(/\r?\n/)
  expect(header).toBe('d1_utc,d1_warsaw,arrival_date,day14,day14_weekday,op_R13_date,statute_date,statute_shifted')
  expect(lines.length).toBeGreaterThan(10)
  for (const line of lines) {
    const [d1, , arrivalDate, , , byOperatorRule, byStatute, byStatuteShifted] = line.split(',')
    const found = deliveryExpected(new Date(d1!))
    expect({ d1, ...found }).toMatchObject({ d1, arrivalDate, byOperatorRule, byStatute, byStatuteShifted })
  }
})

/** Easter Sunday of the Gregorian calendar, by the anonymous reckoning of 1876. */
function easterOf(year: number): DateTime {
  const a = year % 19
  const [b, c] = [Math.floor(year / 100), year % 100]
  const [d, e] = [Math.floor(b / 4), b % 4]
  const g = Math.floor((8 * b + 13) / 25)
  const h = (19 * a + b - d - g + 15) % 30
  const [i, k] = [Math.floor(c / 4), c % 4]
  const l = (32 + 2 * e + 2 * i - h - k) % 7
  const m = Math.floor((a + 11 * h + 22 * l) / 451)
  const sum = h + l - 7 * m + 114
  return DateTime.utc(year, Math.floor(sum / 31), (sum % 31) + 1)
}
