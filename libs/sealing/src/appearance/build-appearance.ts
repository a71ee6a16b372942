import { deflateSync } from 'node:zlib'
import type {
  AppearanceObject,
  PageGeometry,
  PlacedAppearance,
  SealAppearance,
  SealFacts
} from '../pades/seal-appearance.js'
import { colourResources, decimal, decimals, fillColour, strokeColour } from './content.js'
import { wrongDesign } from './design-problem.js'
import { EmbeddedFont } from './embedded-font.js'
import { addGraphic } from './graphic.js'
import { type Corners, placeOnPage, uprightMatrix } from './page-placement.js'
import { type Graphic, Parts } from './parts.js'
import { drawQr } from './qr-drawing.js'
import {
  type ReadDesign,
  readDesign,
  readPlacement,
  type ReadPlacement,
  type SealDesign,
  type SealPlacement
} from './seal-design.js'
import { divide } from './seal-layout.js'
import { SealLines } from './seal-lines.js'
import { charactersOf, readTemplate, SealTexts, type Template } from './seal-texts.js'
import type { Box } from './text-block.js'

/**
 * Builds a visible seal once, to be placed on many documents: reads the pictures, cuts the font down, encodes all that is
 * the same on every document. Placing it costs microseconds; only a QR code that changes with the document costs about a
 * millisecond.
 *
 * A placed seal is a small form XObject with the text, which calls a second, ready-made one (`Fixed`) with background,
 * border, picture and all else that never changes. Both stand upright in a box of the seal's own size; /Matrix turns them
 * with the page and /Rect says where they go.
 * @param design see `sealDesign`
 * @param values of placeholders that come from elsewhere than the design, say the organisation named in the certificate;
 *   those of the design win
 * @throws Refused `sealing/seal-design-invalid` with `path` and `why`
 */
export async function buildAppearance(
  design: SealDesign,
  values: Readonly<Record<string, string>> = {}
): Promise<SealAppearance> {
  const read = readDesign(design)
  if (!read.text && !read.graphic && !read.qr) throw wrongDesign('', 'neither text nor graphic nor QR code')
  return BuiltAppearance.build({ ...read, values: { ...values, ...read.values } })
}

/**
 * The same seal at another place; shares all that was built.
 * @param appearance made by `buildAppearance`
 * @throws Refused `sealing/seal-design-invalid`
 */
export function withPlacement(appearance: SealAppearance, placement: SealPlacement): SealAppearance {
  if (!(appearance instanceof BuiltAppearance)) throw new TypeError('not an appearance of buildAppearance')
  return appearance.at(readPlacement(placement))
}

/** What was built once and is shared by all placements. */
interface Built {
  readonly design: ReadDesign
  readonly texts: SealTexts
  readonly objects: readonly AppearanceObject[]
  /** Index of the form with all that never changes. */
  readonly fixed: number
  readonly fonts: readonly { readonly name: string; readonly part: number }[]
  readonly lines?: SealLines
  /** A QR code that changes with the document. */
  readonly qr?: { readonly template: Template; readonly box: Box }
  readonly alternateText: Template
}

class BuiltAppearance implements SealAppearance {
  readonly page: SealAppearance['page']

  private constructor(
    private readonly built: Built,
    private readonly placement: ReadPlacement
  ) {
    this.page = placement.page
  }

  static async build(design: ReadDesign): Promise<BuiltAppearance> {
    const parts = new Parts()
    const texts = new SealTexts(design.time)
    const graphic = design.graphic && addGraphic(design, parts)
    const boxes = divide(design)
    const templates = (design.text?.lines ?? []).map((line, i) =>
      readTemplate(line.text, design.values, `text.lines.${i}.text`)
    )
    const fonts: (Built['fonts'][number] & { font: EmbeddedFont })[] = []
    for (const bold of [false, true]) {
      const shown = templates.filter((_, i) => design.text!.lines[i]!.bold === bold)
      if (shown.length === 0) continue
      // The ellipsis stands where a long value is cut.
      const characters = shown.map(charactersOf).join('') + '…'
      const font = await EmbeddedFont.embed(design.text!.font, bold, characters, parts)
      fonts.push({ name: bold ? 'Fb' : 'Fr', part: font.part, font })
    }
    const lines = boxes.text && new SealLines(design.text!, templates, fonts, boxes.text, texts, shortest)
    const qr = design.qr && { template: readTemplate(design.qr.content, design.values, 'qr.content'), box: boxes.qr! }
    const fixedContent = [
      background(design),
      graphic ? paintGraphic(graphic, boxes.graphic!) : '',
      qr?.template.fixed ? drawQr(texts.fill(qr.template, shortest), design.qr!.errorCorrection, qr.box) : '',
      border(design)
    ]
    const fixed = addFixed(parts, design, fixedContent.join(''), graphic)
    const built: Built = {
      design,
      texts,
      objects: parts.objects,
      fixed,
      fonts,
      lines,
      qr: qr?.template.fixed ? undefined : qr,
      alternateText: alternateTextOf(design, templates)
    }
    const appearance = new BuiltAppearance(built, design.placement)
    // What cannot be drawn is found out now, not with the first document.
    appearance.content(shortest)
    return appearance
  }

