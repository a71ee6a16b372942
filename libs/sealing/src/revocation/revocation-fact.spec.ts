import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as x509 from '@peculiar/x509'
import { digitalSignature, type Identity, issue, nonRepudiation, p384, pem, rsa } from '../../test/test-authority.js'
import { addresses, makeCrl, makeOcsp, ocspNoCheck, ocspSigning, type OcspWish } from '../../test/test-revocation.js'
import { threadTime } from '../../test/thread-time.js'
import { readableCertificates } from '../certificate/build-chain.js'
import { readCertificate } from '../certificate/read-certificate.js'
import { findRevoked, readCrl } from './crl.js'
import { ocspRequest } from './ocsp-request.js'
import { OcspRefusal, readOcspResponse } from './ocsp-response.js'
import { factsAbout, type RevocationFact } from './revocation-fact.js'
import { DerError } from '../der-reader.js'

const thisUpdate = new Date('2026-11-22T10:00:00Z')
const nextUpdate = new Date('2026-11-23T10:00:00Z')
const revokedAt = new Date('2026-11-01T00:00:00Z')

let root: Identity
let ca: Identity
let seal: Identity
let other: Identity
let responder: Identity

beforeAll(async () => {
  root = await issue({ subject: 'CN=Root', ca: true })
  ca = await issue({ subject: 'CN=CA', ca: true, issuer: root, key: rsa(2048) })
  seal = await issue({ subject: 'CN=Seal', issuer: ca, extensions: [nonRepudiation] })
  other = await issue({ subject: 'CN=Other', issuer: ca, extensions: [nonRepudiation] })
  responder = await issue({
    subject: 'CN=OCSP',
    issuer: ca,
    key: p384,
    extensions: [ocspSigning, ocspNoCheck, digitalSignature]
  })
})

const certificateOf = (identity: Identity) => readCertificate(identity.certificate)

function factsIn(pieces: {
  ocsp?: readonly Buffer[]
  crls?: readonly Buffer[]
  beside?: readonly Identity[]
}): RevocationFact[] {
  return factsAbout(certificateOf(seal), certificateOf(ca), {
    ocspResponses: (pieces.ocsp ?? []).map(readOcspResponse),
    crls: (pieces.crls ?? []).map(readCrl),
    certificates: (pieces.beside ?? []).map(certificateOf),
    certificatesOf: response => readableCertificates(response.certificates)
  })
}

const ocsp = (wish: Partial<OcspWish> = {}) =>
  makeOcsp({ certificate: seal, issuer: ca, thisUpdate, nextUpdate, ...wish })

describe('what OCSP responses say', () => {
  it('believes the issuer itself', async () => {
    const [fact] = factsIn({ ocsp: [await ocsp()] })
    expect(fact).toMatchObject({ kind: 'ocsp', status: 'good', thisUpdate, nextUpdate, issuedAt: thisUpdate })
    expect(fact!.signer.der).toEqual(ca.certificate)
  })

  it.each([
    ['named', { by: 'name' }],
    ['by its key', { by: 'key' }],
    ['with a SHA-256 CertID', { hash: 'SHA-256' }]
  ] as const)('believes a responder that the issuer certified, %s', async (_, wish) => {
    const [fact] = factsIn({ ocsp: [await ocsp({ signer: responder, enclose: [responder], ...wish })] })
    expect(fact).toMatchObject({ status: 'good' })
    expect(fact!.signer.der).toEqual(responder.certificate)
  })

  it('finds the responder certificate beside the response too', async () => {
    expect(factsIn({ ocsp: [await ocsp({ signer: responder })] })).toEqual([])
    expect(factsIn({ ocsp: [await ocsp({ signer: responder })], beside: [responder] })).toHaveLength(1)
  })

  it('tells when and why a certificate was revoked, and a hold from an end', async () => {
    expect(factsIn({ ocsp: [await ocsp({ status: { revokedAt, reason: 1 } })] })).toMatchObject([
      { status: 'revoked', revokedAt, reason: 'keyCompromise' }
    ])
    expect(factsIn({ ocsp: [await ocsp({ status: { revokedAt } })] })).toMatchObject([{ status: 'revoked', revokedAt }])
    expect(factsIn({ ocsp: [await ocsp({ status: { revokedAt, reason: 6 } })] })).toMatchObject([{ status: 'on-hold' }])
  })

  it('does not believe strangers, nor certificates that are not for this', async () => {
    const strangerCa = await issue({ subject: 'CN=CA', ca: true })
    const stranger = await issue({ subject: 'CN=OCSP', issuer: strangerCa, extensions: [ocspSigning] })
    const plain = await issue({ subject: 'CN=OCSP', issuer: ca, extensions: [digitalSignature] })
    const over = await issue({
      subject: 'CN=OCSP',
      issuer: ca,
      extensions: [ocspSigning],
      notAfter: '2026-01-01T00:00:00Z'
    })
    for (const signer of [strangerCa, stranger, plain, other, over])
      expect(factsIn({ ocsp: [await ocsp({ signer, enclose: [signer] })] })).toEqual([])
  })

  it('does not take an answer about another certificate, "unknown", or a changed one', async () => {
    expect(factsIn({ ocsp: [await ocsp({ certificate: other })] })).toEqual([])
    expect(factsIn({ ocsp: [await ocsp({ serial: Buffer.from([1, 2, 3]) })] })).toEqual([])
    expect(factsIn({ ocsp: [await ocsp({ issuer: root, signer: ca })] })).toEqual([])
    expect(factsIn({ ocsp: [await ocsp({ status: 'unknown' })] })).toEqual([])
    const changed = await ocsp({ status: { revokedAt } })
    const at = changed.indexOf('20261101000000Z')
    changed[at + 3] = 0x35
    expect(factsIn({ ocsp: [changed] })).toEqual([])
  })

  it('wants the information to be younger than the certificate, and not "good" about one that was long expired', async () => {
    expect(factsIn({ ocsp: [await ocsp({ thisUpdate: new Date('2019-01-01T00:00:00Z') })] })).toEqual([])
    expect(factsIn({ ocsp: [await ocsp({ thisUpdate: new Date('2041-01-01T00:00:00Z') })] })).toEqual([])
  })

  it('reads damage as nothing, and never throws but DerError', async () => {
    const whole = await ocsp({ signer: responder, enclose: [responder] })
    let readable = 0
    for (let i = 0; i < whole.length; i++) {
      const damaged = Buffer.from(whole)
      damaged[i]! ^= 0x55
      try {
        readOcspResponse(damaged)
        readable++
        // Only bytes that change nothing of what is said (the enclosed certificate's own fields) may pass.
        for (const fact of factsIn({ ocsp: [damaged] })) expect(fact.status).toBe('good')
      } catch (error) {
        expect(error).toBeInstanceOf(DerError)
      }
    }
    expect(readable).toBeGreaterThan(100)
    expect(() => readOcspResponse(Buffer.from('30030a0103', 'hex'))).toThrow(OcspRefusal)
  })
})

