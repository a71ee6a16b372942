import { createHash, X509Certificate } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { call, digest, makeProfile, postSeal } from './seal-api.js'
import { pdf, until, World, type Sandbox } from './world.js'

interface Reading {
  signatures: number
  calls: number
  byCredential: Record<string, number>
  locked: string[]
}

describe('a seal whose key is in a remote service', () => {
  let world: World
  let dir: string
  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), 'goniec-keys-'))
    world = await World.start(
      { GONIEC_TSA_URL: undefined },
      {
        envFor: async sandbox => ({
          GONIEC_SEAL_KEYS_FILE: await keyFile(sandbox, dir),
          GONIEC_TSA_FILE: timestampFile(sandbox, dir)
        })
      }
    )
    await makeProfile(world, 'ze-znacznikiem', { key: 'plik', level: 'B-T' })
    for (const key of ['zdalny-v1', 'zdalny-v2', 'zdalny-pin', 'zly-pin', 'pojedynczy', 'plik', 'krotko'])
      await makeProfile(world, key, { key, level: 'B-B' })
    await makeProfile(world, 'bez-klucza', { key: 'nie-ma', level: 'B-B' })
  }, 60_000)
  afterEach(() => world.sandbox.faults.reset())
  afterAll(async () => {
    rmSync(dir, { recursive: true, force: true })
    await world?.close()
  })

  const seal = (profile: string) =>
    postSeal(world.gateway.url, { credential: world.key(), query: { profile }, body: pdf() })
  const api = (method: string, path: string, body?: object, headers?: Record<string, string>) =>
    call(world.gateway.url, world.key(), method, path, body, headers)
  const reading = async () => (await (await fetch(`${world.sandbox.url}/control/csc`)).json()) as Reading
  const verdict = async (bytes: Buffer) => {
    const { signatures } = (await api('POST', '/v1/validations', bytes)).json
    return signatures.map(({ indication }: { indication: string }) => indication)
  }
  const upload = async (bytes: Buffer) => {
    const answer = await api('POST', '/v1/documents?purpose=seal', bytes, {
      'content-type': 'application/pdf',
      'content-digest': digest(bytes),
      'content-disposition': 'attachment; filename=pismo.pdf'
    })
    return answer.json['id'] as string
  }
  const batchOf = async (profile: string, count: number, key = `${profile}-${count}`) => {
    const items = await Promise.all(Array.from({ length: count }, async () => ({ documentId: await upload(pdf()) })))
    const { json } = await api('POST', '/v1/seal-batches', { profile, items }, { 'idempotency-key': key })
    return json['id'] as string
  }
  const batch = async (id: string) => (await api('GET', `/v1/seal-batches/${id}`)).json
  const done = async (id: string) => {
    await until('the batch is done', async () => (await batch(id))['state'] === 'done')
    return batch(id)
  }

  it('is stamped by an authority that is named in a file', async () => {
    const answer = await seal('ze-znacznikiem')
    expect([answer.status, answer.headers.get('goniec-seal-level')]).toEqual([200, 'B-T'])
  })

  it.each([
    ['zdalny-v1', 'seal-p256-implicit'],
    ['zdalny-v2', 'seal-p256-raw'],
    ['zdalny-pin', 'seal-rsa3072-pin'],
    ['pojedynczy', 'seal-single'],
    ['plik', undefined]
  ])('is made by %s, one signature for one document', async (profile, credential) => {
    const before = await reading()
    const answers = await Promise.all([seal(profile), seal(profile), seal(profile)])
    for (const answer of answers) {
      expect([answer.status, answer.headers.get('goniec-seal-level')]).toEqual([200, 'B-B'])
      expect(await verdict(answer.bytes)).toEqual(['TOTAL-PASSED'])
    }
    const after = await reading()
    expect(after.signatures - before.signatures).toBe(credential ? 3 : 0)
    if (credential) expect((after.byCredential[credential] ?? 0) - (before.byCredential[credential] ?? 0)).toBe(3)
  })

  it('is not made by a key that this installation does not have', async () => {
    const answer = await seal('bez-klucza')
    expect([answer.status, answer.json['code']]).toEqual([500, 'sealing/key-unknown'])
  })

  it.each(['misorder', 'lost-answer', 'short-answer', 'wrong-key', '429', 'slow', 'expired-token'] as const)(
    'ends in a right seal or in a problem when the service answers once with %s',
    async mode => {
      const before = (await reading()).signatures
      world.sandbox.faults.set('csc', mode, 1, { times: 1 })
      const answer = await seal('zdalny-v1')
      if (answer.status === 200) expect(await verdict(answer.bytes)).toEqual(['TOTAL-PASSED'])
      else {
        expect([502, 503]).toContain(answer.status)
        expect(answer.json['code']).toMatch(/^sealing\/key-/)
      }
      // whatever happened, the next one is in order, and nothing was signed over and over
      expect(await verdict((await seal('zdalny-v1')).bytes)).toEqual(['TOTAL-PASSED'])
      const signed = (await reading()).signatures - before
      expect([signed >= 2, signed <= 4]).toEqual([true, true])
    },
    30_000
  )

  it.each(['misorder', 'lost-answer', 'short-answer', '429', 'expired-token'] as const)(
    'is made for each document of a batch, once, when some answers are %s',
    async mode => {
      const count = 60
      const before = (await reading()).signatures
      world.sandbox.faults.set('csc', mode, 1, { times: 2 })
      const id = await batchOf('zdalny-v1', count, mode)
      expect(await done(id)).toMatchObject({ total: count, sealed: count, failed: 0 })
      const { items } = (await api('GET', `/v1/seal-batches/${id}/items`)).json
      const contents = await Promise.all(
        items.map(async ({ position }: { position: number }) =>
          verdict((await api('GET', `/v1/seal-batches/${id}/items/${position}/content`)).bytes)
        )
      )
      expect(contents).toEqual(Array(count).fill(['TOTAL-PASSED']))
      expect(new Set(items.map(({ sealedDocumentId }: { sealedDocumentId: string }) => sealedDocumentId)).size).toBe(
        count
      )
      const signed = (await reading()).signatures - before
      expect([signed >= count, signed <= 4 * count]).toEqual([true, true])
    },
    60_000
  )

  it('waits while the service is away: a batch rests and goes on, one document is refused with 503', async () => {
    world.sandbox.faults.set('csc', 'down')
    const answer = await seal('krotko')
    expect([answer.status, answer.json['code']]).toEqual([503, 'sealing/key-unavailable'])
    const id = await batchOf('krotko', 120)
    await until('the batch rests', async () => (await batch(id))['waitingFor'] === 'sealing/key-unavailable')
    expect(await batch(id)).toMatchObject({ state: 'running', sealed: 0, failed: 0 })
    world.sandbox.faults.reset()
    expect(await done(id)).toMatchObject({ sealed: 120, failed: 0, waitingFor: null })
    // uses that came to nothing are on record as such, and each document has one that did not
    const [row] = await world.sql<{ made: string; open: string; documents: string }>(
      `select count(m.sealed_sha256) as made, count(*) filter (where m.use_id is null) as open,
              count(distinct u.position) filter (where m.sealed_sha256 is not null) as documents
         from seal_use u left join seal_made m on m.use_id = u.id where u.batch_id = $1`,
      [id]
    )
    expect(row).toEqual({ made: '120', open: '0', documents: '120' })
  }, 60_000)

  it('offers a PIN that was refused never again', async () => {
    const attempts = () =>
      world.sandbox.ledger.entries({ surface: 'csc' }).filter(({ action }) => action === 'signed').length
    const before = attempts()
    for (let i = 0; i < 5; i++) {
      const answer = await seal('zly-pin')
      expect([answer.status, answer.json['code']]).toEqual([500, 'sealing/key-pin-refused'])
    }
    const id = await batchOf('zly-pin', 3)
    await until('the batch rests', async () => (await batch(id))['waitingFor'] === 'sealing/key-pin-refused')
    expect([attempts() - before, (await reading()).locked]).toEqual([0, []])
    // the same credential with the right PIN goes on
    expect((await seal('zdalny-pin')).status).toBe(200)
  })

  it('is not asked for when the certificate is revoked', async () => {
    const revoke = (method: string, path: string, body?: object) =>
      fetch(`${world.sandbox.url}/control/${path}`, {
        method,
        ...(body ? { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) } : {})
      })
    expect((await revoke('POST', 'revoke', { certificate: 'seal-p256-implicit', reason: 'keyCompromise' })).ok).toBe(
      true
    )
    // answers about revocation are good for a day
    await world.advance('P2D')
    const before = await reading()
    const answer = await seal('zdalny-v1')
    expect([answer.status, answer.json['code']]).toEqual([422, 'sealing/certificate-revoked'])
    const id = await batchOf('zdalny-v1', 2, 'revoked')
    await until('the batch rests', async () => (await batch(id))['waitingFor'] === 'sealing/certificate-revoked')
    expect(await reading()).toEqual(before)
    expect((await revoke('DELETE', 'revocations')).ok).toBe(true)
  })
})

