import { SealingWorld, documentOf } from '../../test/test-sealing-world.js'
import { asBer } from '../../test/test-ber.js'
import { integer, oid, sequence, setOf, tlv } from '../der.js'
import { DerError } from '../der-reader.js'
import { Oid } from '../oids.js'
import { BufferSource, JoinedSource, type RandomAccessSource, readAll } from '../source.js'
import { toDer } from './ber.js'
import { prepareCades } from './prepare-cades.js'
import { readCms } from './read-cms.js'
import { threadTime } from '../../test/thread-time.js'

const content = 'Zażółć gęślą jaźń, raz i drugi'

describe('reading CMS', () => {
  let world: SealingWorld
  let attached: Buffer
  beforeAll(async () => {
    world = await SealingWorld.make()
    attached = world.seal(prepareCades, 'CAdES-attached', documentOf('a.txt', content))
  })

  it('takes a signature apart and says that it is DER', () => {
    const cms = readCms(attached)
    expect(cms.der).toBe(true)
    expect(readAll(cms.content!).toString()).toBe(content)
    expect(cms.certificates).toHaveLength(2)
    expect(cms.signers).toHaveLength(1)
  })

  it('reads the same from BER with indefinite lengths and strings in pieces', () => {
    const ber = asBer(attached)
    expect(ber.includes(Buffer.from(content))).toBe(false)
    const cms = readCms(ber)
    const plain = readCms(attached)
    expect(cms.der).toBe(false)
    expect(readAll(cms.content!).toString()).toBe(content)
    expect(cms.certificates).toEqual(plain.certificates)
    expect(cms.signers[0]!.fields).toEqual(plain.signers[0]!.fields)
    expect(cms.signers[0]!.signedAttributes).toEqual(plain.signers[0]!.signedAttributes)
    expect(toDer(ber)).toEqual(attached)
  })

  it('reads a content of another type, which need be no string (PKCS#7 1.5)', () => {
    const inside = Buffer.concat([integer(5), oid('1.2.3')])
    const signed = (type: string, content: Buffer) => {
      const encapsulated = sequence(oid(type), tlv(0xa0, content))
      return sequence(oid(Oid.signedData), tlv(0xa0, sequence(integer(1), setOf([]), encapsulated, setOf([]))))
    }
    const other = '1.3.6.1.4.1.311.2.1.4'
    expect(readAll(readCms(signed(other, sequence(inside))).content!)).toEqual(inside)
    expect(readAll(readCms(signed(other, tlv(0x04, inside))).content!)).toEqual(inside)
    expect(readAll(readCms(signed(Oid.data, tlv(0x04, inside))).content!)).toEqual(inside)
    for (const type of [Oid.data, Oid.tstInfo]) expect(() => readCms(signed(type, sequence(inside)))).toThrow(DerError)
    expect(() => readCms(signed(other, Buffer.from('3005', 'hex')))).toThrow(DerError)
  })

  it('tells apart encodings that are DER and ones that only look like it', () => {
    const longer = Buffer.concat([Buffer.from([0x30, 0x83, 0]), attached.subarray(2)])
    expect(attached[1]).toBe(0x82)
    expect(readCms(longer).der).toBe(false)
    expect(toDer(longer)).toEqual(attached)
  })

  it('never holds the content: a signature around three gigabytes is read in kilobytes', () => {
    const size = 3 * 2 ** 30
    let read = 0
    const huge: RandomAccessSource = {
      size,
      read: (_, length) => {
        read += length
        return Buffer.alloc(length)
      }
    }
    const hashes = new Map([['sha256' as const, world.hashOfNothing()]])
    const file = world.sealed(prepareCades, 'CAdES-attached', {
      fileName: 'huge',
      mediaType: 'application/x',
      source: huge,
      hashes
    })
    const cms = readCms(file)
    expect(cms.content!.size).toBe(size)
    expect(cms.der).toBe(true)
    expect(cms.signers).toHaveLength(1)
    expect(read).toBeLessThan(32_768)
  })

  it('finds out at once what cannot be written in DER, not when somebody hashes it', () => {
    const bytes = Buffer.from(attached)
    // A string made of pieces that are sequences, where a certificate was.
    bytes[bytes.indexOf(world.issuer.certificate)] = 0x24
    expect(() => readCms(bytes)).toThrow(DerError)
  })

  const nested = (depth: number, tag: number, length: number) => Buffer.alloc(2 * depth, Buffer.from([tag, length]))

  it.each([
    ['nothing', () => Buffer.alloc(0)],
    ['a certificate', () => world.institution.certificate],
    ['a cut file', () => attached.subarray(0, attached.length - 1)],
    ['a cut BER file', () => asBer(attached).subarray(0, -2)],
    ['bytes after the end', () => Buffer.concat([attached, Buffer.from([0])])],
    ['a million indefinite lengths', () => nested(1_000_000, 0x30, 0x80)],
    ['a million empty elements', () => sequence(nested(1_000_000, 0x30, 0))],
    ['a length of 2^63', () => Buffer.from('3088ffffffffffffffff', 'hex')],
    ['a reserved length', () => Buffer.from('30ff00', 'hex')],
    ['a long tag', () => Buffer.from('3f810100', 'hex')],
    [
      'a content cut into itself',
      () => tlv(0x30, Buffer.from('06092a864886f70d010702', 'hex'), nested(500, 0x24, 0x80))
    ]
  ])('refuses %s', (_, bytes) => {
    const started = threadTime()
    expect(() => readCms(bytes())).toThrow(DerError)
    expect(threadTime() - started).toBeLessThan(2000)
  })

  it('bounds what is nested in unsigned places', () => {
    // Constructed strings inside one another: recursion must end before the stack does.
    const deep = Buffer.concat([nested(100_000, 0x24, 0x80), Buffer.alloc(200_000)])
    expect(() => toDer(deep)).toThrow(DerError)
    expect(() => toDer(nested(100_000, 0x30, 0x80))).toThrow(DerError)
  })

  it('reads from any source', () => {
    const halves = new JoinedSource([
      new BufferSource(attached.subarray(0, 777)),
      new BufferSource(attached.subarray(777))
    ])
    expect(readCms(halves).signers[0]!.signature).toEqual(readCms(attached).signers[0]!.signature)
  })
})
