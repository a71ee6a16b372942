/**
 * Small pieces of PDF content streams (ISO 32000-1, 7.8.2 and annex A).
 *
 * All colours are written in one calibrated space, CalRGB with the primaries of sRGB. PDF/A permits device colours only
 * where the file's output intent fits them (ISO 19005-1, 6.2.3; ISO 19005-2, 6.2.4.3), and a seal is put on files of any
 * intent, or none: RGB, CMYK or grey. A calibrated colour is right in all of them. Greys are RGB too: some viewers tint
 * CalGray.
 */

/** Red, green and blue, each from 0 to 1. */
export type Rgb = readonly [number, number, number]

/** The colour space of RGB samples: primaries and white of sRGB (IEC 61966-2-1), its curve approximated by gamma 2.2. */
export const rgbSpace =
  '[/CalRGB << /WhitePoint [0.9505 1 1.089] /Gamma [2.2 2.2 2.2] ' +
  '/Matrix [0.4124 0.2126 0.0193 0.3576 0.7152 0.1192 0.1805 0.0722 0.9505] >>]'

/** The /ColorSpace entry that `fillColour` and `strokeColour` count on in the resources of their content stream. */
export const colourResources = `/ColorSpace << /C ${rgbSpace} >>`

/** What follows the whole number, by thousandths. Turning doubles into text took half the time of placing a seal. */
const fractions = Array.from({ length: 1000 }, (_, thousandths) => String(thousandths / 1000).slice(1))

/** A number as PDF writes it: no exponent, at most three decimals. For numbers below 1e12. */
export function decimal(value: number): string {
  const thousandths = Math.round(Math.abs(value) * 1000)
  const whole = Math.floor(thousandths / 1000)
  const text = whole + fractions[thousandths - whole * 1000]!
  return value < 0 && thousandths > 0 ? `-${text}` : text
}

/** Numbers with spaces between. */
export function decimals(...values: readonly number[]): string {
  let out = ''
  for (const value of values) out += out ? ` ${decimal(value)}` : decimal(value)
  return out
}

/** Operators that set the colour of areas and text. */
export function fillColour(colour: Rgb): string {
  return `/C cs ${decimals(...colour)} sc`
}

/** Operators that set the colour of lines. */
export function strokeColour(colour: Rgb): string {
  return `/C CS ${decimals(...colour)} SC`
}

const named: Readonly<Record<string, string>> = {
  black: '#000000',
  white: '#ffffff',
  gray: '#808080',
  grey: '#808080',
  silver: '#c0c0c0',
  red: '#ff0000',
  maroon: '#800000',
  yellow: '#ffff00',
  olive: '#808000',
  lime: '#00ff00',
  green: '#008000',
  aqua: '#00ffff',
  cyan: '#00ffff',
  teal: '#008080',
  blue: '#0000ff',
  navy: '#000080',
  fuchsia: '#ff00ff',
  magenta: '#ff00ff',
  purple: '#800080',
  orange: '#ffa500',
  gold: '#ffd700'
}

/** Reads `#rgb`, `#rrggbb`, `rgb(r, g, b)` with numbers or percentages, or a common name; undefined for all else. */
export function readColour(text: string): Rgb | undefined {
  const trimmed = text.trim().toLowerCase()
  const plain = Object.hasOwn(named, trimmed) ? named[trimmed]! : trimmed
  const hex = /^#(?:([0-9a-f]{6})|([0-9a-f]{3}))$/.exec(plain)
  if (hex) {
    const digits = hex[1] ?? [...hex[2]!].map(digit => digit + digit).join('')
    return [0, 2, 4].map(at => parseInt(digits.slice(at, at + 2), 16) / 255) as unknown as Rgb
  }
  const call = /^rgb\(\s*(\d{1,3}%?)\s*,\s*(\d{1,3}%?)\s*,\s*(\d{1,3}%?)\s*\)$/.exec(plain)
  if (!call) return undefined
  const part = (value: string) => Math.min(1, parseInt(value, 10) / (value.endsWith('%') ? 100 : 255))
  return [part(call[1]!), part(call[2]!), part(call[3]!)]
}
