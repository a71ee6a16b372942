import { z } from 'zod'
import { readColour, type Rgb } from './content.js'
import { wrongDesign } from './design-problem.js'

/** PDF units (1/72 inch) in a millimetre. */
const millimetre = 72 / 25.4

/** A length: millimetres as a number, or `"12.5mm"`, `"36pt"`. Read as points. */
const anyLength = z.union([z.number(), z.string()]).transform((value, context) => {
  if (typeof value === 'number') return value * millimetre
  const parts = /^(\d{1,5}(?:\.\d{1,4})?)\s*(mm|pt)$/.exec(value)
  if (parts) return Number(parts[1]) * (parts[2] === 'mm' ? millimetre : 1)
  context.addIssue('a length is a number of millimetres, or text like "12.5mm" or "36pt"')
  return z.NEVER
})

const length = (least: number, most: number) =>
  anyLength.refine(points => points >= least && points <= most, {
    error: `a length between ${least} and ${most} points is wanted`
  })

/** PDF coordinates end at 14400 units (ISO 32000-1, annex C). */
const longest = 14_400

const colour = z.string().transform((text, context): Rgb => {
  const read = readColour(text)
  if (read) return read
  context.addIssue('a colour is #rgb, #rrggbb, rgb(r, g, b) or a common English name')
  return z.NEVER
})

const page = z.union([
  z.enum(['first', 'last']),
  z
    .number()
    .int()
    .min(-1_000_000)
    .max(1_000_000)
    .refine(number => number !== 0, { error: 'pages count from 1' })
])

/** Where a seal stands. Corners, margins and coordinates are those of the page as a person sees it: turned and cropped. */
export const sealPlacement = z.union([
  z.strictObject({
    /** `first`, `last`, or a number counted from 1 (negative: from the end). */
    page: page.default('last'),
    corner: z.enum(['top-left', 'top-right', 'bottom-left', 'bottom-right']).default('bottom-right'),
    /** Distance from the edges of the corner. */
    marginX: length(0, longest).default(15 * millimetre),
    marginY: length(0, longest).default(15 * millimetre)
  }),
  z.strictObject({
    page: page.default('last'),
    /** From the left edge of the page to the left edge of the seal. */
    x: length(0, longest),
    /** From the upper edge of the page down to the upper edge of the seal. */
    y: length(0, longest)
  })
])

const line = z.strictObject({
  text: z.string().max(500),
  bold: z.boolean().default(false),
  /** Points; that of the whole text when absent. */
  fontSize: z.number().min(1).max(200).optional(),
  color: colour.optional()
})

const text = z.strictObject({
  /** With placeholders: `{date}`, `{time}`, `{number}`, `{documentName}` and those of `values`. */
  lines: z
    .array(
      z.union([
        z
          .string()
          .max(500)
          .transform(plain => line.parse({ text: plain })),
        line
      ])
    )
    .min(1)
    .max(40),
  font: z.enum(['sans', 'sans-condensed', 'serif', 'mono']).default('sans'),
  /** Points. The text shrinks from this size down to `minFontSize` until it fits its box. */
  fontSize: z.number().min(1).max(200).default(9),
  minFontSize: z.number().min(0.5).max(200).default(4),
  /** Distance of baselines as a multiple of the font size. */
  lineHeight: z.number().min(0.8).max(4).default(1.2),
  color: colour.default([0, 0, 0]),
  align: z.enum(['left', 'center', 'right']).default('left'),
  verticalAlign: z.enum(['top', 'middle', 'bottom']).default('middle')
})

const bytes = z.union([
  z
    .instanceof<typeof Uint8Array<ArrayBufferLike>>(Uint8Array)
    .transform(plain => Buffer.from(plain.buffer, plain.byteOffset, plain.length)),
  z
    .string()
    .max(12_000_000)
    .regex(/^[A-Za-z0-9+/\s]*={0,2}\s*$/, 'base64 is wanted')
    .transform(base64 => Buffer.from(base64, 'base64'))
])

