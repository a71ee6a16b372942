import { IANAZone } from 'luxon'
import { type Html, html, value } from './html.js'

const warsaw = IANAZone.create('Europe/Warsaw')
const names: Readonly<Record<number, string>> = { 60: 'CET', 120: 'CEST' }

/** A time as people in Poland read it, with its zone, and in UTC beside; what is no time stands as it is. */
export function moment(time: string | undefined): Html {
  if (time === undefined) return html`–`
  const at = Date.parse(time)
  // Europe/Warsaw would lead out of the years that ISO 8601 writes with four digits, or to offsets with seconds.
  if (Number.isNaN(at) || at < -1e12 || at > 253_402_200_000_000) return value(time)
  const offset = warsaw.offset(at)
  const local = spelled(at + offset * 60_000)
  return html`<time datetime="${new Date(at).toISOString()}"
      >${local} ${names[offset] ?? `UTC${offset < 0 ? '-' : '+'}${Math.abs(offset) / 60}`}</time
    >
    <span class="utc">(${spelled(at)} UTC)</span>`
}

/** To the second; thousandths only where there are any, as in time stamps. */
function spelled(at: number): string {
  const text = new Date(at).toISOString()
  return `${text.slice(0, 10)} ${text.slice(11, 19)}${text.slice(19, 23).replace('.000', '')}`
}

/** Whole days between two times; 0 when either is no time. */
export function daysBetween(from: string, to: string): number {
  const days = (Date.parse(to) - Date.parse(from)) / 86_400_000
  return Number.isNaN(days) ? 0 : Math.max(0, Math.floor(days))
}
