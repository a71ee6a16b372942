import { decimal, decimals, fillColour, type Rgb } from './content.js'
import type { EmbeddedFont, SetText } from './embedded-font.js'

/** A rectangle by its lower left corner; points. */
export interface Box {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

/** How the lines of a text block share one box. */
export interface TextStyle {
  readonly fontSize: number
  readonly minFontSize: number
  readonly lineHeight: number
  readonly align: 'left' | 'center' | 'right'
  readonly verticalAlign: 'top' | 'middle' | 'bottom'
}

/** How one line of the template is set. */
export interface LineStyle {
  readonly font: EmbeddedFont
  /** Name of the font in the resources. */
  readonly fontName: string
  readonly size: number
  readonly color: Rgb
  /** The lines that it takes at least, at the smallest size; what is beyond may be cut. Not cut when absent. */
  readonly leastLines?: number
}

interface Word extends SetText {
  readonly text: string
}

/** One line of the template, filled in for a document and measured; it may come to be wrapped. */
export interface Paragraph extends LineStyle {
  readonly words: readonly Word[]
  readonly space: SetText
}

interface Line extends Word {
  readonly paragraph: Paragraph
}

const ellipsis = '…'

/** Rounding must not make a line too many. */
const tolerance = 0.001

/**
 * Content operators that show the paragraphs in the box. The text starts at its own size and shrinks, whole words
 * wrapped, until it fits; at the smallest size words are broken, and paragraphs with `leastLines` are cut with an
 * ellipsis. Undefined when even that does not fit.
 */
export function drawText(paragraphs: readonly Paragraph[], box: Box, style: TextStyle): string | undefined {
  const scale = greatestScale(paragraphs, box, style)
  const lines = wrapAll(paragraphs, box, style, scale)
  return lines && write(lines, box, style, scale)
}

/** The lines that the paragraph takes at the smallest size, words broken where they are too long. */
export function linesAtLeast(paragraph: Paragraph, box: Box, style: TextStyle): number {
  return wrap(paragraph, box.width / (paragraph.size * smallestScale(style))).length
}

/** Measures a text for a line of that style. Wants doing once only for what is the same on all documents. */
export function measure(text: string, style: LineStyle): Paragraph {
  const { font } = style
  const words: Word[] = []
  for (const word of text.split(' ')) {
    const { width, codes } = font.set(word)
    words.push({ text: word, width, codes })
  }
  const { fontName, size, color, leastLines } = style
  return { font, fontName, size, color, leastLines, words, space: font.set(' ') }
}

function smallestScale(style: TextStyle): number {
  return Math.min(1, style.minFontSize / style.fontSize)
}

/** The greatest scale at which all fits with whole words; the smallest allowed one where none does. */
function greatestScale(paragraphs: readonly Paragraph[], box: Box, style: TextStyle): number {
  if (fits(paragraphs, box, style, 1)) return 1
  let low = smallestScale(style)
  if (!fits(paragraphs, box, style, low)) return low
  let high = 1
  for (let step = 0; step < 6; step++) {
    const middle = (low + high) / 2
    if (fits(paragraphs, box, style, middle)) low = middle
    else high = middle
  }
  return low
}

/** Whether all fits with whole words: the search for the size asks often, so it only counts. */
function fits(paragraphs: readonly Paragraph[], box: Box, style: TextStyle, scale: number): boolean {
  let height = 0
  for (const { words, space, size } of paragraphs) {
    const limit = box.width / (size * scale)
    let lines = 1
    let width = -space.width
    for (const word of words) {
      if (word.width > limit) return false
      width += space.width + word.width
      if (width <= limit) continue
      lines++
      width = word.width
    }
    height += lines * size * scale * style.lineHeight
  }
  return height <= box.height + tolerance
}

function wrapAll(paragraphs: readonly Paragraph[], box: Box, style: TextStyle, scale: number): Line[] | undefined {
  const pitch = scale * style.lineHeight
  const wrapped: Line[][] = []
  let height = 0
  for (const paragraph of paragraphs) {
    const lines = wrap(paragraph, box.width / (paragraph.size * scale))
    wrapped.push(lines)
    height += lines.length * paragraph.size * pitch
  }
  // Line by line from the paragraph that has most to spare, so that none disappears.
  while (height > box.height + tolerance) {
    let most = 0
    let longest: Line[] | undefined
    paragraphs.forEach(({ leastLines }, i) => {
      const spare = leastLines === undefined ? 0 : wrapped[i]!.length - leastLines
      if (spare <= most) return
      most = spare
      longest = wrapped[i]
    })
    if (!longest) return undefined
    height -= longest.pop()!.paragraph.size * pitch
    const last = longest.pop()!
    longest.push(shortened(last, box.width / (last.paragraph.size * scale)))
  }
  return wrapped.flat()
}

/** Lines no wider than `limit` (at size 1); a word that is wider is broken. */
function wrap(paragraph: Paragraph, limit: number): Line[] {
  const { words, space, font } = paragraph
  const lines: Line[] = []
  let line: Word | undefined
  const end = ({ text, width, codes }: Word): void => void lines.push({ paragraph, text, width, codes })
  for (const word of words) {
    const width: number = line ? line.width + space.width + word.width : word.width
    if (line && width <= limit) {
      line = { text: `${line.text} ${word.text}`, width, codes: line.codes + space.codes + word.codes }
      continue
    }
    if (line) end(line)
    line = word
    if (word.width <= limit) continue
    const pieces = broken(word, font, limit)
    line = pieces.pop()!
    pieces.forEach(end)
  }
  if (line) end(line)
  return lines
}

/** The word in pieces of at least a character. */
function broken(word: Word, font: EmbeddedFont, limit: number): Word[] {
  const pieces: Word[] = []
  let piece: Word = { text: '', width: 0, codes: '' }
  for (const character of word.text) {
    const { width, codes } = font.set(character)
    if (piece.text && piece.width + width > limit) {
      pieces.push(piece)
      piece = { text: '', width: 0, codes: '' }
    }
    piece = { text: piece.text + character, width: piece.width + width, codes: piece.codes + codes }
  }
  pieces.push(piece)
  return pieces
}

/** The line with an ellipsis at its end, within the limit. */
function shortened({ paragraph, text }: Line, limit: number): Line {
  const characters = [...text.trimEnd()]
  if (characters.at(-1) === ellipsis) characters.pop()
  for (;;) {
    const cut = characters.join('') + ellipsis
    const set = paragraph.font.set(cut)
    if (set.width <= limit || characters.length === 0) return { paragraph, text: cut, ...set }
    characters.pop()
  }
}

function write(lines: readonly Line[], box: Box, style: TextStyle, scale: number): string {
  let total = 0
  for (const line of lines) total += line.paragraph.size * scale * style.lineHeight
  const spare = box.height - total
  let top =
    box.y + box.height - (style.verticalAlign === 'top' ? 0 : style.verticalAlign === 'middle' ? spare / 2 : spare)
  let out = 'BT\n'
  let color: Rgb | undefined
  let fontSet = ''
  for (const { paragraph, codes, width } of lines) {
    const { font } = paragraph
    const size = paragraph.size * scale
    const pitch = size * style.lineHeight
    if (paragraph.color !== color) out += `${fillColour(paragraph.color)}\n`
    color = paragraph.color
    const set = `/${paragraph.fontName} ${decimal(size)} Tf\n`
    if (set !== fontSet) out += set
    fontSet = set
    // The glyphs' own height is centred in the pitch.
    const baseline = top - (pitch - size * (font.ascent - font.descent)) / 2 - size * font.ascent
    const free = box.width - width * size
    const x = box.x + (style.align === 'left' ? 0 : style.align === 'center' ? free / 2 : free)
    if (codes) out += `1 0 0 1 ${decimals(x, baseline)} Tm <${codes}> Tj\n`
    top -= pitch
  }
  return `${out}ET\n`
}
