import { spawnSync } from 'node:child_process'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import * as pkijs from 'pkijs'
import { HttpTimestampAuthority, Pkcs12SealKey, sealBatch, imprintOf, verifyTimestampToken } from '#sealing'
import {
  digitalSignature,
  issue,
  makeSealer,
  p384,
  pem,
  rsa,
  timeStampingOnly
} from '../../../libs/sealing/test/test-authority.js'
import { BufferSource, readAll } from '../../../libs/sealing/src/source.js'
import { makePkcs12 } from '../../../libs/sealing/test/test-pkcs12.js'
import { itWith, openssl, Workbench } from './tools.js'

const now = new Date()
const clock = { now: () => new Date() }
const bench = new Workbench()
const formats = { pdf: 'PAdES', xml: 'CAdES-detached', other: 'CAdES-detached' } as const
const content = Buffer.from('Zażółć gęślą jaźń\nbinary: \x00\x01\r\n')

afterAll(() => bench.clear())

/** A time-stamp authority that is openssl: what it signs owes nothing to our code or to our test libraries. */
async function opensslTsa() {
  const root = await issue({ subject: 'CN=TSA Root', ca: true })
  const tsa = await issue({
    subject: 'CN=openssl TSA',
    issuer: root,
    key: rsa(2048),
    extensions: [timeStampingOnly, digitalSignature]
  })
  bench.put('tsa.pem', pem(tsa))
  bench.put('tsa.key', tsa.key.export({ format: 'pem', type: 'pkcs8' }))
  bench.put('tsa-root.pem', pem(root))
  bench.put('serial', '01')
  bench.put(
    'tsa.cnf',
    `[tsa]\ndefault_tsa = t\n[t]\ndir = ${bench.folder}\nserial = ${bench.path('serial')}\nsigner_cert = ${bench.path('tsa.pem')}\n` +
      `signer_key = ${bench.path('tsa.key')}\nsigner_digest = sha256\ndefault_policy = 1.2.3.4.1\ndigests = sha256\n` +
      'accuracy = secs:1\nordering = no\ntsa_name = yes\ness_cert_id_chain = no\ness_cert_id_alg = sha256\n'
  )
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const query = bench.put('query.tsq', Buffer.concat(chunks))
      const args = ['ts', '-reply', '-config', bench.path('tsa.cnf'), '-queryfile', query]
      const { stdout } = spawnSync(openssl[0], args)
      response.writeHead(200, { 'content-type': 'application/timestamp-reply' }).end(stdout)
    })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const authority = new HttpTimestampAuthority({
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    timeoutMs: 10_000,
    trustAnchors: [root.certificate],
    maxSkewSeconds: 60,
    clock
  })
  return { authority, root, close: () => new Promise(resolve => server.close(resolve)) }
}

describe('detached CAdES before openssl', () => {
  for (const [name, kind, algorithm] of [
    ['RSA-3072', rsa(3072), undefined],
    ['RSA-3072 PSS', rsa(3072), 'RSASSA-PSS-SHA256'],
    ['RSA-3072 PSS SHA-512', rsa(3072), 'RSASSA-PSS-SHA512'],
    ['P-256', undefined, undefined],
    ['P-384', p384, undefined]
  ] as const)
    itWith(openssl)(`verifies with its chain and CAdES attributes: ${name}`, async () => {
      const { root, authority, institution } = await makeSealer(kind)
      const file = await makePkcs12('x', [institution], [institution, authority])
      const key = Pkcs12SealKey.open(file, 'x', now, algorithm)
      const document = { fileName: 'a.bin', mediaType: 'application/x', source: new BufferSource(content) }
      const [outcome] = await sealBatch([{ id: 'a', documents: [document] }], { key, level: 'B-B', clock, formats })
      if (!outcome?.ok) throw new Error('not sealed')
      bench.put('a.bin', content)
      bench.put('a.cades', readAll(outcome.sealed.source))
      bench.put('root.pem', pem(root))
      const verify = (file: string) =>
        bench.run(
          'openssl',
          'cms',
          '-verify',
          '-cades',
          '-binary',
          '-inform',
          'DER',
          '-in',
          'a.cades',
          '-content',
          file,
          '-CAfile',
          'root.pem',
          '-purpose',
          'any',
          '-out',
          'out.bin'
        )
      expect(verify('a.bin')).toMatch(/CAdES Verification successful|CMS Verification successful/)
      bench.put('other.bin', `${content.toString('latin1')} `)
      expect(() => verify('other.bin')).toThrow(/verification failure/i)
    })

  itWith(openssl)('carries a time stamp of openssl that openssl and we verify', async () => {
    const tsa = await opensslTsa()
    try {
      const { authority, institution } = await makeSealer()
      const key = Pkcs12SealKey.open(await makePkcs12('x', [institution], [institution, authority]), 'x', now)
      const document = { fileName: 'a.txt', mediaType: 'text/plain', source: new BufferSource(content) }
      const [outcome] = await sealBatch([{ id: 'a', documents: [document] }], {
        key,
        level: 'B-T',
        clock,
        formats,
        tsa: tsa.authority
      })
      if (!outcome?.ok) throw new Error('not sealed')
      const info = pkijs.ContentInfo.fromBER(new Uint8Array(readAll(outcome.sealed.source)).buffer)
      const signer = new pkijs.SignedData({ schema: info.content }).signerInfos[0]!
      const attribute = signer.unsignedAttrs!.attributes.find(({ type }) => type === '1.2.840.113549.1.9.16.2.14')!
      const token = Buffer.from((attribute.values[0] as pkijs.ContentInfo & { toBER(): ArrayBuffer }).toBER())
      const signature = Buffer.from(signer.signature.getValue())
      bench.put('token.der', token)
      bench.put('signature.bin', signature)
      bench.put('wrong.bin', Buffer.concat([signature, signature]))
      const verify = (data: string) =>
        bench.run('openssl', 'ts', '-verify', '-token_in', '-in', 'token.der', '-data', data, '-CAfile', 'tsa-root.pem')
      expect(verify('signature.bin')).toContain('Verification: OK')
      expect(() => verify('wrong.bin')).toThrow()
      expect(verifyTimestampToken(token, imprintOf(signature), [tsa.root.certificate]).indication).toBe('PASSED')
      expect(outcome.timestamp?.policy).toBe('1.2.3.4.1')
    } finally {
      await tsa.close()
    }
  })
})
