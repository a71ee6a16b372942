import { DateTime } from 'luxon'
import type { LegalReading } from '#letter'
import { isDayOff } from './days-off.js'

/**
 * A reading of "14 days from the day of arrival" (art. 42(2) of the e-delivery act).
 * `S`: the statute as it stands, delivered on the day after the 14th day. `R13`: the operator's published rule, delivered on
 * the 14th day, which moves off Saturdays and days off (Civil Code, art. 115). `S-shifted`: the statute with that move.
 */
type Reading = LegalReading

/** When an uncollected letter will count as delivered. All are calendar days in Poland, `yyyy-MM-dd`. */
export interface DeliveryExpectation {
  arrivalDate: string
  byOperatorRule: string
  byStatute: string
  byStatuteShifted: string
  /** Earliest and latest over the readings: what may be told before the proof of receipt is there. */
  notEarlierThan: string
  notLaterThan: string
}

const ZONE = 'Europe/Warsaw'
const DAYS = 14

/**
 * The three readings for a letter that was made available at `d1` (event time of D.1). The instant becomes a Polish
 * calendar day first and days are counted then: hours would go wrong at midnight and when the clocks change.
 */
export function deliveryExpected(d1: Date): DeliveryExpectation {
  const arrival = DateTime.fromJSDate(d1, { zone: ZONE }).startOf('day')
  const day14 = arrival.plus({ days: DAYS })
  let lastDay = day14
  while (isDayOff(lastDay)) lastDay = lastDay.plus({ days: 1 })
  const byOperatorRule = lastDay.toISODate()!
  const byStatute = day14.plus({ days: 1 }).toISODate()!
  const byStatuteShifted = lastDay.plus({ days: 1 }).toISODate()!
  const sorted = [byOperatorRule, byStatute, byStatuteShifted].sort()
  return {
    arrivalDate: arrival.toISODate()!,
    byOperatorRule,
    byStatute,
    byStatuteShifted,
    notEarlierThan: sorted[0]!,
    notLaterThan: sorted[2]!
  }
}

/**
 * Which readings the date of a proof of receipt follows. Readings can fall on one day, so there may be several; none means
 * that the proof follows a rule that we do not know, which somebody should look at.
 * @param received the proof's date: an instant, or a Polish calendar day `yyyy-MM-dd`
 */
export function matchReading(d1: Date, received: Date | string): Reading[] {
  const day = typeof received === 'string' ? received : DateTime.fromJSDate(received, { zone: ZONE }).toISODate()
  const expected = deliveryExpected(d1)
  const readings: [Reading, string][] = [
    ['S', expected.byStatute],
    ['R13', expected.byOperatorRule],
    ['S-shifted', expected.byStatuteShifted]
  ]
  return readings.filter(([, date]) => date === day).map(([reading]) => reading)
}
