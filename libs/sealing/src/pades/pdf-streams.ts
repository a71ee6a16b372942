import { inflateSync } from 'node:zlib'
import { asName, asNatural, broken, type PdfDict, type PdfValue, tooComplex, unsupported } from './pdf-values.js'
import { decodeAscii85, decodeAsciiHex, decodeLzw, decodeRunLength, undoPng, undoTiff } from './stream-filters.js'

/** How much may be unpacked from one document, in bytes: cross-reference and object streams of honest files need far less. */
export class UnpackingBudget {
  constructor(private unpacked = 128 * 1024 * 1024) {}

  /** Inflates zlib data, at most what is left. */
  inflate(data: Buffer): Buffer {
    let out: Buffer
    try {
      out = inflateSync(data, { maxOutputLength: Math.max(1, this.unpacked) })
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw tooComplex('unpacked size')
      throw broken('compressed stream')
    }
    this.spendUnpacked(out.length)
    return out
  }

  /** Takes `bytes` for what a stream is unpacked to. @throws Refused `sealing/pdf-too-complex` when nothing is left */
  spendUnpacked = (bytes: number): void => {
    this.unpacked -= bytes
    if (this.unpacked < 0) throw tooComplex('unpacked size')
  }
}

/** How much reading one document may cost in all, so that no file keeps us for more than a second or so. */
export class ReadingBudget extends UnpackingBudget {
  private parsed = 96 * 1024 * 1024
  private recalls = 200_000

  /** Takes `bytes` for parsing; every step costs something, so that many small ones end too. */
  spendParsed(bytes: number): void {
    this.parsed -= bytes + 32
    if (this.parsed < 0) throw tooComplex('work')
  }

  /** Takes an object that is looked at again: hundreds of states of a form of thousands of fields are hostile. */
  spendRecall(): void {
    if (--this.recalls < 0) throw tooComplex('work')
  }
}

/** Meant for images inside contents (ISO 32000-1, table 94), taken for any stream by all readers. */
const abbreviations: Readonly<Record<string, string>> = {
  Fl: 'FlateDecode',
  LZW: 'LZWDecode',
  AHx: 'ASCIIHexDecode',
  A85: 'ASCII85Decode',
  RL: 'RunLengthDecode'
}

type Resolve = (value: PdfValue | undefined) => PdfValue | undefined

/**
 * Decodes a stream's data (ISO 32000-1, 7.4): the lossless filters, with predictors. Image filters are refused: nothing
 * that a seal needs is kept as an image. Deciphering comes before and is not done here: /Crypt is passed over.
 */
export function decodeStream(dict: PdfDict, data: Buffer, budget: UnpackingBudget, resolve: Resolve): Buffer {
  const filters = listOf(resolve(dict.entries.get('Filter')))
  const parameters = listOf(resolve(dict.entries.get('DecodeParms')))
  if (filters.length > 4) throw tooComplex('filters')
  let out = data
  filters.forEach((filter, index) => {
    const parameter = resolve(parameters[index])
    out = decodeOnce(asName(resolve(filter)), out, parameter?.kind === 'dict' ? parameter : undefined, budget, resolve)
  })
  return out
}

function decodeOnce(
  given: string | undefined,
  data: Buffer,
  parameter: PdfDict | undefined,
  budget: UnpackingBudget,
  resolve: Resolve
): Buffer {
  const filter = abbreviations[given ?? ''] ?? given
  if (filter === 'FlateDecode') return undoPredictor(budget.inflate(data), parameter, resolve)
  if (filter === 'LZWDecode') {
    const early = asNatural(resolve(parameter?.entries.get('EarlyChange'))) === 0 ? 0 : 1
    return undoPredictor(decodeLzw(data, early, budget.spendUnpacked), parameter, resolve)
  }
  if (filter === 'ASCIIHexDecode') return decodeAsciiHex(data)
  if (filter === 'ASCII85Decode') return decodeAscii85(data, budget.spendUnpacked)
  if (filter === 'RunLengthDecode') return decodeRunLength(data, budget.spendUnpacked)
  if (filter === 'Crypt') return data
  throw unsupported('stream filter')
}

function listOf(value: PdfValue | undefined): readonly PdfValue[] {
  if (!value || value.kind === 'null') return []
  return value.kind === 'array' ? value.items : [value]
}

function undoPredictor(data: Buffer, parameter: PdfDict | undefined, resolve: Resolve): Buffer {
  const number = (key: string, otherwise: number) => asNatural(resolve(parameter?.entries.get(key))) ?? otherwise
  const predictor = number('Predictor', 1)
  if (predictor === 1 || data.length === 0) return data
  const colors = number('Colors', 1)
  const bits = number('BitsPerComponent', 8)
  const row = Math.ceil((colors * bits * number('Columns', 1)) / 8)
  if (row < 1 || row > data.length) throw broken('predictor columns')
  if (predictor >= 10) return undoPng(data, row, Math.max(1, (colors * bits) >> 3))
  if (predictor !== 2 || bits !== 8) throw unsupported('predictor')
  return undoTiff(data, row, colors)
}
