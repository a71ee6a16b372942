import { documentOf, SealingWorld } from '../../test/test-sealing-world.js'
import { BufferSource, readAll } from '../source.js'
import { prepareCades } from './prepare-cades.js'
import { readCadesSignatures } from './read-cades.js'
import { readCms } from './read-cms.js'
import { rewriteCms } from './rewrite-cms.js'
import { threadTime } from '../../test/thread-time.js'

/** A DER element; lengths of three bytes are enough here. */
const element = (tag: number, content: Buffer): Buffer =>
  Buffer.concat([
    Buffer.from([tag, 0x83, content.length >> 16, (content.length >> 8) & 255, content.length & 255]),
    content
  ])

describe('a CMS signature with more material than anybody needs', () => {
  it.each([
    ['certificates', '060b2a864886f70d0109100217', (values: Buffer) => element(0x30, values)],
    ['CRLs', '060b2a864886f70d0109100218', (values: Buffer) => element(0x30, element(0xa0, element(0x30, values)))],
    [
      'OCSP responses',
      '060b2a864886f70d0109100218',
      (values: Buffer) => element(0x30, element(0xa1, element(0x30, values)))
    ]
  ])('is judged in time, and without it: hundreds of thousands of %s', async (_, type, wrap) => {
    const world = await SealingWorld.make()
    const cms = world.seal(prepareCades, 'CAdES-attached', documentOf('a.txt', 'text'))
    const values = Buffer.alloc(600_000, Buffer.from([0x30, 0x00]))
    const attribute = element(0x30, Buffer.concat([Buffer.from(type, 'hex'), element(0x31, wrap(values))]))
    const bytes = Buffer.from(readAll(rewriteCms(readCms(cms), { unsigned: new Map([[0, [attribute]]]) })))
    const started = threadTime()
    const { signatures } = readCadesSignatures(new BufferSource(bytes))
    expect(threadTime() - started).toBeLessThan(2000)
    expect(signatures).toHaveLength(1)
    expect(signatures[0]).toMatchObject({
      integrity: { indication: 'PASSED' },
      material: { crls: [], ocspResponses: [] }
    })
  })
})
