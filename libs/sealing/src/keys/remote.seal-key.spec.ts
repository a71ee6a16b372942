import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv } from 'ajv'
import { Refused, SystemClock, Unavailable } from '#platform/plain'
import { issue, makeSealer, nonRepudiation, p384, rsa, sealQcStatements } from '../../test/test-authority.js'
import { codedError, sealKeyContract, type SealKeySubject, shown } from '../../test/seal-key.contract.js'
import { TestCsc, type TestCscOptions } from '../../test/test-csc.js'
import type { SealAlgorithm } from '../seal-algorithm.js'
import { verifySignature } from '../seal-algorithm.js'
import { describeSealKey } from '../seal-key.js'
import { readCertificate } from '../certificate/read-certificate.js'
import type { RemoteKeyEvent } from './csc/remote-key-event.js'
import { type RemoteKeyOptions, RemoteSealKey } from './remote.seal-key.js'

const clock = new SystemClock()
const v1Methods = ['credentials/list', 'credentials/info', 'credentials/authorize', 'signatures/signHash']
const messages = (count: number, from = 0): Buffer[] =>
  Array.from({ length: count }, (_, i) => Buffer.from(`remote message ${from + i}`))

describe('a remote seal key', () => {
  type Sealer = Awaited<ReturnType<typeof makeSealer>>
  let ec: Sealer
  let ec384: Sealer
  let rsa2048: Sealer
  const services: TestCsc[] = []
  const keys: RemoteSealKey[] = []
  let events: RemoteKeyEvent[] = []
  let pins = 0

  beforeAll(async () => {
    ec = await makeSealer()
    ec384 = await makeSealer(p384)
    rsa2048 = await makeSealer(rsa(2048))
  })
  beforeEach(() => (events = []))
  afterEach(async () => {
    for (const key of keys.splice(0)) await key.close()
    for (const service of services.splice(0)) await service.stop()
  })

  async function serve(options: Partial<TestCscOptions> = {}): Promise<TestCsc> {
    const sealer = options.signer ? undefined : ec
    const service = await new TestCsc({
      api: 'v1',
      signer: ec.institution,
      chain: sealer ? [sealer.authority, sealer.root] : [],
      ...options
    }).start()
    services.push(service)
    return service
  }

  async function open(service: TestCsc, options: Partial<RemoteKeyOptions> = {}): Promise<RemoteSealKey> {
    const key = await RemoteSealKey.open({
      url: service.url,
      api: service.options.api,
      access: { kind: 'client', clientId: 'client', clientSecret: 'client-secret' },
      credentialId: 'cred-1',
      pin: service.options.pin,
      pinnedCertificateSha256: service.fingerprint,
      clock,
      gatherMs: 2,
      observe: event => events.push(event),
      ...options
    })
    keys.push(key)
    return key
  }

  /** A PIN of its own for each test, because a refused one stays refused. */
  const newPin = (): string => `pin-${++pins}-tajny`

  const allGood = (key: RemoteSealKey, all: readonly Buffer[], signatures: readonly Buffer[]): boolean =>
    signatures.length === all.length &&
    all.every((message, i) =>
      verifySignature(key.algorithm, readCertificate(key.certificate).x509.publicKey, message, signatures[i]!)
    )

  async function refusal(work: () => Promise<unknown>): Promise<[string, unknown]> {
    const error = await codedError(work)
    expect(error).toBeInstanceOf(Refused)
    return [error.type.code, error.facts.why]
  }

  const algorithms: SealAlgorithm[] = [
    'ECDSA-SHA256',
    'ECDSA-SHA384',
    'RSA-SHA256',
    'RSA-SHA384',
    'RSA-SHA512',
    'RSASSA-PSS-SHA256',
    'RSASSA-PSS-SHA512'
  ]
  describe.each([
    ['v1 with PIN, SCAL 2, DER', { api: 'v1', pin: 'tajny-pin', scal: 2, ecdsaForm: 'der' }],
    ['v1 implicit, SCAL 1, r || s', { api: 'v1', scal: 1, ecdsaForm: 'raw', multisign: 7 }],
    ['v2 with PIN, SCAL 2, r || s', { api: 'v2', pin: 'tajny-pin', scal: 2, ecdsaForm: 'raw' }],
    ['v2 asynchronous', { api: 'v2', scal: 1, polls: 1 }]
  ] as const)('by the contract: %s', (name, options) => {
    const asynchronous = name === 'v2 asynchronous'
    const subject: SealKeySubject = {
      secrets: ['tajny-pin', 'client-secret', 'nie-ten-pin'],
      open: async algorithm => {
        const sealer = { 'ECDSA-SHA256': ec, 'ECDSA-SHA384': ec384 }[algorithm as string] ?? rsa2048
        const { institution: signer, authority, root } = sealer
        return open(await serve({ ...options, signer, chain: [authority, root] }), { algorithm, asynchronous })
      },
      wrongSecret: async () => {
        const service = await serve({ ...options, pin: 'tajny-pin' })
        return {
          code: 'sealing/key-pin-refused',
          use: async () => (await open(service, { pin: 'nie-ten-pin' })).signBatch(messages(3)),
          attempts: () => service.wrongPins
        }
      }
    }
    sealKeyContract(() => subject, algorithms)
  })

  describe('at set-up', () => {
    it.each<[string, Partial<TestCscOptions>, Partial<RemoteKeyOptions>]>([
      ['methods not offered', { info: { methods: ['credentials/info', 'signatures/signHash'] } }, {}],
      ['version', { info: { specs: '2.0.0.2' } }, {}],
      ['way of access not offered', { info: { authType: ['basic', 'oauth2code'] } }, {}],
      ['no token endpoint', { info: { oauth2: undefined } }, {}],
      ['info', { info: { methods: 'all' } }, {}],
      ['authorisation by a person', { credential: { authMode: 'oauth2code' } }, {}],
      ['one-time password', { pin: 'x', credential: { OTP: { presence: 'true' } } }, {}],
      ['PIN needed', { pin: 'x' }, { pin: undefined }],
      ['one-time password', v2Objects('PIN AND OTP'), {}],
      ['one-time password', v2Objects(undefined), {}],
      ['authorisation by a person', { api: 'v2', credential: { auth: { mode: 'oauth2code' } } }, {}],
      ['key not enabled', { credential: { key: { status: 'disabled', algo: ['1.2.840.10045.4.3.2'] } } }, {}],
      ['certificate not valid', { credential: { cert: { status: 'revoked', certificates: ['AAAA'] } } }, {}],
      ['algorithm not offered', { algorithms: ['1.2.840.113549.1.1.1'] }, {}],
      ['credentials/info', { credential: { key: 7 } }, {}],
      ['asynchronous mode in v1', {}, { asynchronous: true }],
      ['methods not offered', { api: 'v2', info: { methods: v1Methods } }, { asynchronous: true }]
    ])('refuses: %s (%#)', async (why, service, options) => {
      expect(await refusal(async () => open(await serve(service), options))).toEqual(['sealing/key-unsuitable', why])
    })

    it('takes a password where it is enough on its own', async () => {
      const key = await open(await serve(v2Objects('PIN OR OTP')))
      expect(allGood(key, messages(2), await key.signBatch(messages(2)))).toBe(true)
    })

    it('refuses certificates that cannot seal', async () => {
      const expired = await issue({ subject: 'CN=Old', notAfter: '2025-01-01T00:00:00Z', extensions: [nonRepudiation] })
      const ca = await issue({ subject: 'CN=CA', ca: true })
      expect((await refusal(async () => open(await serve({ signer: expired }))))[0]).toBe(
        'sealing/certificate-not-valid'
      )
      expect((await refusal(async () => open(await serve({ signer: ca }))))[0]).toBe('sealing/certificate-unfit')
    })

    it('takes no certificate but the pinned one, and says which was offered', async () => {
      const service = await serve()
      const error = await codedError(() => open(service, { pinnedCertificateSha256: 'ab'.repeat(32) }))
      expect([error.type.code, error.facts]).toEqual([
        'sealing/key-certificate-changed',
        { pinned: 'ab'.repeat(32), offered: service.fingerprint }
      ])
      const colons = service.fingerprint.toUpperCase().replace(/(..)(?=.)/g, '$1:')
      expect((await open(service, { pinnedCertificateSha256: colons })).algorithm).toBe('ECDSA-SHA256')
    })

    it('finds the only credential by itself, and refuses to guess', async () => {
      const key = await open(await serve(), { credentialId: undefined })
      expect(allGood(key, messages(1), await key.signBatch(messages(1)))).toBe(true)
      const several = await serve({ credentialIds: ['cred-1', 'cred-2'] })
      expect(await refusal(() => open(several, { credentialId: undefined }))).toEqual([
        'sealing/key-not-found',
        'credential'
      ])
    })

    it('refuses access data that the service does not know, and does not show them', async () => {
      const service = await serve()
      const access = { kind: 'client', clientId: 'client', clientSecret: 'nie-ten-sekret' } as const
      const error = await codedError(() => open(service, { access }))
      expect([error.type.code, error.facts]).toEqual([
        'sealing/key-access-refused',
        { httpStatus: 401, error: 'invalid_client' }
      ])
      expect(shown(error)).not.toContain('nie-ten-sekret')
      expect(service.count('oauth2/token')).toBe(1)
    })

    it('says Unavailable when nobody answers', async () => {
      const service = await serve()
      const { url, options } = service
      await service.stop()
      services.pop()
      const error = await codedError(() =>
        RemoteSealKey.open({
          url: 'http://127.0.0.1:9',
          api: options.api,
          access: { kind: 'tls' },
          pinnedCertificateSha256: 'ab'.repeat(32),
          clock,
          patienceMs: 100
        })
      )
      expect(url).not.toBe('')
      expect(error).toBeInstanceOf(Unavailable)
    })

    it('makes a qualified seal only if certificate and operator agree', async () => {
      const qualified = await issue({ subject: 'CN=Q', extensions: [nonRepudiation, sealQcStatements] })
      const service = await serve({ signer: qualified })
      const kind = async (options: Partial<RemoteKeyOptions>): Promise<unknown> => {
        const key = await open(service, options)
        const { qualification, warnings } = describeSealKey(key)
        return [key.custody, qualification, warnings.filter(one => one.startsWith('qscd'))]
      }
      expect(await kind({})).toEqual(['device', 'advanced-seal', ['qscd-claimed-but-not-declared']])
      expect(await kind({ certifiedDevice: true })).toEqual(['qscd', 'qualified-seal', []])
      expect(describeSealKey(await open(await serve(), { certifiedDevice: true })).qualification).toBe('advanced-seal')
    })
  })

  describe('batches', () => {
    it('sends digests and nothing else of a message', async () => {
      const service = await serve()
      const key = await open(service)
      await key.signBatch([Buffer.from('a very secret letter')])
      expect(JSON.stringify(service.calls)).not.toContain('secret letter')
      const [call] = service.calls.filter(({ method }) => method === 'signatures/signHash')
      expect(call!.body.hash).toEqual([createHash('sha256').update('a very secret letter').digest('base64')])
    })

    it('are no greater than multisign, and authorised for exactly their hashes', async () => {
      const service = await serve({ multisign: 250, scal: 2 })
      const key = await open(service)
      const all = messages(1100)
      expect(allGood(key, all, await key.signBatch(all))).toBe(true)
      const authorised = service.calls.filter(({ method }) => method === 'credentials/authorize')
      expect(authorised.map(({ body }) => body.numSignatures).sort()).toEqual([100, 250, 250, 250, 250])
      const signed = service.calls.filter(({ method }) => method === 'signatures/signHash')
      expect(new Set(authorised.map(({ body }) => JSON.stringify(body.hash)))).toEqual(
        new Set(signed.map(({ body }) => JSON.stringify(body.hash)))
      )
      expect(service.signaturesMade).toBe(1100)
    })

    it('gather what comes at the same time', async () => {
      const service = await serve()
      const key = await open(service, { gatherMs: 20 })
      const answers = await Promise.all(messages(60).map(message => key.signBatch([message])))
      expect(allGood(key, messages(60), answers.flat())).toBe(true)
      expect([service.count('credentials/authorize'), service.count('signatures/signHash')]).toEqual([1, 1])
    })

    it('go side by side, but no more than allowed', async () => {
      const service = await serve({ multisign: 5, latencyMs: 5 })
      const key = await open(service, { lanes: 3 })
      expect(allGood(key, messages(100), await key.signBatch(messages(100)))).toBe(true)
      expect(service.greatestAtOnce).toBe(3)
    })

    it('share an authorisation over several calls where a service wants it so', async () => {
      const service = await serve({ multisign: 500, scal: 2, mostHashesPerCall: 100 })
      const key = await open(service, { hashesPerCall: 100 })
      expect(allGood(key, messages(450), await key.signBatch(messages(450)))).toBe(true)
      expect([
        service.count('credentials/authorize'),
        service.count('credentials/extendTransaction'),
        service.count('signatures/signHash')
      ]).toEqual([1, 4, 5])
      const plain = await serve({ mostHashesPerCall: 100, info: { methods: v1Methods } })
      const without = await open(plain, { hashesPerCall: 100 })
      expect(allGood(without, messages(450), await without.signBatch(messages(450)))).toBe(true)
      expect(plain.count('credentials/authorize')).toBe(5)
      expect(plain.count('credentials/extendTransaction')).toBe(0)
    })

    it('understand a multisign that is text, a mere yes, or missing', async () => {
      for (const [multisign, authorisations] of [
        ['3', 4],
        [true, 1],
        [undefined, 10],
        [0, 10]
      ] as const) {
        const service = await serve({ credential: { multisign } })
        const key = await open(service)
        expect(allGood(key, messages(10), await key.signBatch(messages(10)))).toBe(true)
        expect(service.count('credentials/authorize')).toBe(authorisations)
      }
    })

    it('use one token until it ends', async () => {
      const service = await serve()
      const key = await open(service)
      for (let n = 0; n < 5; n++) await key.signBatch(messages(1))
      expect(service.count('oauth2/token')).toBe(1)
      const brief = await serve({ tokenSeconds: 0 })
      // A token that is over as soon as it is given is of no use to anybody: that ends in a refusal, not in a loop.
      expect((await codedError(() => open(brief))).type.code).toBe('sealing/key-access-refused')
    })
  })

  describe('checks every answer', () => {
    const swap = (answer: Record<string, unknown>): unknown => {
      const [first, second, ...rest] = answer.signatures as string[]
      return { signatures: [second, first, ...rest] }
    }
    const faults: [string, Parameters<TestCsc['fail']>[1]][] = [
      ['mixed up', { kind: 'change', change: swap }],
      ['one too few', { kind: 'change', change: answer => ({ signatures: (answer.signatures as string[]).slice(1) }) }],
      [
        'one too many',
        { kind: 'change', change: answer => ({ signatures: [...(answer.signatures as string[]), 'AAAA'] }) }
      ],
      [
        'all the same',
        {
          kind: 'change',
          change: answer => ({ signatures: (answer.signatures as string[]).map((_, __, all) => all[0]) })
        }
      ],
      ['none', { kind: 'change', change: () => ({}) }],
      ['not text', { kind: 'change', change: () => ({ signatures: [1, 2, 3] }) }],
      [
        'empty texts',
        { kind: 'change', change: answer => ({ signatures: (answer.signatures as string[]).map(() => '') }) }
      ],
      [
        'not base64',
        { kind: 'change', change: answer => ({ signatures: (answer.signatures as string[]).map(() => '!"§') }) }
      ],
      ['not JSON', { kind: 'answer', status: 200, body: '<html>' }],
      ['null', { kind: 'answer', status: 200, body: 'null' }]
    ]

    it.each(faults)('tries a new batch when they are %s', async (_, fault) => {
      const service = await serve()
      const key = await open(service)
      service.fail('signatures/signHash', fault)
      expect(allGood(key, messages(5), await key.signBatch(messages(5)))).toBe(true)
      expect(service.count('credentials/authorize')).toBe(2)
      expect(events).toContainEqual({ kind: 'unused', credentialId: 'cred-1', signatures: 5, why: 'wrong' })
    })

    it.each(faults)('refuses when they are %s again', async (_, fault) => {
      const service = await serve()
      const key = await open(service)
      service.fail('signatures/signHash', fault, fault)
      expect((await refusal(() => key.signBatch(messages(5))))[0]).toBe('sealing/key-answer-wrong')
      expect(service.count('signatures/signHash')).toBe(2)
    })

    it('says when they are only mixed up, and when another key made them', async () => {
      const service = await serve()
      const key = await open(service)
      const change = { kind: 'change', change: swap } as const
      service.fail('signatures/signHash', change, change)
      expect((await codedError(() => key.signBatch(messages(5)))).facts).toEqual({
        position: 0,
        wrong: 2,
        mixedUp: true
      })
      const other = { kind: 'other-key', identity: (await makeSealer()).institution } as const
      service.fail('signatures/signHash', other, other)
      expect((await codedError(() => key.signBatch(messages(5)))).facts).toEqual({
        position: 0,
        wrong: 5,
        mixedUp: false
      })
    })

    it('notices a new key behind the credential, alarms, and signs no more until it is put right', async () => {
      const service = await serve()
      const key = await open(service)
      const other = (await makeSealer()).institution
      service.fail('signatures/signHash', { kind: 'other-key', identity: other })
      service.options.credential = { cert: { certificates: [other.certificate.toString('base64')] } }
      expect((await refusal(() => key.signBatch(messages(2))))[0]).toBe('sealing/key-certificate-changed')
      expect(events).toContainEqual({ kind: 'alarm', credentialId: 'cred-1', code: 'sealing/key-certificate-changed' })
      const made = service.count('signatures/signHash')
      expect((await refusal(() => key.signBatch(messages(2))))[0]).toBe('sealing/key-certificate-changed')
      expect(service.count('signatures/signHash')).toBe(made)
      service.options.credential = undefined
      expect(allGood(key, messages(2), await key.signBatch(messages(2)))).toBe(true)
    })

    it('looks at the credential again after a while', async () => {
      const service = await serve()
      const key = await open(service, { lookAgainMs: 0 })
      await key.signBatch(messages(1))
      expect(service.count('credentials/info')).toBe(2)
      service.options.credential = { key: { status: 'disabled', algo: ['1.2.840.10045.4.3.2'] } }
      expect(await refusal(() => key.signBatch(messages(1)))).toEqual(['sealing/key-unsuitable', 'key not enabled'])
      const steady = await serve()
      const other = await open(steady)
      await other.signBatch(messages(1))
      expect(steady.count('credentials/info')).toBe(1)
    })
  })

  describe('when things go wrong', () => {
    it('takes a new SAD when the answer of signHash is lost, and counts what may have been made', async () => {
      const service = await serve()
      const key = await open(service)
      service.fail('signatures/signHash', { kind: 'cut-after' }, { kind: 'answer', status: 500, body: {} })
      expect(allGood(key, messages(4), await key.signBatch(messages(4)))).toBe(true)
      expect(service.count('credentials/authorize')).toBe(3)
      expect(service.signaturesMade).toBe(8)
      expect(events.filter(({ kind }) => kind === 'unused')).toHaveLength(2)
      const sads = service.calls.filter(({ method }) => method === 'signatures/signHash').map(({ body }) => body.SAD)
      expect(new Set(sads).size).toBe(3)
    })

    it('gives up after a few lost answers', async () => {
      const service = await serve()
      const key = await open(service)
      service.fail('signatures/signHash', ...Array<{ kind: 'cut-after' }>(10).fill({ kind: 'cut-after' }))
      const error = await codedError(() => key.signBatch(messages(1)))
      expect(error).toBeInstanceOf(Unavailable)
      expect(service.count('signatures/signHash')).toBe(3)
    })

    it('takes a new SAD once when the service says that it expired', async () => {
      const service = await serve()
      const key = await open(service)
      const expired = {
        kind: 'answer',
        status: 400,
        body: { error: 'invalid_request', error_description: 'Invalid or expired SAD (xyz)' }
      } as const
      service.fail('signatures/signHash', expired)
      expect(allGood(key, messages(1), await key.signBatch(messages(1)))).toBe(true)
      expect(service.count('credentials/authorize')).toBe(2)
      service.fail('signatures/signHash', expired, expired, expired)
      expect(await codedError(() => key.signBatch(messages(1)))).toBeInstanceOf(Unavailable)
      expect(service.count('signatures/signHash')).toBe(4)
    })

    it('takes a new token once when the old one is refused', async () => {
      const service = await serve()
      const key = await open(service)
      service.revokeTokens()
      expect(allGood(key, messages(1), await key.signBatch(messages(1)))).toBe(true)
      expect(service.count('oauth2/token')).toBe(2)
      const refused = { kind: 'answer', status: 401, body: { error: 'invalid_token' } } as const
      service.fail('signatures/signHash', refused, refused, refused)
      expect((await refusal(() => key.signBatch(messages(1))))[0]).toBe('sealing/key-access-refused')
      expect(service.count('signatures/signHash')).toBe(3)
    })

    it.each([429, 503])('waits as long as %i says, and no longer than patience allows', async status => {
      const service = await serve()
      const key = await open(service, { patienceMs: 5000 })
      const soon = { kind: 'answer', status, headers: { 'retry-after': '0' } } as const
      service.fail('signatures/signHash', soon, soon)
      expect(allGood(key, messages(1), await key.signBatch(messages(1)))).toBe(true)
      // What was surely not done is asked again under the same SAD.
      expect(service.count('credentials/authorize')).toBe(1)
      service.fail('credentials/authorize', { kind: 'answer', status, headers: { 'retry-after': '30' } })
      const error = await codedError(() => key.signBatch(messages(1)))
      expect(error).toBeInstanceOf(Unavailable)
      expect((error as Unavailable).retryAfterSeconds).toBeGreaterThan(25)
      // Everybody else waits too, instead of asking again at once.
      const calls = service.calls.length
      expect(await codedError(() => key.signBatch(messages(1)))).toBeInstanceOf(Unavailable)
      expect(service.calls.length).toBe(calls)
    })

    it('refuses for good what the service refuses for good, without its words', async () => {
      const service = await serve()
      const key = await open(service)
      service.fail('signatures/signHash', {
        kind: 'answer',
        status: 400,
        body: { error: 'invalid_request', error_description: 'the certificate of Jan Kowalski has expired' }
      })
      const error = await codedError(() => key.signBatch(messages(1)))
      expect([error.type.code, error.facts]).toEqual([
        'sealing/key-refused',
        { error: 'invalid_request', httpStatus: 400 }
      ])
      expect(shown(error)).not.toContain('Kowalski')
      expect(service.count('signatures/signHash')).toBe(1)
    })

    it('keeps one caller’s trouble from the next', async () => {
      const service = await serve({ multisign: 2 })
      const key = await open(service, { lanes: 1 })
      service.fail('signatures/signHash', { kind: 'answer', status: 400, body: { error: 'invalid_request' } })
      const [first, second] = await Promise.allSettled([key.signBatch(messages(9)), key.signBatch(messages(2, 50))])
      expect(first.status).toBe('rejected')
      expect(second.status === 'fulfilled' && allGood(key, messages(2, 50), second.value)).toBe(true)
      // What the first caller still had waiting was not sent any more.
      expect(service.signaturesMade).toBeLessThanOrEqual(3)
    })

    it('never shows SAD, token or PIN', async () => {
      const pin = newPin()
      const service = await serve({ pin })
      const key = await open(service)
      const errors: Error[] = []
      const quoted = { kind: 'change', change: () => ({ SAD: 'tajny-sad' }) } as const
      service.fail('credentials/authorize', quoted, quoted)
      errors.push(await codedError(() => key.signBatch(messages(1))))
      const bad = { kind: 'change', change: () => ({ signatures: ['x'] }) } as const
      service.fail('signatures/signHash', bad, bad)
      errors.push(await codedError(() => key.signBatch(messages(1))))
      service.fail('credentials/authorize', {
        kind: 'answer',
        status: 403,
        body: { error: pin, error_description: pin }
      })
      errors.push(await codedError(() => key.signBatch(messages(1))))
      const secrets = service.calls
        .flatMap(({ body }) => [body.SAD, body.PIN, body.client_secret])
        .filter(secret => typeof secret === 'string')
      expect(secrets).toEqual(expect.arrayContaining([pin, 'tajny-sad', 'client-secret']))
      expect(errors.map(error => (error as Refused).type.code)).toEqual([
        'sealing/key-unavailable',
        'sealing/key-answer-wrong',
        'sealing/key-refused'
      ])
      for (const secret of secrets) {
        for (const error of errors) expect(shown(error)).not.toContain(secret)
        expect(JSON.stringify(events)).not.toContain(secret)
      }
    })
  })

  describe('near a PIN', () => {
    const wrongPin = { error: 'invalid_pin', error_description: 'Invalid PIN' }

    it('offers a wrong one once, however many batches wait and however often the key is opened', async () => {
      const service = await serve({ pin: newPin(), multisign: 1, latencyMs: 3 })
      const key = await open(service, { pin: newPin() })
      const answers = await Promise.allSettled(messages(20).map(message => key.signBatch([message])))
      for (const answer of answers)
        expect(answer).toMatchObject({ status: 'rejected', reason: { type: { code: 'sealing/key-pin-refused' } } })
      expect(service.count('credentials/authorize')).toBe(1)
      expect(events.filter(({ kind }) => kind === 'alarm')).toHaveLength(1)
      const calls = service.calls.length
      expect((await refusal(() => key.signBatch(messages(1))))[0]).toBe('sealing/key-pin-refused')
      expect(service.calls.length).toBe(calls)
    })

    it('stops at once when it is changed while four batches are on their way', async () => {
      const pin = newPin()
      const service = await serve({ pin, multisign: 1, latencyMs: 2 })
      const key = await open(service)
      await key.signBatch(messages(4))
      service.fail('credentials/authorize', { kind: 'answer', status: 400, body: wrongPin })
      const before = service.count('credentials/authorize')
      const answers = await Promise.allSettled(messages(12).map(message => key.signBatch([message])))
      expect(answers.filter(({ status }) => status === 'rejected')).toHaveLength(12)
      expect(service.count('credentials/authorize') - before).toBe(1)
      expect((await refusal(() => open(service)))[0]).toBe('sealing/key-pin-refused')
    })

    it.each([
      { error: 'invalid_otp' },
      { error: 'invalid_request', error_description: 'The PIN is incorrect' },
      { error: 'invalid_request', error_description: 'Credential is locked after too many attempts' },
      { error: 'access_denied', error_description: 'nie' },
      { error: 'WRONG_PASSWORD', error_description: '' },
      { message: 'Nieprawidłowy PIN' },
      { status: 200, error: 'invalid_pin' }
    ])('takes %j for a refusal of the PIN', async body => {
      const service = await serve({ pin: newPin() })
      const key = await open(service)
      service.fail('credentials/authorize', { kind: 'answer', status: 'status' in body ? 200 : 400, body })
      expect((await refusal(() => key.signBatch(messages(1))))[0]).toBe('sealing/key-pin-refused')
      expect((await refusal(() => key.signBatch(messages(1))))[0]).toBe('sealing/key-pin-refused')
      expect(service.count('credentials/authorize')).toBe(1)
    })

    it('does not try one again that has never worked when its answer is lost', async () => {
      const service = await serve({ pin: newPin() })
      const key = await open(service)
      service.fail('credentials/authorize', { kind: 'cut-after' })
      expect(await codedError(() => key.signBatch(messages(1)))).toBeInstanceOf(Unavailable)
      expect(service.count('credentials/authorize')).toBe(1)
      expect(allGood(key, messages(1), await key.signBatch(messages(1)))).toBe(true)
      service.fail('credentials/authorize', { kind: 'cut-after' })
      expect(allGood(key, messages(1), await key.signBatch(messages(1)))).toBe(true)
    })

    it('does not take other refusals for one', async () => {
      const service = await serve({ pin: newPin() })
      const key = await open(service)
      await key.signBatch(messages(1))
      service.fail('credentials/authorize', {
        kind: 'answer',
        status: 400,
        body: { error: 'invalid_request', error_description: 'Numbers of signatures is too high' }
      })
      expect((await refusal(() => key.signBatch(messages(1))))[0]).toBe('sealing/key-refused')
      expect(allGood(key, messages(1), await key.signBatch(messages(1)))).toBe(true)
    })
  })

  describe('in asynchronous mode', () => {
    it('polls until the signatures are there, and tells the response id', async () => {
      const service = await serve({ api: 'v2', polls: 3 })
      const key = await open(service, { asynchronous: true })
      expect(allGood(key, messages(5), await key.signBatch(messages(5)))).toBe(true)
      expect(service.count('signatures/signPolling')).toBe(4)
      expect(events).toMatchObject([{ kind: 'signed', signatures: 5, tries: 1, responseIds: [expect.any(String)] }])
    })

    it('does not poll for ever', async () => {
      const service = await serve({ api: 'v2', polls: 1_000_000 })
      const key = await open(service, { asynchronous: true, patienceMs: 300 })
      expect(await codedError(() => key.signBatch(messages(1)))).toBeInstanceOf(Unavailable)
      expect(service.count('signatures/signPolling')).toBeLessThan(12)
    })
  })

  const contract = join(process.env.GONIEC_SHARED ?? '../shared', 'contracts/csc_openapi_v.1.0.3.0.json')
  const withContract = existsSync(contract) ? it : it.skip
  if (!existsSync(contract)) console.warn(`SKIPPED: CSC contract, because ${contract} is not there`)

  withContract('speaks as the published interface description wants', async () => {
    const { components } = JSON.parse(readFileSync(contract, 'utf8')) as { components: object }
    const ajv = new Ajv({ strict: false })
    ajv.addSchema({ $id: 'csc', components })
    const service = await serve({ pin: newPin(), scal: 2, mostHashesPerCall: 2 })
    const key = await open(service, { credentialId: undefined, hashesPerCall: 2 })
    await key.signBatch(messages(5))
    const schemas: Record<string, string> = {
      info: 'input-info',
      'credentials/list': 'input-credentials-list',
      'credentials/info': 'input-credentials-info',
      'credentials/authorize': 'input-credentials-authorize',
      'credentials/extendTransaction': 'input-credentials-extendTransaction',
      'signatures/signHash': 'input-signatures-signhash'
    }
    const checked = new Set<string>()
    for (const { method, body } of service.calls) {
      const schema = schemas[method]
      if (!schema) continue
      const { properties } = (components as { schemas: Record<string, { properties: object }> }).schemas[schema]!
      expect(ajv.validate({ $ref: `csc#/components/schemas/${schema}` }, body)).toBe(true)
      expect(Object.keys(properties)).toEqual(expect.arrayContaining(Object.keys(body)))
      checked.add(method)
    }
    expect([...checked].sort()).toEqual(Object.keys(schemas).sort())
  })

  function v2Objects(expression: string | undefined): Partial<TestCscOptions> {
    return {
      api: 'v2',
      pin: newPin(),
      credential: {
        auth: {
          mode: 'explicit',
          expression,
          objects: [
            { type: 'Password', id: 'PIN' },
            { type: 'ChallengeResponse', id: 'OTP' }
          ]
        }
      }
    }
  }
})
