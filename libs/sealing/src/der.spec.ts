import * as asn1js from 'asn1js'
import { boolean, integer, octetString, oid, sequence, setOf, time, tlv } from './der.js'
import { DerError, readDer } from './der-reader.js'

const parse = (der: Buffer) => {
  const { offset, result } = asn1js.fromBER(new Uint8Array(der).buffer)
  expect(offset).toBe(der.length)
  return result
}

describe('DER', () => {
  it.each([0, 1, 127, 128, 255, 256, 65_535, 65_536, 70_000])(
    'writes lengths that another library reads: %i',
    length => {
      const content = Buffer.alloc(length, 7)
      const parsed = parse(octetString(content)) as asn1js.OctetString
      expect(Buffer.from(parsed.getValue()).equals(content)).toBe(true)
      expect(readDer(octetString(content)).content.equals(content)).toBe(true)
    }
  )

  it.each(['1.2.840.113549.1.7.2', '2.5.4.97', '0.4.0.1862.1.6.2', '2.16.840.1.101.3.4.2.1'])(
    'writes and reads object identifiers: %s',
    dotted => {
      expect((parse(oid(dotted)) as asn1js.ObjectIdentifier).valueBlock.toString()).toBe(dotted)
      expect(readDer(oid(dotted)).oid()).toBe(dotted)
    }
  )

  it('writes integers without superfluous bytes and never negative', () => {
    expect(integer(0).toString('hex')).toBe('020100')
    expect(integer(127).toString('hex')).toBe('02017f')
    expect(integer(128).toString('hex')).toBe('02020080')
    expect(integer(Buffer.from('000080ff', 'hex')).toString('hex')).toBe('02030080ff')
    expect(readDer(integer(Buffer.from('00ff01', 'hex'))).hex()).toBe('FF01')
  })

  it('sorts a SET OF by the bytes of its members, whatever their order', () => {
    const members = [integer(300), integer(2), octetString(Buffer.from('a')), boolean(true)]
    const sorted = '3111' + '0101ff' + '020102' + '0202012c' + '040161'
    expect(setOf(members).toString('hex')).toBe(sorted.replace('3111', '310d'))
    expect(setOf([...members].reverse()).equals(setOf(members))).toBe(true)
  })

  it('writes UTCTime until 2049 and GeneralizedTime from 2050', () => {
    expect(time(new Date('2049-12-31T23:59:59.999Z')).toString('latin1').slice(2)).toBe('491231235959Z')
    expect(time(new Date('2050-01-01T00:00:00Z')).toString('latin1').slice(2)).toBe('20500101000000Z')
    expect(
      readDer(time(new Date('2026-11-22T10:11:12Z')))
        .time()
        .toISOString()
    ).toBe('2026-11-22T10:11:12.000Z')
  })

  it.each([
    ['indefinite length', '3080020101' + '0000'],
    ['length not the shortest', '30810302010' + '1'],
    ['cut off', '300402'],
    ['bytes after the end', '02010100'],
    ['member beyond its parent', '3003020401']
  ])('refuses what is not DER: %s', (_, hex) => {
    expect(() => readDer(Buffer.from(hex, 'hex')).children()).toThrow(DerError)
  })

  it('nests', () => {
    const nested = sequence(tlv(0xa0, sequence(integer(1), integer(2))))
    const [wrapped] = readDer(nested).children()
    expect(wrapped!.tag).toBe(0xa0)
    expect(
      wrapped!
        .children()[0]!
        .children()
        .map(child => child.number())
    ).toEqual([1, 2])
  })
})
