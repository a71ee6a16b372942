import { IANAZone } from 'luxon'
import type { SealFacts } from '../pades/seal-appearance.js'
import { wrongDesign } from './design-problem.js'
import type { ReadDesign } from './seal-design.js'

/** Placeholders whose values come with each document. */
const dynamicNames = ['date', 'time', 'number', 'documentName'] as const
type DynamicName = (typeof dynamicNames)[number]

/** A text with placeholders, those of the profile filled in already. */
export interface Template {
  /** Fixed text, and names of what comes with the document, in order. */
  readonly pieces: readonly (string | { readonly name: DynamicName })[]
  /** Whether nothing in it comes with the document. */
  readonly fixed: boolean
}

const polish = 'ąćęłńóśźżĄĆĘŁŃÓŚŹŻ'
const ascii = Array.from({ length: 95 }, (_, i) => String.fromCharCode(32 + i)).join('')
const latin1 = Array.from({ length: 95 }, (_, i) => String.fromCharCode(161 + i)).join('')
const latinExtendedA = Array.from({ length: 128 }, (_, i) => String.fromCharCode(256 + i)).join('')

/** What a value that comes with the document may consist of: the font is cut down to this and the fixed text. */
const alphabets: Readonly<Record<DynamicName, string>> = {
  date: '0123456789.-',
  time: '0123456789:+- UTC',
  number: `${ascii}${polish}§№–—…`,
  documentName: `${ascii}${latin1}${latinExtendedA}–—„”‚‘’“§№€…`
}

/** Longer values are cut before anything is done with them. */
const longestValue = 300

/**
 * Reads a template: `{name}` is a placeholder, `{{` and `}}` are braces.
 * @param path where it stands in the design, for messages
 * @throws Refused `sealing/seal-design-invalid` for a brace without partner or a name that nobody gives a value to
 */
export function readTemplate(text: string, values: ReadDesign['values'], path: string): Template {
  const pieces: (string | { readonly name: DynamicName })[] = []
  let fixed = ''
  for (const [token, name] of text.matchAll(/\{\{|\}\}|\{([^{}]*)\}|[{}]|[^{}]+/g)) {
    if (name !== undefined) {
      if (Object.hasOwn(values, name)) fixed += values[name]!
      else if ((dynamicNames as readonly string[]).includes(name)) {
        if (fixed) pieces.push(cleaned(fixed))
        fixed = ''
        pieces.push({ name: name as DynamicName })
      } else throw wrongDesign(path, `no value for the placeholder {${name.slice(0, 40)}}`)
    } else if (token === '{{' || token === '}}') fixed += token[0]
    else if (token === '{' || token === '}') throw wrongDesign(path, 'a brace without its partner')
    else fixed += token
  }
  if (fixed) pieces.push(cleaned(fixed))
  return { pieces, fixed: pieces.every(piece => typeof piece === 'string') }
}

/** All characters that the template may come to show. */
export function charactersOf(template: Template): string {
  return template.pieces.map(piece => (typeof piece === 'string' ? piece : alphabets[piece.name])).join('')
}

/** Composed letters (NFC: a font has no glyphs for their parts); line ends, tabs and control characters become spaces. */
function cleaned(text: string): string {
  // Nearly all texts are plain: spare them the copies.
  if (/^[ -~]*$/.test(text)) return text
  return text
    .normalize('NFC')
    .toWellFormed()
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Zs}]+/gu, ' ')
}

/** Fills templates in for one document after another. */
export class SealTexts {
  private readonly zone: IANAZone
  private quarter = NaN
  private offset = 0

  constructor(private readonly time: ReadDesign['time']) {
    this.zone = IANAZone.create(time.zone)
  }

  /** The values that come with a document, by the names of their placeholders. */
  values(facts: SealFacts): Readonly<Record<DynamicName, string>> {
    const at = facts.signingTime.getTime()
    // Zones change their offset at whole quarters of an hour; asking for it is dear, and seals come in batches.
    const quarter = Math.floor(at / 900_000)
    if (quarter !== this.quarter) {
      this.offset = this.zone.offset(at)
      this.quarter = quarter
    }
    const local = new Date(at + this.offset * 60_000).toISOString()
    return {
      date:
        this.time.date === 'YYYY-MM-DD'
          ? local.slice(0, 10)
          : `${local.slice(8, 10)}.${local.slice(5, 7)}.${local.slice(0, 4)}`,
      time: `${local.slice(11, 19)} ${zoneName(this.offset)}`,
      number: cleaned((facts.number ?? '').slice(0, longestValue)),
      documentName: cleaned(facts.documentName.slice(0, longestValue))
    }
  }

  /** The text for one document. */
  fill(template: Template, values: Readonly<Record<DynamicName, string>>): string {
    let out = ''
    for (const piece of template.pieces) out += typeof piece === 'string' ? piece : values[piece.name]
    return out
  }
}

/** The distance from UTC, so that the time is beyond doubt: `UTC+2`, `UTC`, `UTC+1:24` (Warsaw before 1915). */
function zoneName(minutes: number): string {
  if (minutes === 0) return 'UTC'
  const distance = Math.abs(minutes)
  const rest = Math.floor(distance % 60)
  return `UTC${minutes < 0 ? '-' : '+'}${Math.floor(distance / 60)}${rest ? `:${String(rest).padStart(2, '0')}` : ''}`
}
