import { crc32, deflateSync, inflateSync } from 'node:zlib'
import { type Rgb, rgbSpace } from './content.js'
import { wrongDesign } from './design-problem.js'
import type { Graphic, Parts } from './parts.js'

const path = 'graphic.data'
const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])

/** Every sealed document carries the picture: larger ones are no seals. */
const mostPixels = 4_000_000
const mostPackedBytes = 2_000_000

/** True for what begins like a PNG. */
export function isPng(data: Buffer): boolean {
  return data.subarray(0, 8).equals(signature)
}

interface PngChunks {
  readonly width: number
  readonly height: number
  readonly depth: number
  readonly colourType: number
  readonly interlaced: boolean
  readonly palette?: Buffer
  readonly transparency?: Buffer
  readonly packed: Buffer
}

/** Channels by colour type: grey, RGB, palette, grey with alpha, RGB with alpha (PNG specification, 11.2.2). */
const channelsOf: Readonly<Record<number, number>> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 }
const depthsOf: Readonly<Record<number, readonly number[]>> = {
  0: [1, 2, 4, 8, 16],
  2: [8, 16],
  3: [1, 2, 4, 8],
  4: [8, 16],
  6: [8, 16]
}

/**
 * Adds a PNG (W3C PNG specification, all colour types, depths and interlacing) as an image XObject of 8-bit samples.
 * @param flattenOn colour that shows through where the picture is transparent; undefined keeps the transparency (/SMask)
 * @throws Refused `sealing/seal-design-invalid`
 */
export function addPng(data: Buffer, flattenOn: Rgb | undefined, parts: Parts): Graphic {
  const png = readChunks(data)
  const { colour, alpha } = splitSamples(png, samplesOf(png))
  const { width, height } = png
  if (alpha && flattenOn) flatten(colour, alpha, flattenOn)
  const image = (dictionary: string, bytes: Buffer): [string, Buffer] => {
    const packed = deflateSync(bytes, { level: 9 })
    if (packed.length > mostPackedBytes) throw wrongDesign(path, 'picture too large: every sealed document carries it')
    const common = `/Type /XObject /Subtype /Image /Width ${width} /Height ${height} /BitsPerComponent 8`
    return [`<< ${common} ${dictionary} /Filter /FlateDecode >>`, packed]
  }
  const mask = alpha && !flattenOn ? parts.addPlain(...image('/ColorSpace /DeviceGray', alpha)) : undefined
  const [dictionary, stream] = image(`/ColorSpace ${rgbSpace}`, colour)
  const part =
    mask === undefined
      ? parts.addPlain(dictionary, stream)
      : parts.add(numbers => ({ dictionary: `${dictionary.slice(0, -2)}/SMask ${numbers[mask]} 0 R >>`, stream }))
  return { part, width, height, own: [1, 1] }
}

function readChunks(data: Buffer): PngChunks {
  let header: Omit<PngChunks, 'packed'> | undefined
  let palette: Buffer | undefined
  let transparency: Buffer | undefined
  const packed: Buffer[] = []
  for (let at = 8; ;) {
    if (at + 12 > data.length) throw wrongDesign(path, 'PNG cut short')
    const length = data.readUInt32BE(at)
    const type = data.toString('latin1', at + 4, at + 8)
    const end = at + 8 + length
    if (end + 4 > data.length) throw wrongDesign(path, 'PNG cut short')
    if (crc32(data.subarray(at + 4, end)) !== data.readUInt32BE(end)) throw wrongDesign(path, 'PNG damaged')
    const body = data.subarray(at + 8, end)
    at = end + 4
    if (!header) {
      if (type !== 'IHDR') throw wrongDesign(path, 'PNG without header')
      header = readHeader(body)
    } else if (type === 'PLTE') palette = body
    else if (type === 'tRNS') transparency = body
    else if (type === 'IDAT') packed.push(body)
    else if (type === 'IEND') return { ...header, palette, transparency, packed: Buffer.concat(packed) }
  }
}

function readHeader(body: Buffer): Omit<PngChunks, 'packed'> {
  if (body.length !== 13) throw wrongDesign(path, 'PNG header')
  const [width, height] = [body.readUInt32BE(0), body.readUInt32BE(4)]
  const [depth, colourType, compression, filter, interlace] = body.subarray(8) as unknown as number[]
  if (width === 0 || height === 0) throw wrongDesign(path, 'PNG without pixels')
  if (width * height > mostPixels) throw wrongDesign(path, `more than ${mostPixels} pixels`)
  if (!depthsOf[colourType!]?.includes(depth!) || compression !== 0 || filter !== 0 || interlace! > 1)
    throw wrongDesign(path, 'PNG header')
  return { width, height, depth: depth!, colourType: colourType!, interlaced: interlace === 1 }
}

/** Start and step of the seven passes of Adam7 (PNG specification, 8.2). */
const passes = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2]
] as const