describe('what CRLs say', () => {
  const idp = (hex: string) => new x509.Extension('2.5.29.28', true, Buffer.from(hex, 'hex'))

  it('knows who is on the list and who is not', async () => {
    const clean = await makeCrl({
      issuer: ca,
      thisUpdate,
      nextUpdate,
      revoked: [{ certificate: other, at: revokedAt }]
    })
    expect(factsIn({ crls: [clean] })).toMatchObject([{ kind: 'crl', status: 'good', thisUpdate, nextUpdate }])
    const listed = await makeCrl({
      issuer: ca,
      thisUpdate,
      nextUpdate,
      revoked: [
        { certificate: other, at: revokedAt },
        { certificate: seal, at: revokedAt, reason: 4 }
      ]
    })
    expect(factsIn({ crls: [listed] })).toMatchObject([{ status: 'revoked', revokedAt, reason: 'superseded' }])
    const hold = await makeCrl({ issuer: ca, thisUpdate, revoked: [{ certificate: seal, at: revokedAt, reason: 6 }] })
    expect(factsIn({ crls: [hold] })).toMatchObject([{ status: 'on-hold' }])
  })

  it('takes lists by the issuer only', async () => {
    const stranger = await issue({ subject: 'CN=CA', ca: true })
    expect(
      factsIn({ crls: [await makeCrl({ issuer: stranger, thisUpdate, nextUpdate })], beside: [stranger] })
    ).toEqual([])
    expect(factsIn({ crls: [await makeCrl({ issuer: root, thisUpdate, nextUpdate })] })).toEqual([])
    const noLists = await issue({
      subject: 'CN=CA',
      issuer: root,
      extensions: [new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true)]
    })
    expect(factsIn({ crls: [await makeCrl({ issuer: noLists, thisUpdate })], beside: [noLists, root] })).toEqual([])
  })

  it('takes a list signed with another key of the same authority', async () => {
    const lists = await issue({
      subject: 'CN=CA',
      issuer: root,
      extensions: [new x509.KeyUsagesExtension(x509.KeyUsageFlags.cRLSign, true)]
    })
    const crl = await makeCrl({ issuer: lists, thisUpdate, nextUpdate })
    expect(factsIn({ crls: [crl], beside: [lists, root] })).toHaveLength(1)
    expect(factsIn({ crls: [crl], beside: [lists] })).toEqual([])
  })

  it.each([
    ['indirect', '3003840 1ff'],
    ['only for authorities', '30038201ff'],
    ['only for attribute certificates', '30038501ff'],
    ['only for some reasons', '300483020106'],
    ['of another distribution point', '3010a00ea00c860a687474703a2f2f782f79']
  ])('uses no list that is %s', async (_, hex) => {
    const crl = await makeCrl({ issuer: ca, thisUpdate, nextUpdate, extensions: [idp(hex.replaceAll(' ', ''))] })
    expect(factsIn({ crls: [crl] })).toEqual([])
  })

  it('uses lists whose scope fits, no deltas, and none with a critical extension that it does not know', async () => {
    const forUsers = await makeCrl({ issuer: ca, thisUpdate, nextUpdate, extensions: [idp('30038101ff')] })
    expect(factsIn({ crls: [forUsers] })).toHaveLength(1)
    const delta = new x509.Extension('2.5.29.27', true, Buffer.from('020101', 'hex'))
    const unknown = new x509.Extension('1.2.3.4', true, Buffer.from('0500', 'hex'))
    for (const extension of [delta, unknown])
      expect(factsIn({ crls: [await makeCrl({ issuer: ca, thisUpdate, extensions: [extension] })] })).toEqual([])
  })

  it('takes the list of the distribution point that the certificate names', async () => {
    const partitioned = await issue({ subject: 'CN=Part', issuer: ca, extensions: addresses({ crl: 'http://x/y' }) })
    const crl = readCrl(
      await makeCrl({ issuer: ca, thisUpdate, nextUpdate, extensions: [idp('3010a00ea00c860a687474703a2f2f782f79')] })
    )
    const pool = { ocspResponses: [], crls: [crl], certificates: [], certificatesOf: () => [] }
    expect(factsAbout(certificateOf(partitioned), certificateOf(ca), pool)).toHaveLength(1)
  })

  it('searches a long list quickly and without copying it', async () => {
    const small = readCrl(await makeCrl({ issuer: ca, thisUpdate, revoked: [{ certificate: seal, at: revokedAt }] }))
    // A list of a million others before the one in question; its signature is not looked at here.
    const one = Buffer.concat([
      Buffer.from([0x30, 0x21, 0x02, 0x10]),
      Buffer.alloc(16, 1),
      Buffer.from('170d3236313130313030303030305a', 'hex')
    ])
    const many = Buffer.alloc(one.length * 1_000_000)
    for (let i = 0; i < 1_000_000; i++) {
      one.copy(many, i * one.length)
      many.writeUInt32BE(i, i * one.length + 10)
    }
    const long = { ...small, entries: Buffer.concat([many, small.entries]) }
    const start = threadTime()
    expect(findRevoked(long, certificateOf(seal).serialDer)).toMatchObject({ revokedAt })
    expect(findRevoked(long, certificateOf(other).serialDer)).toBeUndefined()
    expect(threadTime() - start).toBeLessThan(2000)
  })
})

