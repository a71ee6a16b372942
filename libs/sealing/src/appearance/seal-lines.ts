import { wrongDesign } from './design-problem.js'
import type { EmbeddedFont } from './embedded-font.js'
import type { ReadDesign } from './seal-design.js'
import type { SealTexts, Template } from './seal-texts.js'
import {
  type Box,
  drawText,
  type LineStyle,
  linesAtLeast,
  measure,
  type Paragraph,
  type TextStyle
} from './text-block.js'

/** Placeholders whose values may be of any length. */
const openNames = new Set(['number', 'documentName'])

type Values = ReturnType<SealTexts['values']>

/** The lines of text of a seal, filled in for one document after another. */
export class SealLines {
  private readonly style: TextStyle
  /** Measured already, or to be filled in. */
  private readonly lines: readonly (Paragraph | { readonly template: Template; readonly style: LineStyle })[]
  /** The operators, where no line changes with the document. */
  private readonly fixed: string | undefined

  /**
   * @param shortest values that take the least room
   * @throws Refused `sealing/seal-design-invalid` when not even those fit
   */
  constructor(
    text: NonNullable<ReadDesign['text']>,
    templates: readonly Template[],
    fonts: readonly { readonly name: string; readonly font: EmbeddedFont }[],
    private readonly box: Box,
    private readonly texts: SealTexts,
    shortest: Values
  ) {
    this.style = { ...text, minFontSize: Math.min(text.minFontSize, text.fontSize) }
    this.lines = templates.map((template, i) => {
      const line = text.lines[i]!
      const { font, name } = fonts.find(one => one.name === (line.bold ? 'Fb' : 'Fr'))!
      const style = { font, fontName: name, size: line.fontSize ?? text.fontSize, color: line.color ?? text.color }
      const short = measure(texts.fill(template, shortest), style)
      if (template.fixed) return short
      // The room for the shortest value must be there; what a longer one takes beyond that may be cut.
      const open = template.pieces.some(piece => typeof piece !== 'string' && openNames.has(piece.name))
      return { template, style: open ? { ...style, leastLines: linesAtLeast(short, box, this.style) } : style }
    })
    const drawn = this.drawn(shortest)
    if (drawn === undefined) throw wrongDesign('text', 'does not fit its box even at minFontSize')
    this.fixed = templates.every(template => template.fixed) ? drawn : undefined
  }

  /** Content operators for one document. */
  draw(values: Values): string {
    return this.fixed ?? this.drawn(values) ?? ''
  }

  private drawn(values: Values): string | undefined {
    const paragraphs = this.lines.map(line =>
      'template' in line ? measure(this.texts.fill(line.template, values), line.style) : line
    )
    return drawText(paragraphs, this.box, this.style)
  }
}
