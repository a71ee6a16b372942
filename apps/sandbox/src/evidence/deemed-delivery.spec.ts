import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { daysToCollect, deemedDeliveryDay, deemedDeliveryInstant } from './deemed-delivery.js'

const vectors = join(resolve(process.env.GONIEC_SHARED ?? '../shared'), 'fixtures/deemed-delivery-vectors.csv')

describe('deemed delivery by the rule of the operator', () => {
  const itWithVectors = existsSync(vectors) ? it : it.skip
  if (!existsSync(vectors)) console.warn('skipped: ../shared with the vectors is not here')

  itWithVectors('agrees with every published vector', () => {
    const [header = '', ...lines] = readFileSync(vectors, 'utf8').trim().split('\n')
    const column = (line: string, name: string) => line.split(',')[header.trim().split(',').indexOf(name)] ?? ''
    expect(lines.length).toBeGreaterThan(10)
    for (const line of lines) {
      const d1 = column(line.trim(), 'd1_utc')
      expect([d1, deemedDeliveryDay(new Date(d1))]).toEqual([d1, column(line.trim(), 'op_R13_date')])
    }
  })

  it('lapses at midnight of Warsaw after the last day, also across a change of the clocks', () => {
    expect(deemedDeliveryInstant(new Date('2026-10-12T08:00:00Z')).toISOString()).toBe('2026-10-26T23:00:00.000Z')
    expect(deemedDeliveryInstant(new Date('2026-07-01T22:10:00Z')).toISOString()).toBe('2026-07-16T22:00:00.000Z')
  })

  it('counts the days that are left and never below zero', () => {
    const d1 = new Date('2026-11-02T09:15:00Z')
    expect(daysToCollect(d1, d1)).toBe(14)
    expect(daysToCollect(d1, new Date('2026-11-15T23:30:00Z'))).toBe(0)
    expect(daysToCollect(d1, new Date('2027-01-01T00:00:00Z'))).toBe(0)
  })
})
