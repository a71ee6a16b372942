import { createPublicKey, generateKeyPairSync, sign, verify } from 'node:crypto'
import { derOfRaw, ecdsaToDer, isDerSignature } from './ecdsa-form.js'

describe('the forms of ECDSA signatures', () => {
  it.each([
    ['P-256', 32, 'sha256'],
    ['P-384', 48, 'sha384'],
    ['P-521', 66, 'sha512']
  ] as const)('are told apart and made one on %s', (namedCurve, numberBytes, hash) => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve })
    const key = createPublicKey(privateKey)
    const message = Buffer.from('m')
    for (let n = 0; n < 100; n++) {
      const raw = sign(hash, message, { key: privateKey, dsaEncoding: 'ieee-p1363' })
      const der = sign(hash, message, privateKey)
      expect(verify(hash, message, key, ecdsaToDer(raw, numberBytes)!)).toBe(true)
      expect(ecdsaToDer(der, numberBytes)).toBe(der)
    }
  })

  it('turns numbers with leading zeros and high bits into the shortest DER', () => {
    const raw = Buffer.concat([Buffer.alloc(31), Buffer.from([1]), Buffer.alloc(32, 0xff)])
    expect(derOfRaw(raw).toString('hex')).toBe(`3026020101022100${'ff'.repeat(32)}`)
    const smallest = Buffer.concat([Buffer.alloc(31), Buffer.from([0x80]), Buffer.alloc(31), Buffer.from([0x7f])])
    expect(derOfRaw(smallest).toString('hex')).toBe('300702020080' + '02017f')
  })

  it('knows what is neither form', () => {
    for (const bytes of [
      Buffer.alloc(0),
      Buffer.alloc(63),
      Buffer.alloc(65, 0x30),
      Buffer.from('3003020101', 'hex'),
      Buffer.from('30060201010201', 'hex'),
      Buffer.from(`3026020101022100${'ff'.repeat(32)}00`, 'hex'),
      Buffer.from('3006020181020101', 'hex'),
      Buffer.from('300602010102010102', 'hex')
    ])
      expect(ecdsaToDer(bytes, 32)).toBeUndefined()
    expect(isDerSignature(derOfRaw(Buffer.alloc(96, 0x7f)), 32)).toBe(false)
  })
})
