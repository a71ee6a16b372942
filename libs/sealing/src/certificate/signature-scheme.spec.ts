import { constants, generateKeyPairSync, sign } from 'node:crypto'
import { derNull, integer, oid, sequence, tlv } from '../der.js'
import { readDer } from '../der-reader.js'
import { hashReliability, isReliable, keyReliability, schemeReliability } from '../validation/crypto-constraints.js'
import { familyOf, readScheme, verifyScheme } from './signature-scheme.js'

const bytes = Buffer.from('what is signed')
const pssParameters = (hash: string, salt?: number) => {
  const digest = sequence(oid(hash), derNull)
  const parts = [tlv(0xa0, digest), tlv(0xa1, sequence(oid('1.2.840.113549.1.1.8'), digest))]
  return sequence(
    oid('1.2.840.113549.1.1.10'),
    sequence(...parts, ...(salt === undefined ? [] : [tlv(0xa2, integer(salt))]))
  )
}

describe('signature schemes', () => {
  const { privateKey: rsa, publicKey: rsaPublic } = generateKeyPairSync('rsa', { modulusLength: 2048 })

  it('read RSASSA-PSS with its parameters and its defaults, and verify by them', () => {
    const scheme = readScheme(readDer(pssParameters('2.16.840.1.101.3.4.2.2', 32)))!
    expect(scheme).toEqual({ family: 'rsa-pss', hash: 'sha384', saltLength: 32 })
    const padding = constants.RSA_PKCS1_PSS_PADDING
    const good = sign('sha384', bytes, { key: rsa, padding, saltLength: 32 })
    expect(verifyScheme(scheme, rsaPublic, bytes, good)).toBe(true)
    expect(verifyScheme(scheme, rsaPublic, bytes, sign('sha384', bytes, { key: rsa, padding, saltLength: 20 }))).toBe(
      false
    )
    expect(verifyScheme({ family: 'rsa', hash: 'sha384' }, rsaPublic, bytes, good)).toBe(false)
    const defaults = readDer(sequence(oid('1.2.840.113549.1.1.10'), sequence()))
    expect(readScheme(defaults)).toEqual({ family: 'rsa-pss', hash: 'sha1', saltLength: 20 })
    expect(readScheme(readDer(pssParameters('2.16.840.1.101.3.4.2.1')))).toMatchObject({ saltLength: 20 })
  })

  it('complete "RSA" and "elliptic curve" by the digest beside them, and see contradictions', () => {
    const plain = readDer(sequence(oid('1.2.840.113549.1.1.1'), derNull))
    expect(readScheme(plain, '2.16.840.1.101.3.4.2.3')).toEqual({ family: 'rsa', hash: 'sha512' })
    expect(readScheme(plain)).toBeUndefined()
    const ec = readDer(sequence(oid('1.2.840.10045.2.1')))
    expect(readScheme(ec, '2.16.840.1.101.3.4.2.1')).toEqual({ family: 'ecdsa', hash: 'sha256' })
    const sha256Rsa = readDer(sequence(oid('1.2.840.113549.1.1.11'), derNull))
    expect(readScheme(sha256Rsa, '1.3.14.3.2.26')).toBeUndefined()
    expect(readScheme(readDer(sequence(oid('1.2.3.4'))))).toBeUndefined()
  })

  it('never take a key of another kind, and never throw', () => {
    const { privateKey, publicKey } = generateKeyPairSync('ed25519')
    const signature = sign(null, bytes, privateKey)
    expect(verifyScheme({ family: 'eddsa' }, publicKey, bytes, signature)).toBe(true)
    expect(verifyScheme({ family: 'ecdsa', hash: 'sha256' }, publicKey, bytes, signature)).toBe(false)
    expect(verifyScheme({ family: 'eddsa' }, rsaPublic, bytes, signature)).toBe(false)
    expect(verifyScheme({ family: 'rsa', hash: 'sha256' }, rsaPublic, bytes, Buffer.alloc(3))).toBe(false)
  })

  it.each([
    ['http://www.w3.org/2001/04/xmldsig-more#rsa-sha256', 'rsa'],
    ['http://www.w3.org/2000/09/xmldsig#rsa-sha1', 'rsa'],
    ['http://www.w3.org/2007/05/xmldsig-more#sha384-rsa-MGF1', 'rsa-pss'],
    ['http://www.w3.org/2007/05/xmldsig-more#rsa-pss', 'rsa-pss'],
    ['http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha512', 'ecdsa'],
    ['http://www.w3.org/2000/09/xmldsig#dsa-sha1', 'dsa'],
    ['http://www.w3.org/2021/04/xmldsig-more#eddsa-ed25519', 'eddsa'],
    ['http://www.w3.org/2000/09/xmldsig#hmac-sha1', undefined],
    ['1.2.840.113549.1.1.10', 'rsa-pss'],
    ['1.2.840.113549.1.1.1', 'rsa'],
    ['1.2.840.10045.4.3.3', 'ecdsa'],
    ['1.2.3', undefined]
  ])('tell the family of %s', (algorithm, family) => expect(familyOf(algorithm)).toBe(family))
})

describe('how long algorithms may be relied on', () => {
  const on = (date: string) => new Date(`${date}T00:00:00Z`)
  it.each([
    ['SHA-1', hashReliability('sha1'), '2012-07-31', '2012-08-01'],
    ['RSA 1024', keyReliability('rsa', 1024), '2019-09-30', '2019-10-01'],
    ['RSA 2048', keyReliability('rsa', 2048), '2028-12-31', '2029-01-01'],
    ['RSA 4096 with PKCS #1 v1.5', keyReliability('rsa', 4096), '2028-12-31', '2029-01-01'],
    ['PSS 2048', keyReliability('rsa-pss', 2048), '2028-12-31', '2029-01-01'],
    ['P-224', keyReliability('ecdsa', 224), '2021-09-30', '2021-10-01']
  ])('%s until a date', (_, reliability, good, bad) => {
    expect(isReliable(reliability, on(good))).toBe(true)
    expect(isReliable(reliability, on(bad))).toBe(false)
  })

  it('some without an end in sight, some never', () => {
    expect([hashReliability('sha256'), keyReliability('ecdsa', 256), keyReliability('rsa-pss', 3072)]).toEqual(
      Array(3).fill('no-end')
    )
    expect([hashReliability('other'), keyReliability('rsa', 512), keyReliability('eddsa', 255)]).toEqual(
      Array(3).fill('never')
    )
    const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 1024 })
    expect(schemeReliability({ family: 'rsa', hash: 'sha1' }, publicKey)).toEqual(on('2012-08-01'))
    expect(schemeReliability(undefined, publicKey)).toBe('never')
  })
})