/** A file of time-stamp authorities as an operator writes it. */
function timestampFile({ url }: Sandbox, dir: string): string {
  writeFileSync(join(dir, 'tsa.password'), 'tajne\n', { mode: 0o600 })
  const path = join(dir, 'tsa.json')
  writeFileSync(path, JSON.stringify([{ url: `${url}/tsa`, user: 'urzad', passwordFile: 'tsa.password' }]))
  return path
}

/** A file of named keys as an operator writes it. */
async function keyFile(sandbox: Sandbox, dir: string): Promise<string> {
  const response = await fetch(`${sandbox.url}/control/credentials`)
  const { csc, seals } = (await response.json()) as {
    csc: {
      v1: string
      v2: string
      tokenUrl: string
      clientId: string
      clientSecret: string
      userId: string
      pin: string
    }
    seals: Record<string, { pkcs12File: string; passwordFile: string }>
  }
  const secret = (name: string, text: string) => {
    writeFileSync(join(dir, name), `${text}\n`, { mode: 0o600 })
    return name
  }
  const pinned = (name: string) =>
    createHash('sha256')
      .update(new X509Certificate(readFileSync(sandbox.pki.path(`${name}.cert.pem`))).raw)
      .digest('hex')
  const remote = (api: 'v1' | 'v2', credentialId: string, more: object = {}) => ({
    kind: 'csc',
    url: csc[api],
    api,
    clientId: csc.clientId,
    clientSecretFile: secret('client-secret', csc.clientSecret),
    tokenUrl: csc.tokenUrl,
    userId: csc.userId,
    credentialId,
    pinnedCertificateSha256: pinned(credentialId),
    ...more
  })
  const file = seals['institution-p256']!
  writeFileSync(
    join(dir, 'keys.json'),
    JSON.stringify({
      'zdalny-v1': remote('v1', 'seal-p256-implicit'),
      'zdalny-v2': remote('v2', 'seal-p256-raw', { asynchronous: true }),
      'zdalny-pin': remote('v1', 'seal-rsa3072-pin', { pinFile: secret('pin', csc.pin) }),
      'zly-pin': remote('v1', 'seal-rsa3072-pin', { pinFile: secret('wrong-pin', `${csc.pin}0`) }),
      pojedynczy: remote('v2', 'seal-single'),
      krotko: remote('v1', 'seal-p256-implicit', { patienceMs: 1000 }),
      plik: { kind: 'pkcs12', file: file.pkcs12File, passwordFile: file.passwordFile }
    })
  )
  return join(dir, 'keys.json')
}
