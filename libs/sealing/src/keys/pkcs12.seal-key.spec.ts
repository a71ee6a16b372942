import { verify } from 'node:crypto'
import { Refused } from '#platform/plain'
import { issue, makeSealer, nonRepudiation, p384, rsa } from '../../test/test-authority.js'
import { makePkcs12 } from '../../test/test-pkcs12.js'
import { sealKeyContract, type SealKeySubject } from '../../test/seal-key.contract.js'
import type { SealAlgorithm } from '../seal-algorithm.js'
import { Pkcs12SealKey } from './pkcs12.seal-key.js'

const now = new Date('2026-11-22T12:00:00Z')

function codeOf(open: () => unknown): string {
  try {
    open()
  } catch (error) {
    if (error instanceof Refused) return error.type.code
    throw error
  }
  return 'opened'
}

describe('a seal key from PKCS#12', () => {
  it.each([
    ['P-256', undefined, 'ECDSA-SHA256', 'sha256'],
    ['P-384', p384, 'ECDSA-SHA384', 'sha384'],
    ['RSA-3072', rsa(3072), 'RSA-SHA256', 'sha256'],
    ['RSA-4096', rsa(4096), 'RSA-SHA256', 'sha256']
  ] as const)('signs a batch in order with %s', async (_, kind, algorithm, hash) => {
    const { root, authority, institution } = await makeSealer(kind)
    const file = await makePkcs12('zażółć gęślą', [institution], [root, institution, authority])
    const key = Pkcs12SealKey.open(file, 'zażółć gęślą', now)
    expect(key.algorithm).toBe(algorithm)
    expect(key.custody).toBe('software')
    expect(key.certificate.equals(institution.certificate)).toBe(true)
    expect(key.chain.map(der => der.toString('hex'))).toEqual([authority.certificate.toString('hex')])
    const messages = ['a', 'b', 'c', 'd', 'e'].map(text => Buffer.from(text))
    const signatures = await key.signBatch(messages)
    const pem = institution.parsed.publicKey.toString('pem')
    expect(messages.map((message, i) => verify(hash, message, pem, signatures[i]!))).toEqual(Array(5).fill(true))
    expect(verify(hash, messages[0]!, pem, signatures[1]!)).toBe(false)
  })

  it('signs with RSASSA-PSS when told to', async () => {
    const { institution } = await makeSealer(rsa(3072))
    const file = await makePkcs12('x', [institution], [institution])
    const algorithm: SealAlgorithm = 'RSASSA-PSS-SHA256'
    const key = Pkcs12SealKey.open(file, 'x', now, algorithm)
    const [signature] = await key.signBatch([Buffer.from('m')])
    const publicKey = institution.parsed.publicKey.toString('pem')
    // 6 is RSA_PKCS1_PSS_PADDING.
    expect(verify('sha256', Buffer.from('m'), { key: publicKey, padding: 6, saltLength: 32 }, signature!)).toBe(true)
    expect(verify('sha256', Buffer.from('m'), publicKey, signature!)).toBe(false)
    expect(codeOf(() => Pkcs12SealKey.open(file, 'x', now, 'ECDSA-SHA256'))).toBe('sealing/certificate-unfit')
  })

  it('tells a wrong password from a damaged file and from no PKCS#12 at all', async () => {
    const { institution } = await makeSealer()
    const file = await makePkcs12('right', [institution], [institution])
    expect(codeOf(() => Pkcs12SealKey.open(file, 'wrong', now))).toBe('sealing/pkcs12-wrong-password')
    expect(codeOf(() => Pkcs12SealKey.open(file, '', now))).toBe('sealing/pkcs12-wrong-password')
    expect(codeOf(() => Pkcs12SealKey.open(file.subarray(0, 400), 'right', now))).toBe('sealing/pkcs12-unreadable')
    expect(codeOf(() => Pkcs12SealKey.open(Buffer.alloc(0), 'right', now))).toBe('sealing/pkcs12-unreadable')
    expect(codeOf(() => Pkcs12SealKey.open(Buffer.from('hello'), 'right', now))).toBe('sealing/pkcs12-unreadable')
    expect(codeOf(() => Pkcs12SealKey.open(file, 'right', now))).toBe('opened')
  })

  it('keeps the password out of its errors', async () => {
    const { institution } = await makeSealer()
    const file = await makePkcs12('right', [institution], [institution])
    let shown = ''
    try {
      Pkcs12SealKey.open(file, 'tajne-haslo', now)
    } catch (error) {
      shown = `${(error as Error).stack} ${JSON.stringify(error)} ${String((error as Error).cause)}`
    }
    expect(shown).toContain('pkcs12-wrong-password')
    expect(shown).not.toContain('tajne')
  })

  it('refuses a certificate outside its validity, with the dates', async () => {
    const { institution } = await makeSealer()
    const file = await makePkcs12('x', [institution], [institution])
    expect(codeOf(() => Pkcs12SealKey.open(file, 'x', new Date('2040-01-01T00:00:01Z')))).toBe(
      'sealing/certificate-not-valid'
    )
    expect(codeOf(() => Pkcs12SealKey.open(file, 'x', new Date('2019-12-31T23:59:59Z')))).toBe(
      'sealing/certificate-not-valid'
    )
  })

  it('refuses a file whose key has no certificate, or none at all', async () => {
    const { institution, authority } = await makeSealer()
    const strangers = await makePkcs12('x', [institution], [authority])
    expect(codeOf(() => Pkcs12SealKey.open(strangers, 'x', now))).toBe('sealing/pkcs12-no-key')
    const keyless = await makePkcs12('x', [], [institution])
    expect(codeOf(() => Pkcs12SealKey.open(keyless, 'x', now))).toBe('sealing/pkcs12-no-key')
  })

  it('takes the valid one of two keys, and refuses to guess between two valid ones', async () => {
    const { institution } = await makeSealer()
    const expired = await issue({ subject: 'CN=Old', notAfter: '2025-01-01T00:00:00Z', extensions: [nonRepudiation] })
    const other = await issue({ subject: 'CN=Other', extensions: [nonRepudiation] })
    const renewed = await makePkcs12('x', [expired, institution], [expired, institution])
    expect(Pkcs12SealKey.open(renewed, 'x', now).certificate.equals(institution.certificate)).toBe(true)
    const two = await makePkcs12('x', [other, institution], [other, institution])
    expect(codeOf(() => Pkcs12SealKey.open(two, 'x', now))).toBe('sealing/pkcs12-several-keys')
  })

  it('refuses keys too short or not meant for sealing', async () => {
    const short = await issue({ subject: 'CN=Short', key: rsa(1024), extensions: [nonRepudiation] })
    const shortFile = await makePkcs12('x', [short], [short])
    expect(codeOf(() => Pkcs12SealKey.open(shortFile, 'x', now))).toBe('sealing/certificate-unfit')
    const ca = await issue({ subject: 'CN=CA', ca: true })
    const caFile = await makePkcs12('x', [ca], [ca])
    expect(codeOf(() => Pkcs12SealKey.open(caFile, 'x', now))).toBe('sealing/certificate-unfit')
  })

  it('answers any damaged byte with a coded refusal', async () => {
    const { institution } = await makeSealer()
    const file = await makePkcs12('x', [institution], [institution])
    const codes = new Set<string>()
    for (let at = 0; at < file.length; at += 7) {
      const damaged = Buffer.from(file)
      damaged[at] = damaged[at]! ^ 0x15
      codes.add(codeOf(() => Pkcs12SealKey.open(damaged, 'x', now)))
    }
    expect([...codes].every(code => code.startsWith('sealing/pkcs12-') || code === 'opened')).toBe(true)
    expect(codes.has('sealing/pkcs12-wrong-password')).toBe(true)
  })

  const contractAlgorithms: SealAlgorithm[] = ['ECDSA-SHA256', 'ECDSA-SHA384', 'RSA-SHA256', 'RSASSA-PSS-SHA384']
  let subject: SealKeySubject
  beforeAll(async () => {
    const files = new Map<string, Buffer>()
    for (const [name, kind] of [
      ['ECDSA-SHA256', undefined],
      ['ECDSA-SHA384', p384],
      ['RSA', rsa(2048)]
    ] as const) {
      const { authority, institution } = await makeSealer(kind)
      files.set(name, await makePkcs12('tajne-haslo', [institution], [institution, authority]))
    }
    subject = {
      secrets: ['tajne-haslo', 'nie-to-haslo'],
      open: async algorithm =>
        Pkcs12SealKey.open(files.get(algorithm) ?? files.get('RSA')!, 'tajne-haslo', now, algorithm),
      wrongSecret: async () => ({
        code: 'sealing/pkcs12-wrong-password',
        use: async () => Pkcs12SealKey.open(files.get('RSA')!, 'nie-to-haslo', now)
      })
    }
  })
  sealKeyContract(() => subject, contractAlgorithms)

  it('lets the event loop have its turns in a long batch', async () => {
    const { institution } = await makeSealer(rsa(3072))
    const key = Pkcs12SealKey.open(await makePkcs12('x', [institution], [institution]), 'x', now)
    let turns = 0
    let done = false
    const count = (): void => {
      turns++
      if (!done) setImmediate(count)
    }
    setImmediate(count)
    await key.signBatch(Array.from({ length: 100 }, (_, i) => Buffer.from(String(i))))
    done = true
    expect(turns).toBeGreaterThan(2)
  })
})
