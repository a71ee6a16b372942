import { constants, verify, type X509Certificate } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as asn1js from 'asn1js'
import * as pkijs from 'pkijs'
import { derNull, integer, context, oid, sequence } from '../pki/der.js'
import { createSandbox, type Sandbox } from '../sandbox.js'
import { CscClient, ecdsaSha256, type Json, messages, rsaSha256, sha256Oid } from './test/csc-client.js'

let dir: string
let sandbox: Sandbox
let client: CscClient

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'goniec-csc-'))
  sandbox = await createSandbox({ dir })
  client = await CscClient.open(sandbox)
}, 60_000)

afterAll(async () => {
  await sandbox.close()
  rmSync(dir, { recursive: true, force: true })
})

const implicit = 'seal-p256-implicit'
const withPin = 'seal-rsa3072-pin'

const signed = ({ body }: { body: Json }) => (body['signatures'] as string[]).map(text => Buffer.from(text, 'base64'))
const madeSoFar = async () => (await client.control('GET', 'csc'))['signatures'] as number

describe('the service says what it is', () => {
  test('to anybody', async () => {
    const { status, body } = await client.call('v1/info', {}, { authorization: '' })
    expect(status).toBe(200)
    expect(body).toMatchObject({ specs: '1.0.4.0', authType: ['oauth2client'], region: 'PL' })
    expect(body['methods']).toContain('signatures/signHash')
    expect(body['methods']).not.toContain('credentials/sendOTP')
  })

  test.each(['v1/credentials/sendOTP', 'v1/auth/login', 'v2/signatures/signDoc', 'v2/credentials/sendOTP'])(
    'and %s is not implemented',
    async method => {
      const { status, body } = await client.call(method, { credentialID: 'seal-otp' })
      expect([status, typeof body['error_description']]).toEqual([501, 'string'])
    }
  )
})

describe('tokens', () => {
  test('are given for the secret, in the body or by HTTP Basic', async () => {
    expect(await client.login()).toMatchObject({ status: 200, body: { token_type: 'Bearer', expires_in: 3600 } })
    const { clientId, clientSecret, tokenUrl } = client.secrets
    const basic = `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}`
    const body = new URLSearchParams({ grant_type: 'client_credentials', scope: 'service' })
    expect((await fetch(tokenUrl, { method: 'POST', body, headers: { authorization: basic } })).status).toBe(200)
  })

  test.each([
    [{ client_secret: 'wrong' }, 401, 'invalid_client'],
    [{ client_id: 'nobody' }, 401, 'invalid_client'],
    [{ grant_type: 'authorization_code' }, 400, 'unsupported_grant_type'],
    [{ scope: 'credential' }, 400, 'invalid_scope']
  ])('are not given for %j', async (form, status, error) => {
    expect(await client.login(form)).toMatchObject({ status, body: { error } })
  })

  test('end with the world’s hour, and when they are revoked', async () => {
    const list = () => client.call('v1/credentials/list', { userID: 'gmina' })
    expect((await list()).status).toBe(200)
    sandbox.clock.advance('PT1H')
    expect(await list()).toMatchObject({ status: 401, body: { error: 'expired_token' } })
    await client.login()
    const { clientId: client_id, clientSecret: client_secret } = client.secrets
    const body = new URLSearchParams({ client_id, client_secret, token: client.token })
    expect((await fetch(`${sandbox.url}/csc/oauth2/revoke`, { method: 'POST', body })).status).toBe(204)
    expect((await list()).status).toBe(401)
    await client.login()
    expect((await list()).status).toBe(200)
  })

  test.each([
    ['Bearer neverGiven', 401, 'invalid_token'],
    ['', 401, 'invalid_token'],
    ['Digest abc', 400, 'invalid_request']
  ])('and "%s" is none', async (authorization, status, error) => {
    const headers: Record<string, string> = authorization ? { authorization } : {}
    const answer = await fetch(`${sandbox.url}/csc/v1/credentials/list`, { method: 'POST', headers })
    expect([answer.status, ((await answer.json()) as Json)['error']]).toEqual([status, error])
    expect(answer.headers.get('www-authenticate')).toBe(status === 401 ? 'Bearer' : null)
  })
})