const openssl = (() => {
  try {
    return execFileSync('openssl', ['version']).toString()
  } catch {
    return undefined
  }
})()
if (!openssl) console.warn('openssl is not here: its OCSP responder and CRLs are not compared')

;(openssl ? describe : describe.skip)('openssl as responder and judge', () => {
  it('answers our request, and we read its answer; its CRL too', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'ocsp-'))
    const file = (name: string, content: string | Buffer) => {
      const path = join(folder, name)
      writeFileSync(path, content)
      return path
    }
    const run = (...args: string[]) => execFileSync('openssl', args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] })
    const serial = certificateOf(seal).serial
    file('index.txt', `R\t400101000000Z\t261101000000Z,keyCompromise\t${serial}\tunknown\t/CN=Seal\n`)
    file('index.txt.attr', 'unique_subject = no\n')
    file('ca.pem', pem(ca))
    file('ca.key', ca.key.export({ type: 'pkcs8', format: 'pem' }))
    file('responder.pem', pem(responder))
    file('responder.key', responder.key.export({ type: 'pkcs8', format: 'pem' }))
    file('request.der', ocspRequest(certificateOf(seal), certificateOf(ca)))
    run(
      ...['ocsp', '-index', 'index.txt', '-CA', 'ca.pem', '-rsigner', 'responder.pem', '-rkey', 'responder.key'],
      ...['-reqin', 'request.der', '-respout', 'response.der', '-ndays', '1']
    )
    expect(factsIn({ ocsp: [readFileSync(join(folder, 'response.der'))] })).toMatchObject([
      { status: 'revoked', revokedAt, reason: 'keyCompromise' }
    ])
    file(
      'ca.cnf',
      '[ca]\ndefault_ca=d\n[d]\ndatabase=index.txt\ndefault_md=sha256\ncrlnumber=n\ncertificate=ca.pem\nprivate_key=ca.key\n'
    )
    file('n', '01\n')
    run('ca', '-config', 'ca.cnf', '-gencrl', '-crldays', '30', '-out', 'list.pem')
    run('crl', '-in', 'list.pem', '-outform', 'DER', '-out', 'list.der')
    expect(factsIn({ crls: [readFileSync(join(folder, 'list.der'))] })).toMatchObject([
      { status: 'revoked', revokedAt, reason: 'keyCompromise' }
    ])
  })
})