/** All samples, channels interleaved; 16 bits are cut to their high 8, fewer than 8 stay as they are. */
function samplesOf(png: PngChunks): Uint8Array {
  const channels = channelsOf[png.colourType]!
  const bits = png.depth * channels
  const areas = (png.interlaced ? passes : ([[0, 0, 1, 1]] as const))
    .map(([x, y, stepX, stepY]) => {
      const columns = Math.ceil((png.width - x) / stepX)
      return {
        x,
        y,
        stepX,
        stepY,
        columns,
        rows: Math.ceil((png.height - y) / stepY),
        row: Math.ceil((columns * bits) / 8)
      }
    })
    .filter(area => area.columns > 0 && area.rows > 0)
  const wanted = areas.reduce((sum, area) => sum + area.rows * (area.row + 1), 0)
  const filtered = inflated(png.packed, wanted)
  const out = new Uint8Array(png.width * png.height * channels)
  let at = 0
  for (const { x, y, stepX, stepY, columns, rows, row } of areas) {
    const plain = unfiltered(filtered.subarray(at, at + rows * (row + 1)), rows, row, Math.max(1, bits >> 3))
    at += rows * (row + 1)
    for (let r = 0; r < rows; r++)
      for (let c = 0; c < columns; c++) {
        const to = ((y + r * stepY) * png.width + x + c * stepX) * channels
        for (let k = 0; k < channels; k++) out[to + k] = sampleAt(plain, r * row, c * channels + k, png.depth)
      }
  }
  return out
}

function sampleAt(bytes: Uint8Array, rowAt: number, index: number, depth: number): number {
  if (depth === 8) return bytes[rowAt + index]!
  if (depth === 16) return bytes[rowAt + 2 * index]!
  const bit = index * depth
  return (bytes[rowAt + (bit >> 3)]! >> (8 - depth - (bit & 7))) & ((1 << depth) - 1)
}

function inflated(packed: Buffer, wanted: number): Buffer {
  let out: Buffer
  try {
    out = inflateSync(packed, { maxOutputLength: wanted })
  } catch (error) {
    throw wrongDesign(path, 'PNG data damaged', error)
  }
  if (out.length !== wanted) throw wrongDesign(path, 'PNG cut short')
  return out
}

/** Undoes the filters of the rows (PNG specification, 9). */
function unfiltered(data: Uint8Array, rows: number, row: number, pixel: number): Uint8Array {
  const out = new Uint8Array(rows * row)
  for (let r = 0; r < rows; r++) {
    const from = r * (row + 1)
    const to = r * row
    const filter = data[from]!
    if (filter > 4) throw wrongDesign(path, 'PNG filter')
    for (let i = 0; i < row; i++) {
      const left = i >= pixel ? out[to + i - pixel]! : 0
      const up = r > 0 ? out[to + i - row]! : 0
      const upLeft = r > 0 && i >= pixel ? out[to + i - row - pixel]! : 0
      const guess =
        filter === 0
          ? 0
          : filter === 1
            ? left
            : filter === 2
              ? up
              : filter === 3
                ? (left + up) >> 1
                : nearest(left, up, upLeft)
      out[to + i] = data[from + 1 + i]! + guess
    }
  }
  return out
}

/** Paeth's predictor: the neighbour closest to left + up - upLeft. */
function nearest(left: number, up: number, upLeft: number): number {
  const toLeft = Math.abs(up - upLeft)
  const toUp = Math.abs(left - upLeft)
  const toUpLeft = Math.abs(left + up - 2 * upLeft)
  return toLeft <= toUp && toLeft <= toUpLeft ? left : toUp <= toUpLeft ? up : upLeft
}

interface Samples {
  /** Red, green, blue of each pixel. */
  readonly colour: Buffer
  /** Opacity of each pixel; absent when all are opaque. */
  readonly alpha?: Buffer
}

function splitSamples(png: PngChunks, samples: Uint8Array): Samples {
  const pixels = png.width * png.height
  const channels = channelsOf[png.colourType]!
  const colour = Buffer.alloc(3 * pixels)
  const alpha = Buffer.alloc(pixels, 255)
  const { palette, transparency } = png
  if (png.colourType === 3 && !palette) throw wrongDesign(path, 'PNG without palette')
  // Fewer than 8 bits spread over the whole range: 1 bit 0 and 255, 2 bits 0, 85, 170, 255, 4 bits steps of 17.
  const spread = png.colourType === 0 && png.depth < 8 ? 255 / ((1 << png.depth) - 1) : 1
  for (let i = 0; i < pixels; i++) {
    const first = samples[i * channels]!
    if (png.colourType === 3) {
      if (3 * first + 2 >= palette!.length) throw wrongDesign(path, 'PNG colour outside its palette')
      for (let k = 0; k < 3; k++) colour[3 * i + k] = palette![3 * first + k]!
      if (transparency && first < transparency.length) alpha[i] = transparency[first]!
      continue
    }
    for (let k = 0; k < 3; k++) colour[3 * i + k] = samples[i * channels + (channels > 2 ? k : 0)]! * spread
    if (channels === 2 || channels === 4) alpha[i] = samples[i * channels + channels - 1]!
    else if (transparency && isKey(transparency, samples, i * channels, channels, png.depth)) alpha[i] = 0
  }
  return alpha.every(value => value === 255) ? { colour } : { colour, alpha }
}

/** Whether the pixel has the one transparent colour. Of 16 bits the high 8 are compared. */
function isKey(key: Buffer, samples: Uint8Array, at: number, channels: number, depth: number): boolean {
  if (key.length !== 2 * channels) throw wrongDesign(path, 'PNG transparency')
  for (let k = 0; k < channels; k++) if (samples[at + k] !== (depth === 16 ? key[2 * k] : key[2 * k + 1])) return false
  return true
}

function flatten(colour: Uint8Array, alpha: Buffer, on: Rgb): void {
  alpha.forEach((opacity, i) => {
    if (opacity === 255) return
    for (let k = 0; k < 3; k++)
      colour[3 * i + k] = Math.round((colour[3 * i + k]! * opacity + on[k]! * 255 * (255 - opacity)) / 255)
  })
}
