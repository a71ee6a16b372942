import { wrongDesign } from '../design-problem.js'

const path = 'graphic.data'
const mostOperators = 400_000

/** Names in the resources that rewritten content counts on. */
export const greyName = 'GoniecGrey'
/** See greyName. */
export const rgbName = 'GoniecRgb'

/** Every operator of content streams (ISO 32000-1, annex A) that may stand in a page or form. */
const operators = new Set(
  (
    'b B b* B* BDC BI BMC BT BX c cm CS cs d Do DP EI EMC ET EX f F f* G g gs h i ID j J K k l m M MP n q Q re RG rg ri ' +
    's S SC sc SCN scn sh T* Tc Td TD Tf Tj TJ TL Tm Tr Ts Tw Tz v w W W* y \' "'
  ).split(' ')
)

/** Colour operators for device colours: how many components, and what selects a space and sets a colour in general. */
const deviceColours: Readonly<Record<string, readonly [components: 1 | 3, select: string, set: string]>> = {
  g: [1, 'cs', 'sc'],
  G: [1, 'CS', 'SC'],
  rg: [3, 'cs', 'sc'],
  RG: [3, 'CS', 'SC']
}

const deviceSpaces: Readonly<Record<string, string>> = { DeviceGray: greyName, DeviceRGB: rgbName }

/** Bit 1: white space; bit 2: delimiter. */
const kinds = new Uint8Array(256)
for (const code of [0, 9, 10, 12, 13, 32]) kinds[code] = 1
for (const character of '()<>[]{}/%') kinds[character.charCodeAt(0)] = 2

/**
 * Makes the content of a page fit to be a form: save and restore are balanced, marked content loses its links to the
 * structure and the layers of its old document, unknown operators are refused.
 * @param strict grey and RGB become calibrated (under greyName and rgbName), CMYK and inline images are refused
 */
export function rewriteContent(content: Buffer, strict: boolean): Buffer {
  const text = content.toString('latin1')
  const out: string[] = []
  let operandsAt = 0
  let depth = 0
  for (let at = 0; at < text.length;) {
    const code = text.charCodeAt(at)
    const kind = kinds[code]!
    if (kind === 1) at++
    else if (code === 0x25) at = afterComment(text, at)
    else if (code === 0x28) at = afterString(text, at)
    else if (code === 0x2f) at = afterRegular(text, at + 1)
    else if (code === 0x3c && text.charCodeAt(at + 1) !== 0x3c) {
      at = text.indexOf('>', at) + 1
      if (at === 0) throw wrongDesign(path, 'PDF: content cut short')
    } else if (kind === 2) at++
    else {
      const end = afterRegular(text, at)
      const word = text.slice(at, end)
      if (!isOperand(word)) {
        if (out.length > mostOperators) throw wrongDesign(path, 'PDF page too complex')
        const operands = text.slice(operandsAt, at)
        if (word === 'q') depth++
        operandsAt = word === 'ID' ? afterInlineImage(text, end) : end
        // The data of an inline image begins at the second byte after its ID.
        if (word !== 'Q') out.push(rewritten(word, operands, strict) + text.slice(end, operandsAt))
        // A restore without its save would reach outside the form.
        else if (depth > 0) {
          depth--
          out.push('Q')
        }
        at = operandsAt
      } else at = end
    }
  }
  return Buffer.from(out.join('\n') + '\nQ'.repeat(depth), 'latin1')
}

function rewritten(word: string, operands: string, strict: boolean): string {
  if (!operators.has(word)) throw wrongDesign(path, 'PDF: unknown operator in the content')
  if (word === 'BDC') return `${/\/[^\s()<>[\]{}/%]+/.exec(operands)?.[0] ?? '/Span'} BMC`
  if (word === 'DP' || word === 'MP') return ''
  if (!strict) return `${operands}${word}`
  const colour = Object.hasOwn(deviceColours, word) ? deviceColours[word] : undefined
  if (colour) return `/${rgbName} ${colour[1]} ${`${operands} `.repeat(colour[0] === 1 ? 3 : 1)}${colour[2]}`
  if (word === 'k' || word === 'K') throw wrongDesign(path, 'PDF: CMYK colours break PDF/A')
  if (word === 'BI') throw wrongDesign(path, 'PDF: inline images are taken with transparency: "allowed" only')
  if (word === 'cs' || word === 'CS') {
    const name = /\/(\w+)/.exec(operands)?.[1] ?? ''
    if (name === 'DeviceCMYK') throw wrongDesign(path, 'PDF: CMYK colours break PDF/A')
    if (Object.hasOwn(deviceSpaces, name)) return `/${deviceSpaces[name]} ${word}`
  }
  return `${operands}${word}`
}

function isOperand(word: string): boolean {
  return /^[-+.\d]/.test(word) || word === 'true' || word === 'false' || word === 'null'
}

function afterRegular(text: string, at: number): number {
  while (at < text.length && kinds[text.charCodeAt(at)] === 0) at++
  return at
}

function afterComment(text: string, at: number): number {
  while (at < text.length && text.charCodeAt(at) !== 10 && text.charCodeAt(at) !== 13) at++
  return at
}

function afterString(text: string, start: number): number {
  let depth = 0
  for (let at = start; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === 0x5c) at++
    else if (code === 0x28) depth++
    else if (code === 0x29 && --depth === 0) return at + 1
  }
  throw wrongDesign(path, 'PDF: content cut short')
}

/** The data of an inline image ends at an EI between white space (ISO 32000-1, 8.9.7). */
function afterInlineImage(text: string, at: number): number {
  const end = /\sEI(?=\s|$)/g
  end.lastIndex = at
  const found = end.exec(text)
  if (!found) throw wrongDesign(path, 'PDF: content cut short')
  return found.index
}
