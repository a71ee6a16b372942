import { addJpeg } from './jpeg-graphic.js'
import { Parts } from './parts.js'
import { makeJpeg } from './test/pictures.js'
import { refusal } from './test/refusal.js'

function added(jpeg: Buffer, cmyk = true) {
  const parts = new Parts()
  const graphic = addJpeg(jpeg, cmyk, parts)
  return { graphic, ...parts.objects[graphic.part - 1]!.body([], bytes => `<${bytes.toString('hex')}>`) }
}

describe('a JPEG in a visible seal', () => {
  it.each([1, 3, 4] as const)('of %d components goes in unchanged', components => {
    const jpeg = makeJpeg(components, { side: 20 })
    const { graphic, stream, dictionary } = added(jpeg)
    expect(stream).toEqual(jpeg)
    expect(dictionary).toContain('/Filter /DCTDecode')
    expect(graphic).toMatchObject({ width: 20, height: 20 })
    expect(dictionary).toContain({ 1: '[/Indexed [/CalRGB', 3: '/ColorSpace [/CalRGB', 4: '/DeviceCMYK' }[components])
  })

  it('by Adobe in CMYK is turned back', () => {
    expect(added(makeJpeg(4, { adobe: true })).dictionary).toContain('/Decode [1 0 1 0 1 0 1 0]')
    expect(added(makeJpeg(4)).dictionary).not.toContain('/Decode')
    expect(added(makeJpeg(3, { adobe: true })).dictionary).not.toContain('/Decode')
  })

  it('may be progressive', () => {
    expect(added(makeJpeg(3, { frame: 0xc2 })).graphic.width).toBe(8)
  })

  const good = makeJpeg(3)
  const frameAt = good.indexOf(Buffer.from([0xff, 0xc0]))
  const changed = (at: number, byte: number) => Buffer.from(good.map((old, i) => (i === at ? byte : old)))
  const bad: [why: string, jpeg: Buffer, says: RegExp][] = [
    ['lossless', makeJpeg(3, { frame: 0xc3 }), /baseline/],
    ['cut before its end', good.subarray(0, -2), /cut short/],
    ['cut inside a segment', good.subarray(0, 20), /cut short/],
    ['of no width', changed(frameAt + 8, 0), /without pixels/],
    ['of 12 bits', changed(frameAt + 4, 12), /unusual/],
    ['of two components', changed(frameAt + 9, 2), /unusual/],
    ['with a segment that has no length', changed(4, 0).fill(0, 4, 6), /cut short/],
    ['no more than its mark', good.subarray(0, 3), /cut short/]
  ]
  it.each(bad)('is refused when %s', async (_, jpeg, says) => {
    const { code, path, why } = await refusal(() => addJpeg(jpeg, true, new Parts()))
    expect({ code, path }).toEqual({ code: 'sealing/seal-design-invalid', path: 'graphic.data' })
    expect(why).toMatch(says)
  })

  it('in CMYK is refused where PDF/A is to be kept', async () => {
    expect(await refusal(() => addJpeg(makeJpeg(4), false, new Parts()))).toMatchObject({
      why: expect.stringContaining('CMYK')
    })
  })
})