describe('credentials', () => {
  test('are listed for their owner, in pages', async () => {
    const all = await client.call<{ credentialIDs: string[] }>('v1/credentials/list', { userID: 'gmina' })
    const found: string[] = []
    let pageToken: string | undefined
    do {
      const page = await client.call<{ credentialIDs: string[]; nextPageToken?: string }>('v1/credentials/list', {
        userID: 'gmina',
        maxResults: 3,
        ...(pageToken ? { pageToken } : {})
      })
      expect(page.body.credentialIDs.length).toBeLessThanOrEqual(3)
      found.push(...page.body.credentialIDs)
      pageToken = page.body.nextPageToken
    } while (pageToken)
    expect(found).toEqual(all.body.credentialIDs)
    expect(found).toEqual(expect.arrayContaining([implicit, withPin, 'seal-otp', 'seal-disabled', 'seal-expired']))
  })

  test.each([[{}], [{ userID: 'somebody' }], [{ userID: 'gmina', pageToken: 'x' }]])(
    'and not for %j',
    async question => {
      expect(await client.call('v1/credentials/list', question)).toMatchObject({
        status: 400,
        body: { error: 'invalid_request' }
      })
    }
  )

  test('are described with key, chain and rules', async () => {
    const question = { credentialID: withPin, certificates: 'chain', certInfo: true, authInfo: true }
    const { body } = await client.call<Json & { cert: Json & { certificates: string[] } }>(
      'v1/credentials/info',
      question
    )
    expect(body).toMatchObject({
      key: { status: 'enabled', len: 3072, algo: expect.arrayContaining([rsaSha256, '1.2.840.113549.1.1.10']) },
      authMode: 'explicit',
      SCAL: '2',
      multisign: 100,
      PIN: { presence: 'true' }
    })
    expect(body.cert).toMatchObject({ status: 'valid', validTo: '20390101000000Z' })
    expect(body.cert['subjectDN']).toMatch(/^CN=.*,C=PL$/)
    expect(body.cert.certificates).toHaveLength(3)
    const certificate = Buffer.from(body.cert.certificates[0]!, 'base64').toString('hex')
    // QcCompliance, QcSSCD and QcType eseal: what makes the seal a qualified one.
    for (const statement of ['04008e460101', '04008e460104', '04008e46010602']) expect(certificate).toContain(statement)
  })

  test.each([
    ['seal-p256-implicit', { authMode: 'implicit', multisign: 1000, SCAL: '1' }, 'enabled', 'valid'],
    ['seal-otp', { authMode: 'explicit', OTP: { presence: 'true' } }, 'enabled', 'valid'],
    ['seal-push', { authMode: 'oauth2code' }, 'enabled', 'valid'],
    ['seal-single', { multisign: 1 }, 'enabled', 'valid'],
    ['seal-disabled', {}, 'disabled', 'valid'],
    ['seal-expired', {}, 'enabled', 'expired']
  ])('%s shows what it is', async (credentialID, shown, key, cert) => {
    const { body } = await client.call('v1/credentials/info', { credentialID, authInfo: true })
    expect(body).toMatchObject({ ...shown, key: { status: key }, cert: { status: cert } })
  })
})

const pssParams = (saltLength: number, digestOid = sha256Oid) =>
  sequence(
    context(0, sequence(oid(digestOid), derNull())),
    context(1, sequence(oid('1.2.840.113549.1.1.8'), sequence(oid(digestOid), derNull()))),
    context(2, integer(saltLength))
  ).toString('base64')
const pss = '1.2.840.113549.1.1.10'

type Verifies = (bytes: Buffer, certificate: X509Certificate, signature: Buffer) => boolean
const plainly: Verifies = (bytes, { publicKey }, signature) => verify('sha256', bytes, publicKey, signature)
const asPss =
  (saltLength: number): Verifies =>
  (bytes, { publicKey: key }, signature) =>
    verify('sha256', bytes, { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength }, signature)
const asRaw: Verifies = (bytes, { publicKey: key }, signature) =>
  signature.length === 64 && verify('sha256', bytes, { key, dsaEncoding: 'ieee-p1363' }, signature)

