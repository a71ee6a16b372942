import { inflateSync } from 'node:zlib'
import { asName, asNatural, broken, type PdfDict, type PdfValue, tooComplex, unsupported } from './pdf-values.js'

/** How much may be unpacked from one document, in bytes: cross-reference and object streams of honest files need far less. */
export class UnpackingBudget {
  constructor(private left = 128 * 1024 * 1024) {}

  /** Inflates zlib data, at most what is left. */
  inflate(data: Buffer): Buffer {
    let out: Buffer
    try {
      out = inflateSync(data, { maxOutputLength: Math.max(1, this.left) })
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw tooComplex('unpacked size')
      throw broken('compressed stream')
    }
    this.left -= out.length
    return out
  }
}

/**
 * Decodes a stream's data: none or FlateDecode filters with predictors (ISO 32000-1, 7.4.4), which is all that
 * cross-reference and object streams use in practice.
 */
export function decodeStream(
  dict: PdfDict,
  data: Buffer,
  budget: UnpackingBudget,
  resolve: (value: PdfValue | undefined) => PdfValue | undefined
): Buffer {
  const filters = listOf(resolve(dict.entries.get('Filter')))
  const parameters = listOf(resolve(dict.entries.get('DecodeParms')))
  if (filters.length > 4) throw tooComplex('filters')
  let out = data
  filters.forEach((filter, index) => {
    if (asName(resolve(filter)) !== 'FlateDecode') throw unsupported('stream filter')
    out = budget.inflate(out)
    const parameter = resolve(parameters[index])
    if (parameter?.kind === 'dict') out = undoPredictor(out, parameter, resolve)
  })
  return out
}

function listOf(value: PdfValue | undefined): readonly PdfValue[] {
  if (!value || value.kind === 'null') return []
  return value.kind === 'array' ? value.items : [value]
}

function undoPredictor(
  data: Buffer,
  parameter: PdfDict,
  resolve: (value: PdfValue | undefined) => PdfValue | undefined
): Buffer {
  const number = (key: string, otherwise: number) => asNatural(resolve(parameter.entries.get(key))) ?? otherwise
  const predictor = number('Predictor', 1)
  if (predictor === 1) return data
  if (predictor < 10) throw unsupported('TIFF predictor')
  const bitsPerPixel = number('Colors', 1) * number('BitsPerComponent', 8)
  const pixel = Math.max(1, bitsPerPixel >> 3)
  const row = Math.ceil((bitsPerPixel * number('Columns', 1)) / 8)
  if (row < 1 || row > data.length) throw broken('predictor columns')
  return undoPng(data, row, pixel)
}

/** PNG prediction (PNG specification, 9): each row has a byte that names its filter. */
function undoPng(data: Buffer, row: number, pixel: number): Buffer {
  const rows = Math.floor(data.length / (row + 1))
  const out = Buffer.alloc(rows * row)
  for (let r = 0; r < rows; r++) {
    const filter = data[r * (row + 1)]!
    const from = r * (row + 1) + 1
    const to = r * row
    for (let i = 0; i < row; i++) {
      const left = i >= pixel ? out[to + i - pixel]! : 0
      const up = r > 0 ? out[to + i - row]! : 0
      const upLeft = r > 0 && i >= pixel ? out[to + i - row - pixel]! : 0
      out[to + i] = data[from + i]! + predicted(filter, left, up, upLeft)
    }
  }
  return out
}

function predicted(filter: number, left: number, up: number, upLeft: number): number {
  if (filter === 0) return 0
  if (filter === 1) return left
  if (filter === 2) return up
  if (filter === 3) return (left + up) >> 1
  if (filter !== 4) throw broken('predictor')
  const guess = left + up - upLeft
  const [toLeft, toUp, toUpLeft] = [Math.abs(guess - left), Math.abs(guess - up), Math.abs(guess - upLeft)]
  return toLeft <= toUp && toLeft <= toUpLeft ? left : toUp <= toUpLeft ? up : upLeft
}
