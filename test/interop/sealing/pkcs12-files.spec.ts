import { readFileSync } from 'node:fs'
import { Pkcs12SealKey } from '#sealing'
import { type Identity, makeSealer, p384, pem, rsa } from '../../../libs/sealing/test/test-authority.js'
import { itWith, openssl, Workbench } from './tools.js'

const now = new Date('2026-11-22T12:00:00Z')
const bench = new Workbench()
const password = 'Zażółć 1!'

afterAll(() => bench.clear())

function exported(institution: Identity, chain: Identity[], ...options: string[]): Buffer {
  bench.put('key.pem', institution.key.export({ format: 'pem', type: 'pkcs8' }))
  bench.put('cert.pem', pem(institution))
  bench.put('chain.pem', pem(...chain))
  bench.put('password', `${password}\n`)
  const files = ['-inkey', 'key.pem', '-in', 'cert.pem', '-certfile', 'chain.pem', '-passout', 'file:password']
  bench.run('openssl', 'pkcs12', '-export', ...files, ...options, '-out', 'a.p12')
  return readFileSync(bench.path('a.p12'))
}

const ways: [string, string[]][] = [
  ['AES-256 and SHA-256', []],
  ['3DES and RC2-40, as Windows used to', ['-legacy']],
  ['RC2-128 certificates', ['-legacy', '-certpbe', 'PBE-SHA1-RC2-128', '-keypbe', 'PBE-SHA1-3DES']],
  ['an RC2 key', ['-legacy', '-keypbe', 'PBE-SHA1-RC2-40']],
  ['3DES throughout', ['-keypbe', 'PBE-SHA1-3DES', '-certpbe', 'PBE-SHA1-3DES', '-macalg', 'sha1']],
  [
    'AES-128 and a SHA-512 MAC',
    ['-keypbe', 'AES-128-CBC', '-certpbe', 'AES-128-CBC', '-macalg', 'sha512', '-iter', '5000']
  ],
  ['certificates in the clear', ['-certpbe', 'NONE']],
  ['no MAC', ['-nomac']]
]

describe('PKCS#12 files that openssl wrote', () => {
  for (const [name, options] of ways)
    itWith(openssl)(`open, with key and chain: ${name}`, async () => {
      const { root, authority, institution } = await makeSealer(name.includes('RC2-40') ? rsa(3072) : p384)
      const file = exported(institution, [root, authority], ...options)
      const key = Pkcs12SealKey.open(file, password, now)
      expect(key.certificate.equals(institution.certificate)).toBe(true)
      expect(key.chain.map(der => der.toString('hex'))).toEqual([authority.certificate.toString('hex')])
      expect(await key.signBatch([Buffer.from('x')])).toHaveLength(1)
      expect(() => Pkcs12SealKey.open(file, 'wrong', now)).toThrow('sealing/pkcs12-wrong-password')
    })
})
