import Holidays from 'date-holidays'
import type { DateTime } from 'luxon'

const calendar = new Holidays('PL')
const byYear = new Map<number, ReadonlySet<string>>()

/**
 * Saturdays, Sundays and statutory days off in Poland (act of 18 January 1951 on days off; Civil Code, art. 115 puts
 * Saturday beside them). Dated: 24 December is one since 2025 only.
 * @param day a day in the Polish time zone
 */
export function isDayOff(day: DateTime): boolean {
  return day.weekday >= 6 || statutoryDaysOff(day.year).has(day.toISODate() ?? '')
}

function statutoryDaysOff(year: number): ReadonlySet<string> {
  let days = byYear.get(year)
  if (!days) {
    const all = calendar.getHolidays(year).filter(holiday => holiday.type === 'public')
    days = new Set(all.map(holiday => holiday.date.slice(0, 10)))
    byYear.set(year, days)
  }
  return days
}
