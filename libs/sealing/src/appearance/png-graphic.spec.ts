import { inflateSync } from 'node:zlib'
import { Parts } from './parts.js'
import { addPng } from './png-graphic.js'
import { makePng, pngChunk, type PngWish } from './test/pictures.js'
import { refusal } from './test/refusal.js'

/** The pixels of the image that was added, and of its mask. */
function added(png: Buffer, flattenOn?: readonly [number, number, number]) {
  const parts = new Parts()
  const graphic = addPng(png, flattenOn, parts)
  const numbers = [0, ...parts.objects].map((_, i) => 100 + i)
  const bodies = parts.objects.map(object => object.body(numbers, () => '()'))
  const image = bodies[graphic.part - 1]!
  const mask = /\/SMask (\d+) 0 R/.exec(image.dictionary)
  return {
    graphic,
    dictionary: image.dictionary,
    pixels: [...inflateSync(image.stream!)],
    mask: mask && [...inflateSync(bodies[Number(mask[1]) - 101]!.stream!)]
  }
}

/** Sample values that differ from their neighbours in all directions. */
function pattern(width: number, height: number, channels: number, depth: number): number[] {
  const most = 2 ** depth - 1
  return Array.from({ length: width * height * channels }, (_, i) => (i * 37 + ((i * i) >> 3)) & most)
}

describe('a PNG in a visible seal', () => {
  const kinds: [name: string, colourType: number, depths: number[]][] = [
    ['grey', 0, [1, 2, 4, 8, 16]],
    ['RGB', 2, [8, 16]],
    ['grey with alpha', 4, [8, 16]],
    ['RGB with alpha', 6, [8, 16]]
  ]
  for (const [name, colourType, depths] of kinds)
    for (const depth of depths)
      for (const interlaced of [false, true])
        it(`of ${name}, ${depth} bits${interlaced ? ', interlaced' : ''}, keeps its pixels`, () => {
          const channels = { 0: 1, 2: 3, 4: 2, 6: 4 }[colourType]!
          // Odd sizes leave passes of the interlacing empty and rows ending inside a byte.
          const [width, height] = [11, 5]
          const samples = pattern(width, height, channels, depth)
          for (let filter = 0; filter <= 4; filter++) {
            const { pixels, mask } = added(makePng({ width, height, depth, colourType, samples, interlaced, filter }))
            const eight = (value: number) => (depth === 16 ? value >> 8 : Math.round((value * 255) / (2 ** depth - 1)))
            const colours = Array.from({ length: width * height }, (_, i) =>
              [0, 1, 2].map(k => eight(samples[i * channels + (channels > 2 ? k : 0)]!))
            )
            expect(pixels).toEqual(colours.flat())
            if (channels % 2 === 0)
              expect(mask).toEqual(colours.map((_, i) => eight(samples[i * channels + channels - 1]!)))
            else expect(mask).toBeNull()
          }
        })

  it('with a palette and its transparency', () => {
    const chunks: PngWish['chunks'] = [
      ['PLTE', Buffer.from([255, 0, 0, 0, 255, 0, 0, 0, 255])],
      ['tRNS', Buffer.from([255, 0])]
    ]
    for (const depth of [2, 4, 8]) {
      const { pixels, mask } = added(makePng({ width: 3, height: 1, depth, colourType: 3, samples: [2, 1, 0], chunks }))
      expect(pixels).toEqual([0, 0, 255, 0, 255, 0, 255, 0, 0])
      expect(mask).toEqual([255, 0, 255])
    }
  })

  it('with one transparent colour', () => {
    const chunks: PngWish['chunks'] = [['tRNS', Buffer.from([0, 7, 0, 8, 0, 9])]]
    const samples = [7, 8, 9, 7, 8, 10]
    expect(added(makePng({ width: 2, height: 1, depth: 8, colourType: 2, samples, chunks })).mask).toEqual([0, 255])
  })

  it('is flattened on the background where transparency is forbidden', () => {
    const samples = [100, 0, 200, 255, 100, 0, 200, 0, 100, 0, 200, 51]
    const { pixels, mask, dictionary } = added(
      makePng({ width: 3, height: 1, depth: 8, colourType: 6, samples }),
      [1, 0, 0]
    )
    // Opaque, transparent, and a fifth of itself over red.
    expect(pixels).toEqual([100, 0, 200, 255, 0, 0, 224, 0, 40])
    expect(mask).toBeNull()
    expect(dictionary).not.toContain('SMask')
  })

  it('without a transparent pixel gets no mask', () => {
    expect(added(makePng({ width: 1, height: 1, depth: 8, colourType: 4, samples: [9, 255] })).mask).toBeNull()
  })

  it('is calibrated, whatever the output intent of the document', () => {
    const { dictionary } = added(makePng({ width: 1, height: 1, depth: 8, colourType: 0, samples: [9] }))
    expect(dictionary).toContain('/CalRGB')
    expect(dictionary).not.toMatch(/Device/)
  })

  describe('is refused when', () => {
    const good = makePng({ width: 4, height: 4, depth: 8, colourType: 2, samples: pattern(4, 4, 3, 8) })
    const withHeader = (change: (header: Buffer) => void) => {
      const header = Buffer.from(good.subarray(16, 29))
      change(header)
      return Buffer.concat([good.subarray(0, 8), pngChunk('IHDR', header), good.subarray(33)])
    }
    const bad: [why: string, png: Buffer, says: RegExp][] = [
      ['cut short', good.subarray(0, good.length - 20), /cut short/],
      ['damaged', Buffer.from(good.map((byte, i) => (i === 45 ? byte ^ 1 : byte))), /damaged/],
      ['of no width', withHeader(header => header.writeUInt32BE(0, 0)), /without pixels/],
      ['a bomb by its header', withHeader(header => header.writeUInt32BE(0x7fffffff, 0)), /pixels/],
      ['larger than its data', withHeader(header => header.writeUInt32BE(5, 4)), /cut short/],
      ['smaller than its data', withHeader(header => header.writeUInt32BE(3, 4)), /damaged/],
      ['of an impossible depth', withHeader(header => void (header[8] = 3)), /header/],
      ['without palette', makePng({ width: 1, height: 1, depth: 8, colourType: 3, samples: [0] }), /palette/],
      [
        'pointing outside its palette',
        makePng({ width: 1, height: 1, depth: 8, colourType: 3, samples: [1], chunks: [['PLTE', Buffer.alloc(3)]] }),
        /palette/
      ]
    ]
    it.each(bad)('%s', async (_, png, says) => {
      const { code, path, why } = await refusal(() => addPng(png, undefined, new Parts()))
      expect({ code, path }).toEqual({ code: 'sealing/seal-design-invalid', path: 'graphic.data' })
      expect(why).toMatch(says)
    })
  })
})
