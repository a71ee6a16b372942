import { crc32, deflateSync } from 'node:zlib'

/** A PNG to be made. `samples` has all channels of all pixels, each of `depth` bits. */
export interface PngWish {
  readonly width: number
  readonly height: number
  readonly depth: number
  readonly colourType: number
  readonly samples: readonly number[]
  readonly interlaced?: boolean
  /** Filter of each row; 0 when absent. */
  readonly filter?: number
  readonly chunks?: readonly (readonly [type: string, body: Buffer])[]
}

const channels: Readonly<Record<number, number>> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 }

/** Writes a PNG, filtered and interlaced as wished. */
export function makePng(wish: PngWish): Buffer {
  const { width, height, depth, colourType } = wish
  const perPixel = channels[colourType]!
  const grids = wish.interlaced
    ? [
        [0, 0, 8, 8],
        [4, 0, 8, 8],
        [0, 4, 4, 8],
        [2, 0, 4, 4],
        [0, 2, 2, 4],
        [1, 0, 2, 2],
        [0, 1, 1, 2]
      ]
    : [[0, 0, 1, 1]]
  const data: number[] = []
  for (const [x0, y0, dx, dy] of grids as [number, number, number, number][]) {
    let above: number[] = []
    for (let y = y0; y < height; y += dy) {
      let bits = ''
      for (let x = x0; x < width; x += dx)
        for (let k = 0; k < perPixel; k++)
          bits += wish.samples[(y * width + x) * perPixel + k]!.toString(2).padStart(depth, '0')
      if (!bits) continue
      const row = (bits.match(/.{1,8}/g) ?? []).map(byte => parseInt(byte.padEnd(8, '0'), 2))
      data.push(wish.filter ?? 0, ...filtered(row, above, wish.filter ?? 0, Math.max(1, (depth * perPixel) >> 3)))
      above = row
    }
  }
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  header.set([depth, colourType, 0, 0, wish.interlaced ? 1 : 0], 8)
  const chunks = [
    ['IHDR', header],
    ...(wish.chunks ?? []),
    ['IDAT', deflateSync(Buffer.from(data))],
    ['IEND', Buffer.alloc(0)]
  ]
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    ...(chunks as [string, Buffer][]).map(([type, body]) => pngChunk(type, body))
  ])
}

/** One chunk with its length and check sum. */
export function pngChunk(type: string, body: Buffer): Buffer {
  const whole = Buffer.concat([Buffer.alloc(4), Buffer.from(type, 'latin1'), body, Buffer.alloc(4)])
  whole.writeUInt32BE(body.length, 0)
  whole.writeUInt32BE(crc32(whole.subarray(4, -4)), whole.length - 4)
  return whole
}

function filtered(row: readonly number[], above: readonly number[], filter: number, pixel: number): number[] {
  return row.map((byte, i) => {
    const [a, b, c] = [row[i - pixel] ?? 0, above[i] ?? 0, above[i - pixel] ?? 0]
    const p = a + b - c
    const order = [a, b, c].map(value => Math.abs(p - value))
    const paeth = [a, b, c][order.indexOf(Math.min(...order))]!
    return (byte - [0, a, b, Math.floor((a + b) / 2), paeth][filter]!) & 0xff
  })
}

/** A baseline JPEG of one colour: every sample is 128. */
export function makeJpeg(
  components: 1 | 3 | 4,
  options: { adobe?: boolean; frame?: number; side?: number } = {}
): Buffer {
  const segment = (marker: number, ...body: number[]) => [
    0xff,
    marker,
    (body.length + 2) >> 8,
    (body.length + 2) & 0xff,
    ...body
  ]
  const ids = Array.from({ length: components }, (_, i) => i + 1)
  const side = options.side ?? 8
  // One code each: "0" for a DC difference of zero, "0" for the end of a block; a block is two zero bits.
  const table = (kind: number) => [kind, 1, ...new Array<number>(15).fill(0), 0]
  const bits = '00'.repeat(components * Math.ceil(side / 8) ** 2)
  const scan = (bits.match(/.{1,8}/g) ?? []).map(byte => parseInt(byte.padEnd(8, '1'), 2))
  return Buffer.from([
    ...[0xff, 0xd8],
    ...(options.adobe ? segment(0xee, ...Buffer.from('Adobe'), 0, 100, 0, 0, 0, 0, 0) : []),
    ...segment(0xdb, 0, ...new Array<number>(64).fill(1)),
    ...segment(options.frame ?? 0xc0, 8, 0, side, 0, side, components, ...ids.flatMap(id => [id, 0x11, 0])),
    ...segment(0xc4, ...table(0x00)),
    ...segment(0xc4, ...table(0x10)),
    ...segment(0xda, components, ...ids.flatMap(id => [id, 0]), 0, 63, 0),
    ...scan,
    ...[0xff, 0xd9]
  ])
}
