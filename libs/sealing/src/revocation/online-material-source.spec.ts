import { Refused, Unavailable } from '#platform'
import { digitalSignature, type Identity, issue, nonRepudiation } from '../../test/test-authority.js'
import {
  addresses,
  makeCrl,
  makeOcsp,
  ocspNoCheck,
  ocspSigning,
  type OcspWish,
  TestAuthorityServer
} from '../../test/test-revocation.js'
import { TrustStore } from '../certificate/trust-store.js'
import { type OnlineMaterialOptions, OnlineMaterialSource } from './online-material-source.js'

let server: TestAuthorityServer
let root: Identity
let ca: Identity
let seal: Identity
let responder: Identity
let trust: TrustStore
let now: Date
const clock = { now: () => now }
const hours = (count: number) => new Date(now.getTime() + count * 3_600_000)

beforeAll(async () => {
  server = new TestAuthorityServer()
  await server.start()
  const url = server.url
  root = await issue({ subject: 'CN=Root', ca: true })
  ca = await issue({ subject: 'CN=CA', ca: true, issuer: root, extensions: addresses({ crl: `${url}/root-crl` }) })
  responder = await issue({ subject: 'CN=OCSP', issuer: ca, extensions: [ocspSigning, ocspNoCheck, digitalSignature] })
  seal = await issue({
    subject: 'CN=Seal',
    issuer: ca,
    extensions: [nonRepudiation, ...addresses({ ocsp: `${url}/ocsp`, caIssuers: `${url}/ca`, crl: `${url}/crl` })]
  })
  trust = new TrustStore([root.certificate])
})
afterAll(() => server.stop())

beforeEach(() => {
  now = new Date('2026-11-22T12:00:00Z')
  server.seen.length = 0
  server.bodies.length = 0
  answerWith({})
  server.on('root-crl', async () => ({
    body: await makeCrl({ issuer: root, thisUpdate: hours(-1), nextUpdate: hours(24 * 30) })
  }))
  server.on('crl', async () => ({ body: await makeCrl({ issuer: ca, thisUpdate: hours(-1), nextUpdate: hours(24) }) }))
  server.on('ca', () => ({ body: ca.certificate }))
})

function answerWith(wish: Partial<OcspWish>): void {
  server.on('ocsp', async () => ({
    body: await makeOcsp({
      certificate: seal,
      issuer: ca,
      signer: responder,
      enclose: [responder],
      thisUpdate: hours(-1),
      nextUpdate: hours(6),
      ...wish
    })
  }))
}

const source = (options: Partial<OnlineMaterialOptions> = {}) =>
  new OnlineMaterialSource({ trust, clock, timeoutMs: 5000, ...options })
const leaf = () => ({ certificate: seal.certificate, candidates: [ca.certificate] })

async function problemOf(work: Promise<unknown>) {
  const error = await work.then(
    () => undefined,
    (cause: unknown) => cause
  )
  if (!(error instanceof Refused || error instanceof Unavailable)) throw new Error('no coded problem', { cause: error })
  return { kind: error.name, code: error.type.code, facts: error.facts }
}