describe('signatures', () => {
  test.each<[string, string, Json, Verifies]>([
    ['ECDSA', implicit, { signAlgo: ecdsaSha256 }, plainly],
    ['ECDSA, raw', 'seal-p256-raw', { signAlgo: ecdsaSha256 }, asRaw],
    ['RSA', withPin, { signAlgo: rsaSha256 }, plainly],
    ['RSA with the hash beside', withPin, { signAlgo: '1.2.840.113549.1.1.1', hashAlgo: sha256Oid }, plainly],
    ['RSASSA-PSS', withPin, { signAlgo: pss, signAlgoParams: pssParams(32) }, asPss(32)],
    ['RSASSA-PSS, longest salt', withPin, { signAlgo: pss, signAlgoParams: pssParams(350) }, asPss(350)],
    ['RSASSA-PSS, no salt', withPin, { signAlgo: pss, signAlgoParams: pssParams(0) }, asPss(0)]
  ])(
    '%s: each verifies with the certificate, in the order of the hashes',
    async (_what, credentialID, algo, verifies) => {
      const asked = messages(12)
      const hash = asked.map(one => one.hash)
      const certificate = await client.certificate(credentialID)
      const before = await madeSoFar()
      const SAD = await client.sad(credentialID, asked.length, { hash, PIN: client.secrets.pin })
      const answer = await client.call('v1/signatures/signHash', { credentialID, SAD, hash, ...algo })
      expect(answer.status).toBe(200)
      const signatures = signed(answer)
      expect(signatures).toHaveLength(asked.length)
      asked.forEach(({ bytes }, index) => expect(verifies(bytes, certificate, signatures[index]!)).toBe(true))
      expect(await madeSoFar()).toBe(before + asked.length)
      const [entry] = sandbox.ledger.entries({ surface: 'csc', action: 'signed' }).slice(-1)
      expect(entry).toMatchObject({ credential: credentialID, version: 'v1', count: asked.length, hashes: hash })
    }
  )

  test.each(['sha384', 'sha512'])('a P-256 key signs %s digests too', async algorithm => {
    const [message] = messages(1, algorithm)
    const signAlgo = algorithm === 'sha384' ? '1.2.840.10045.4.3.3' : '1.2.840.10045.4.3.4'
    const SAD = await client.sad(implicit, 1)
    const asked = { credentialID: implicit, SAD, hash: [message!.hash], signAlgo }
    const [signature] = signed(await client.call('v1/signatures/signHash', asked))
    const { publicKey } = await client.certificate(implicit)
    expect(verify(algorithm, message!.bytes, publicKey, signature!)).toBe(true)
  })

  const [first] = messages(1)
  const asked = { hash: [first!.hash], signAlgo: ecdsaSha256 }
  test.each<[string, Json, string]>([
    ['another credential', { credentialID: 'nobody' }, 'Invalid parameter credentialID'],
    ['no SAD', { SAD: undefined }, 'Missing (or invalid type) string parameter SAD'],
    ['a SAD never given', { SAD: 'x' }, 'Invalid parameter SAD'],
    ['a hash that is no list', { hash: first!.hash }, 'Missing (or invalid type) array parameter hash'],
    ['no hash', { hash: [] }, 'Empty hash array'],
    ['no base64', { hash: ['?'] }, 'Invalid Base64 hash string parameter'],
    ['a short hash', { hash: [Buffer.alloc(20).toString('base64')] }, 'Invalid digest value length'],
    ['no algorithm', { signAlgo: undefined }, 'Missing (or invalid type) string parameter signAlgo'],
    ['an algorithm of other keys', { signAlgo: rsaSha256 }, 'Invalid parameter signAlgo'],
    ['more hashes than authorised', { hash: [first!.hash, first!.hash] }, 'Numbers of signatures is too high']
  ])('%s is refused', async (_what, changes, description) => {
    const before = await madeSoFar()
    const SAD = await client.sad(implicit, 1)
    const question = { credentialID: implicit, SAD, ...asked, ...changes }
    const { status, body } = await client.call('v1/signatures/signHash', question)
    expect([status, body]).toEqual([400, { error: 'invalid_request', error_description: description }])
    expect(await madeSoFar()).toBe(before)
    // A call that was refused has not used the SAD.
    expect((await client.call('v1/signatures/signHash', { credentialID: implicit, SAD, ...asked })).status).toBe(200)
  })

  test.each<[string, Json, string]>([
    ['bare RSA without a hash', { signAlgo: '1.2.840.113549.1.1.1' }, 'string parameter hashAlgo'],
    ['SHA-1', { signAlgo: '1.2.840.113549.1.1.1', hashAlgo: '1.3.14.3.2.26' }, 'Invalid parameter hashAlgo'],
    ['PSS without parameters', { signAlgo: pss }, 'string parameter signAlgoParams'],
    ['PSS with SHA-1', { signAlgo: pss, signAlgoParams: 'MAA=' }, 'Invalid parameter signAlgoParams'],
    ['PSS with rubbish', { signAlgo: pss, signAlgoParams: 'AAAA' }, 'Invalid parameter signAlgoParams']
  ])('%s is refused', async (_what, algorithm, description) => {
    const hash = [first!.hash]
    const SAD = await client.sad(withPin, 1, { hash, PIN: client.secrets.pin })
    const { status, body } = await client.call('v1/signatures/signHash', {
      credentialID: withPin,
      SAD,
      hash,
      ...algorithm
    })
    expect(status).toBe(400)
    expect(body['error_description']).toContain(description)
  })

  test('no seal is made under a certificate that has ended', async () => {
    const credentialID = 'seal-expired'
    const SAD = await client.sad(credentialID, 1)
    const { status, body } = await client.call('v1/signatures/signHash', { credentialID, SAD, ...asked })
    expect(status).toBe(400)
    expect(body['error_description']).toMatch(/^Signing certificate 'O=.+,CN=.+' is expired$/)
  })

  test('a revoked credential shows it and signs no more', async () => {
    const credentialID = 'seal-p256-raw'
    const SAD = await client.sad(credentialID, 1)
    await client.control('POST', 'revoke', { certificate: credentialID, reason: 'keyCompromise' })
    try {
      const { body } = await client.call('v1/credentials/info', { credentialID })
      expect(body).toMatchObject({ cert: { status: 'revoked' } })
      expect((await client.call('v1/signatures/signHash', { credentialID, SAD, ...asked })).status).toBe(400)
    } finally {
      await client.control('DELETE', 'revocations')
    }
  })
})

