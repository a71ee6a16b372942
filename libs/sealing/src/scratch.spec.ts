import { writeFileSync, mkdirSync } from 'node:fs'
import { makeSealer, issue, timeStampingOnly, digitalSignature, pem, rsa } from '../test/test-authority.js'
import { makePkcs12 } from '../test/test-pkcs12.js'
import { TestTsa } from '../test/test-tsa.js'
import { makePdf } from '../test/test-pdfs.js'
import { HttpTimestampAuthority, Pkcs12SealKey, sealBatch } from './index.js'
test('try', async () => {
  const now = new Date('2026-11-22T12:00:00Z')
  const clock = { now: () => now }
  const { root, authority, institution } = await makeSealer(rsa(3072))
  const p12 = await makePkcs12('hasło', [institution], [institution, authority, root])
  const key = Pkcs12SealKey.open(p12, 'hasło', now)
  const tsaId = await issue({ subject: 'CN=TSA', issuer: root, extensions: [timeStampingOnly, digitalSignature] })
  const tsa = new TestTsa(tsaId)
  await tsa.start()
  const http = new HttpTimestampAuthority({ url: tsa.url, timeoutMs: 2000, trustAnchors: [root.certificate], maxSkewSeconds: 60, clock })
  const docs = [
    makePdf(), makePdf({ xref: 'stream' }), makePdf({ xref: 'stream', objectStream: true, predictor: true }),
    makePdf({ xref: 'hybrid', objectStream: true }), makePdf({junkBefore: 'junk\n'}), makePdf({after: ''}),
    makePdf({lineEnd: '\r\n', catalog: '/AcroForm << /Fields [] >>', page: '/Annots 10 0 R', objects: {10: '[]'}})
  ]
  const out = await sealBatch([...docs.map((bytes, i) => ({ id: String(i), fileName: `d${i}.pdf`, mediaType: 'application/pdf', bytes })),
     { id: 't', fileName: 'a.txt', mediaType: 'text/plain', bytes: Buffer.from('hello\n') }], { key, level: 'B-T', clock, tsa: http })
  mkdirSync('/tmp/seal-out', { recursive: true })
  writeFileSync('/tmp/seal-out/root.pem', pem(root))
  for (const o of out) {
    if (!o.ok) { console.log(o.id, o.problem.code, o.facts); continue }
    for (const f of o.files) writeFileSync('/tmp/seal-out/' + f.fileName, f.bytes)
  }
  const again = await sealBatch(out.slice(0, 7).flatMap(o => o.ok ? [{ id: o.id, ...o.sealed }] : []), { key, level: 'B-T', clock, tsa: http })
  for (const o of again) { if (o.ok) writeFileSync('/tmp/seal-out/twice-' + o.sealed.fileName, o.sealed.bytes); else console.log('again', o.problem.code, o.facts) }
  await tsa.stop()
})