describe('collecting validation material online', () => {
  it('brings the path, OCSP for the seal, the responder, and the CRL for the authority', async () => {
    const material = await source().collect([leaf()])
    const has = (identity: Identity) => material.certificates.some(der => der.equals(identity.certificate))
    expect([seal, ca, root, responder].map(has)).toEqual([true, true, true, true])
    expect(material.certificates).toHaveLength(4)
    expect(material.ocspResponses).toHaveLength(1)
    expect(material.crls).toHaveLength(1)
    expect([...server.seen].sort()).toEqual(['GET /ocsp', 'GET /root-crl'])
  })

  it('asks by POST where GET is not served', async () => {
    server.on('ocsp', async () => {
      if (server.seen.at(-1) !== 'POST /ocsp') return { status: 405 }
      return { body: await makeOcsp({ certificate: seal, issuer: ca, thisUpdate: hours(-1), nextUpdate: hours(6) }) }
    })
    expect((await source().collect([leaf()])).ocspResponses).toHaveLength(1)
    expect(server.seen.filter(path => path.endsWith('/ocsp'))).toEqual(['GET /ocsp', 'POST /ocsp'])
    expect(server.bodies[0]!.length).toBeGreaterThan(60)
  })

  it('keeps answers until they expire, and shares requests under way', async () => {
    const material = source()
    await Promise.all([material.collect([leaf()]), material.collect([leaf(), leaf()])])
    await material.collect([leaf()])
    expect(server.seen).toHaveLength(2)
    now = hours(5)
    await material.collect([leaf()])
    expect(server.seen).toHaveLength(2)
    now = hours(2)
    answerWith({})
    await material.collect([leaf()])
    expect(server.seen.slice(2)).toEqual(['GET /ocsp'])
    now = hours(24)
    answerWith({})
    await material.collect([leaf()])
    expect(server.seen.slice(3).sort()).toEqual(['GET /ocsp', 'GET /root-crl'])
  })

  it('uses what it has while nobody answers, as long as it is in force', async () => {
    const material = source({ longestCacheSeconds: 3600 })
    const first = await material.collect([leaf()])
    server.on('ocsp', () => ({ status: 503 }))
    server.on('crl', () => ({ status: 503 }))
    now = hours(2)
    expect((await material.collect([leaf()])).ocspResponses).toEqual(first.ocspResponses)
    now = hours(5)
    expect(await problemOf(material.collect([leaf()]))).toMatchObject({ kind: 'Unavailable' })
  })

  it.each([
    ['is away', () => ({ status: 500 })],
    ['says rubbish', () => ({ body: Buffer.from('rubbish') })],
    ['refuses', () => ({ body: Buffer.from('30030a0106', 'hex') })]
  ])('takes the CRL when the responder %s', async (_, answer) => {
    server.on('ocsp', answer)
    const material = await source().collect([leaf()])
    expect(material.ocspResponses).toEqual([])
    expect(material.crls).toHaveLength(2)
  })

  it.each([
    ['by a stranger', async () => ({ signer: await issue({ subject: 'CN=OCSP', extensions: [ocspSigning] }) })],
    ['that is stale', () => ({ thisUpdate: hours(-9), nextUpdate: hours(-3) })],
    ['from the future', () => ({ thisUpdate: hours(1), producedAt: hours(-1) })],
    ['that says unknown', () => ({ status: 'unknown' as const })],
    ['about another certificate', () => ({ serial: Buffer.from([9, 9]) })]
  ])('does not take an answer %s', async (_, wish) => {
    answerWith(await wish())
    const material = await source().collect([leaf()])
    expect(material.ocspResponses).toEqual([])
    expect(material.crls).toHaveLength(2)
  })

  it('refuses a revoked certificate, and says since when', async () => {
    answerWith({ status: { revokedAt: new Date('2026-11-01T00:00:00Z'), reason: 1 } })
    expect(await problemOf(source().collect([leaf()]))).toEqual({
      kind: 'Refused',
      code: 'sealing/certificate-revoked',
      facts: { revokedAt: '2026-11-01T00:00:00.000Z', reason: 'keyCompromise' }
    })
  })

  it('asks about a responder that is not exempt, and does not believe a revoked one', async () => {
    const bound = await issue({
      subject: 'CN=OCSP bound',
      issuer: ca,
      extensions: [ocspSigning, ...addresses({ crl: `${server.url}/crl` })]
    })
    answerWith({ signer: bound, enclose: [bound] })
    const material = await source().collect([leaf()])
    expect(material.ocspResponses).toHaveLength(1)
    expect(material.crls).toHaveLength(2)
    server.on('crl', async () => ({
      body: await makeCrl({
        issuer: ca,
        thisUpdate: hours(-1),
        nextUpdate: hours(9),
        revoked: [{ certificate: bound, at: hours(-2) }]
      })
    }))
    const second = await source().collect([leaf()])
    expect(second.ocspResponses).toEqual([])
    const alone = await issue({ subject: 'CN=OCSP alone', issuer: ca, extensions: [ocspSigning] })
    answerWith({ signer: alone, enclose: [alone] })
    server.on('crl', () => ({ status: 404 }))
    expect(await problemOf(source().collect([leaf()]))).toMatchObject({ code: 'sealing/revocation-unavailable' })
  })

  it('leaves alone for a while who does not answer', async () => {
    server.on('ocsp', () => ({ status: 500 }))
    server.on('crl', () => ({ status: 404 }))
    const material = source({ failureSeconds: 30 })
    const problem = await problemOf(material.collect([leaf()]))
    expect(problem).toMatchObject({ kind: 'Unavailable', code: 'sealing/revocation-unavailable' })
    expect(problem.facts.why).toBe('OCSP HTTP 500, CRL HTTP 404')
    const asked = server.seen.filter(path => !path.endsWith('root-crl')).length
    await problemOf(material.collect([leaf()]))
    expect(server.seen.filter(path => !path.endsWith('root-crl'))).toHaveLength(asked)
    now = new Date(now.getTime() + 31_000)
    answerWith({})
    expect((await material.collect([leaf()])).ocspResponses).toHaveLength(1)
  })

  it('fetches a missing authority for our own seals', async () => {
    const material = await source().collect([{ certificate: seal.certificate, candidates: [], own: true }])
    expect(material.certificates.some(der => der.equals(ca.certificate))).toBe(true)
    expect(server.seen).toContain('GET /ca')
  })

  it('never talks to anybody because a stranger said so', async () => {
    const strange = await issue({ subject: 'CN=Strange', ca: true })
    const leafOfStranger = await issue({
      subject: 'CN=X',
      issuer: strange,
      extensions: addresses({ ocsp: `${server.url}/ocsp`, caIssuers: `${server.url}/ca`, crl: `${server.url}/crl` })
    })
    const candidates = [strange.certificate]
    const gathered = await source().gather([{ certificate: leafOfStranger.certificate, candidates }])
    expect(gathered).toMatchObject({ certificates: [], ocspResponses: [], crls: [] })
    // Nor for a missing authority, unless the operator named the address.
    await source().gather([{ certificate: seal.certificate, candidates: [] }])
    // Nor while a file with a stranger's signature in it gets our seal, or is raised.
    expect(await problemOf(source().collect([{ certificate: seal.certificate, candidates: [] }]))).toMatchObject({
      code: 'sealing/certificate-untrusted'
    })
    expect(server.seen).toEqual([])
    const allowed = source({ mayFetchIssuer: ({ pathname }) => pathname === '/ca' })
    expect((await allowed.gather([{ certificate: seal.certificate, candidates: [] }])).ocspResponses).toHaveLength(1)
    expect(await problemOf(source().collect([{ certificate: leafOfStranger.certificate, candidates }]))).toMatchObject({
      kind: 'Refused',
      code: 'sealing/certificate-untrusted'
    })
  })

  it('gathers what there is for a validation, revoked or not, and says what is missing', async () => {
    answerWith({ status: { revokedAt: hours(-9) } })
    server.on('root-crl', () => ({ status: 404 }))
    const material = source()
    const gathered = await material.gather([leaf()])
    expect(gathered.ocspResponses).toHaveLength(1)
    expect([...gathered.missing.values()]).toEqual(['CRL HTTP 404'])
    expect(gathered.fromCache.size).toBe(0)
    expect((await material.gather([leaf()])).fromCache.size).toBe(1)
  })
})