describe('time stamps', () => {
  const [message] = messages(1)

  test.each(['00ff0102', 'ff00', '1'])('bear digest and nonce %s', async nonce => {
    const question = { hash: message!.hash, hashAlgo: sha256Oid, nonce }
    const { body } = await client.call('v1/signatures/timestamp', question)
    const content = pkijs.ContentInfo.fromBER(bytesOf(String(body['timestamp'])))
    const token = new pkijs.SignedData({ schema: content.content })
    const info = pkijs.TSTInfo.fromBER(new Uint8Array(token.encapContentInfo.eContent!.valueBlock.valueHexView).buffer)
    const imprint = Buffer.from(info.messageImprint.hashedMessage.valueBlock.valueHexView).toString('base64')
    expect(imprint).toBe(message!.hash)
    expect((info.nonce as asn1js.Integer).toBigInt()).toBe(BigInt(`0x${nonce}`))
  })

  test.each([
    [{ hash: message!.hash, hashAlgo: '1.2.3' }, 'Invalid parameter hashAlgo'],
    [{ hash: 'AAAA', hashAlgo: sha256Oid }, 'Invalid digest value length'],
    [{ hash: '?', hashAlgo: sha256Oid }, 'Invalid Base64 hash string parameter'],
    [{ hash: message!.hash, hashAlgo: sha256Oid, nonce: 'xyz' }, 'Invalid parameter nonce']
  ])('are not given for %j', async (question, description) => {
    expect((await client.call('v1/signatures/timestamp', question)).body['error_description']).toBe(description)
  })
})

function bytesOf(base64: string): ArrayBuffer {
  return new Uint8Array(Buffer.from(base64, 'base64')).buffer
}