  at(placement: ReadPlacement): BuiltAppearance {
    return new BuiltAppearance(this.built, placement)
  }

  place(page: PageGeometry, facts: SealFacts): PlacedAppearance {
    const { width, height } = this.built.design
    const rect = placeOnPage(this.placement, width, height, page)
    return this.placed(rect, [0, 0, width, height], page, facts)
  }

  placeIn(rect: Corners, page: PageGeometry, facts: SealFacts): PlacedAppearance {
    const { width, height } = this.built.design
    const [a, b] = [Math.abs(rect[2] - rect[0]), Math.abs(rect[3] - rect[1])]
    const [fieldWidth, fieldHeight] = page.rotate % 180 === 90 ? [b, a] : [a, b]
    const scale = Math.min(fieldWidth / width, fieldHeight / height)
    // Viewers stretch the box onto the rectangle: give it the rectangle's proportions, the seal in its middle.
    const [freeX, freeY] = scale > 0 ? [(fieldWidth / scale - width) / 2, (fieldHeight / scale - height) / 2] : [0, 0]
    return this.placed(rect, [-freeX, -freeY, width + freeX, height + freeY], page, facts)
  }

  private placed(rect: Corners, box: Corners, page: PageGeometry, facts: SealFacts): PlacedAppearance {
    const { built } = this
    const values = built.texts.values(facts)
    const stream = Buffer.from(this.content(values), 'latin1')
    const head = `<< /Type /XObject /Subtype /Form /BBox [${decimals(...box)}] /Matrix [${uprightMatrix(page.rotate)} 0 0] `
    const form: AppearanceObject = {
      body: numbers => {
        let fonts = ''
        for (const { name, part } of built.fonts) fonts += `/${name} ${numbers[part]} 0 R `
        return {
          dictionary:
            `${head}/Resources << /XObject << /Fixed ${numbers[built.fixed]} 0 R >> ` +
            `${fonts && `/Font << ${fonts}>> `}${colourResources} >> >>`,
          stream
        }
      }
    }
    return {
      rect,
      objects: [form, ...built.objects],
      alternateText: built.texts.fill(built.alternateText, values).trim()
    }
  }

  private content(values: ReturnType<SealTexts['values']>): string {
    const { built } = this
    let out = '/Fixed Do\n'
    if (built.qr)
      out += drawQr(built.texts.fill(built.qr.template, values), built.design.qr!.errorCorrection, built.qr.box)
    if (built.lines) out += built.lines.draw(values)
    return out
  }
}

/** Dates and times are all of one length. */
const shortest = { date: '00.00.0000', time: '00:00:00 UTC+0', number: '', documentName: '' }

function background({ background, width, height }: ReadDesign): string {
  return background ? `${fillColour(background)} 0 0 ${decimals(width, height)} re f\n` : ''
}

/** The line lies inside the edge, whole. */
function border({ border, width, height }: ReadDesign): string {
  if (!border) return ''
  const half = border.width / 2
  return (
    `${strokeColour(border.color)} ${decimal(border.width)} w ` +
    `${decimals(half, half, width - border.width, height - border.width)} re S\n`
  )
}

/** As large as fits into the box, in its middle. */
function paintGraphic(graphic: Graphic, box: Box): string {
  const scale = Math.min(box.width / graphic.width, box.height / graphic.height)
  const [width, height] = [graphic.width * scale, graphic.height * scale]
  const [x, y] = [box.x + (box.width - width) / 2, box.y + (box.height - height) / 2]
  const [a, d] = [width / graphic.own[0], height / graphic.own[1]]
  return `q ${a.toFixed(6)} 0 0 ${d.toFixed(6)} ${decimals(x, y)} cm /Graphic Do Q\n`
}

function addFixed(parts: Parts, design: ReadDesign, content: string, graphic: Graphic | undefined): number {
  const stream = deflateSync(Buffer.from(content, 'latin1'), { level: 9 })
  const head = `<< /Type /XObject /Subtype /Form /BBox [0 0 ${decimals(design.width, design.height)}] /Filter /FlateDecode `
  return parts.add(numbers => ({
    dictionary:
      `${head}/Resources << ${graphic ? `/XObject << /Graphic ${numbers[graphic.part]} 0 R >> ` : ''}` +
      `${colourResources} >> >>`,
    stream
  }))
}

/** What a screen reader says: given by the design, or the kind of thing and its text. */
function alternateTextOf(design: ReadDesign, templates: readonly Template[]): Template {
  if (design.alternateText !== undefined) return readTemplate(design.alternateText, design.values, 'alternateText')
  const pieces: Template['pieces'][number][] = ['Pieczęć elektroniczna']
  templates.forEach((template, i) => pieces.push(i === 0 ? ': ' : ', ', ...template.pieces))
  return { pieces, fixed: templates.every(template => template.fixed) }
}
