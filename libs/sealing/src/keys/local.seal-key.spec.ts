import { verify, X509Certificate } from 'node:crypto'
import { Refused } from '#platform/plain'
import { makeSealer, p256, p384, rsa } from '../../test/test-authority.js'
import { hashOf, nodeKeyOptions, type SealAlgorithm } from '../seal-algorithm.js'
import { sealingProblems } from '../sealing.errors.js'
import { LocalSealKey } from './local.seal-key.js'

describe('a key in memory', () => {
  it.each<[SealAlgorithm, typeof p256]>([
    ['ECDSA-SHA256', p256],
    ['ECDSA-SHA384', p384],
    ['RSA-SHA256', rsa(2048)],
    ['RSA-SHA512', rsa(2048)],
    ['RSASSA-PSS-SHA256', rsa(2048)]
  ])('signs by %s, whether node:crypto is told the key alone or options as well', async (algorithm, params) => {
    const { institution, authority } = await makeSealer(params)
    const { certificate, key: privateKey } = institution
    const key = new LocalSealKey({ certificate, chain: [authority.certificate], algorithm, privateKey })
    const messages = ['a', 'b', 'c'].map(text => Buffer.from(text))
    const signatures = await key.signBatch(messages)
    const { publicKey } = new X509Certificate(certificate)
    const options = { key: publicKey, ...nodeKeyOptions(algorithm) }
    messages.forEach((message, i) => expect(verify(hashOf(algorithm), message, options, signatures[i]!)).toBe(true))
  })

  it('is not taken together with the certificate of another key', async () => {
    const [one, other] = [await makeSealer(), await makeSealer()]
    const mixed = {
      certificate: one.institution.certificate,
      chain: [],
      algorithm: 'ECDSA-SHA256',
      privateKey: other.institution.key
    } as const
    expect(() => new LocalSealKey(mixed)).toThrow(Refused)
    expect(() => new LocalSealKey(mixed)).toThrow(
      expect.objectContaining({ type: sealingProblems['certificate-unfit'] }) as Error
    )
  })
})
