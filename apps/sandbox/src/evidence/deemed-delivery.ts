import Holidays from 'date-holidays'
import { DateTime } from 'luxon'

const holidays = new Holidays('PL', { types: ['public'] })
const WARSAW = 'Europe/Warsaw'

/** How many days a non-public addressee has to collect a letter (art. 42(2) of the e-Delivery Act). */
const DAYS_TO_COLLECT = 14

/**
 * The calendar day (yyyy-MM-dd, Warsaw) on which the operator takes an uncollected letter as delivered, by its published
 * rule R13: the 14th day after the day of D.1; a last day that is a Saturday or a statutory day off moves to the next day
 * that is neither.
 */
export function deemedDeliveryDay(d1: Date): string {
  return lastDay(d1).toISODate() as string
}

/** The instant from which the period has lapsed: the end (24:00 in Warsaw) of the last day. */
export function deemedDeliveryInstant(d1: Date): Date {
  return lastDay(d1).plus({ days: 1 }).startOf('day').toJSDate()
}

/** Calendar days left until the last day to collect; 0 on that day and afterwards. */
export function daysToCollect(d1: Date, now: Date): number {
  const today = DateTime.fromJSDate(now, { zone: WARSAW }).startOf('day')
  return Math.max(0, Math.round(lastDay(d1).diff(today, 'days').days))
}

function lastDay(d1: Date): DateTime {
  let day = DateTime.fromJSDate(d1, { zone: WARSAW }).startOf('day').plus({ days: DAYS_TO_COLLECT })
  while (isOff(day)) day = day.plus({ days: 1 })
  return day
}

function isOff(day: DateTime): boolean {
  return day.weekday >= 6 || statutoryDaysOff(day.year).has(day.toISODate() as string)
}

const daysOffByYear = new Map<number, Set<string>>()

function statutoryDaysOff(year: number): Set<string> {
  const known = daysOffByYear.get(year)
  if (known) return known
  const days = new Set(holidays.getHolidays(year).map(holiday => holiday.date.slice(0, 10)))
  // Christmas Eve is a day off since 2025 (Act of 6 December 2024); libraries differ in knowing that.
  if (year >= 2025) days.add(`${year}-12-24`)
  else days.delete(`${year}-12-24`)
  daysOffByYear.set(year, days)
  return days
}
