import { generateKeyPairSync, sign } from 'node:crypto'
import { schemeOfUri, verifyXmlSignature } from './algorithms.js'

const MORE = 'http://www.w3.org/2001/04/xmldsig-more#'
const signed = Buffer.from('what is signed')

describe('values of XML signatures', () => {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'secp521r1' })
  const scheme = schemeOfUri(`${MORE}ecdsa-sha512`)!
  const verify = (value: Buffer) => verifyXmlSignature(scheme, publicKey, signed, value)
  const make = (good: (value: Buffer) => boolean): Buffer => {
    for (;;) {
      const value = sign('sha512', signed, { key: privateKey, dsaEncoding: 'ieee-p1363' })
      if (good(value)) return value
    }
  }
  const halves = (value: Buffer) => [value.subarray(0, 66), value.subarray(66)] as const

  it('two numbers of the length of the curve', () => {
    const value = make(() => true)
    expect(verify(value)).toBe(true)
    value[70]! ^= 1
    expect(verify(value)).toBe(false)
  })

  it('two numbers a zero longer, or both without the zero before them, as some programs write them', () => {
    const [r, s] = halves(make(() => true))
    const zero = Buffer.alloc(1)
    expect(verify(Buffer.concat([zero, r, zero, s]))).toBe(true)
    expect(verify(Buffer.concat([Buffer.from([1]), r, zero, s]))).toBe(false)
    const short = make(value => value[0] === 0 && value[66] === 0)
    const [shortR, shortS] = halves(short)
    expect(verify(Buffer.concat([shortR.subarray(1), shortS.subarray(1)]))).toBe(true)
    expect(verify(Buffer.concat([shortR.subarray(1), shortS]))).toBe(false)
    expect(verify(Buffer.alloc(0))).toBe(false)
  })

  it('DSA, and neither HMAC nor what is broken', () => {
    const dsa = generateKeyPairSync('dsa', { modulusLength: 2048, divisorLength: 256 })
    const value = sign('sha256', signed, { key: dsa.privateKey, dsaEncoding: 'ieee-p1363' })
    const method = schemeOfUri('http://www.w3.org/2009/xmldsig11#dsa-sha256')!
    expect(verifyXmlSignature(method, dsa.publicKey, signed, value)).toBe(true)
    expect(verifyXmlSignature(method, publicKey, signed, value)).toBe(false)
    for (const uri of ['http://www.w3.org/2000/09/xmldsig#hmac-sha1', `${MORE}rsa-md5`, ''])
      expect(schemeOfUri(uri)).toBeUndefined()
  })
})