/** What a visible seal looks like. Plain JSON (pictures in base64), so that it can be kept in a profile. */
export const sealDesign = z.strictObject({
  width: length(4, longest),
  height: length(4, longest),
  placement: sealPlacement.default(() => sealPlacement.parse({})),
  text: text.optional(),
  graphic: z
    .strictObject({
      /** PNG, JPEG, SVG (a safe subset) or PDF (its first page); told apart by their first bytes. */
      data: bytes,
      position: z.enum(['left', 'right', 'above', 'below', 'behind']).default('left'),
      /** Part of the width or height that it takes where it stands beside the text. */
      share: z.number().min(0.05).max(0.95).default(0.35)
    })
    .optional(),
  qr: z
    .strictObject({
      /** What it says, with placeholders: say, the address of a verification page and `{number}`. */
      content: z.string().min(1).max(1000),
      errorCorrection: z.enum(['L', 'M', 'Q', 'H']).default('M'),
      position: z.enum(['left', 'right']).default('right'),
      /** The greatest part of the width that it takes. */
      share: z.number().min(0.05).max(1).default(0.5)
    })
    .optional(),
  /** Values of placeholders that are the same on all documents: organization, reason, location, keyId … */
  values: z.record(z.string().regex(/^[A-Za-z][A-Za-z0-9]{0,39}$/), z.string().max(500)).default({}),
  time: z
    .strictObject({
      zone: z.enum(['Europe/Warsaw', 'UTC']).default('Europe/Warsaw'),
      date: z.enum(['DD.MM.YYYY', 'YYYY-MM-DD']).default('DD.MM.YYYY')
    })
    .default({ zone: 'Europe/Warsaw', date: 'DD.MM.YYYY' }),
  /** Nothing is painted behind the seal when absent. */
  background: colour.optional(),
  border: z.strictObject({ color: colour.default([0, 0, 0]), width: length(0.1, 20).default(0.5) }).optional(),
  /** Free space inside the edge. */
  padding: length(0, longest).default(3),
  /**
   * `none` keeps any PDF/A what it is: PNG are flattened on the background (white when there is none), PDF pages with
   * transparency, foreign colours or fonts that are not embedded and CMYK pictures are refused. `allowed` takes all that.
   */
  transparency: z.enum(['none', 'allowed']).default('none'),
  /** Says in words what is seen, with placeholders; made from the text when absent. */
  alternateText: z.string().min(1).max(1000).optional()
})

/** A design as it is kept and given; see the schema of the same name for every entry. */
export type SealDesign = z.input<typeof sealDesign>

/** A placement as it is kept and given. */
export type SealPlacement = z.input<typeof sealPlacement>

/** A design that was read: defaults filled in, lengths in points. */
export type ReadDesign = z.output<typeof sealDesign>

/** A placement that was read: lengths in points. */
export type ReadPlacement = z.output<typeof sealPlacement>

/** @throws Refused `sealing/seal-design-invalid` with `path` and `why` of the first thing that is wrong */
export function readDesign(design: unknown): ReadDesign {
  return parseAs(sealDesign, design, '')
}

/** @throws Refused `sealing/seal-design-invalid` */
export function readPlacement(placement: unknown): ReadPlacement {
  return parseAs(sealPlacement, placement, 'placement')
}

function parseAs<T extends z.ZodType>(schema: T, value: unknown, at: string): z.output<T> {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  const { path, message } = firstIssue(result.error.issues[0]!)
  throw wrongDesign([...(at ? [at] : []), ...path.map(String)].join('.'), message)
}

/** Of a union that fits nowhere, what the member says that came furthest. */
function firstIssue(issue: z.core.$ZodIssue): { readonly path: readonly PropertyKey[]; readonly message: string } {
  if (issue.code !== 'invalid_union') return issue
  let best: { readonly path: readonly PropertyKey[]; readonly message: string } = issue
  for (const [inner] of issue.errors) {
    if (!inner) continue
    const found = firstIssue(inner)
    const path = [...issue.path, ...found.path]
    if (path.length > best.path.length) best = { path, message: found.message }
  }
  return best
}
