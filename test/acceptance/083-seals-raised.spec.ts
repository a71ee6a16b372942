import { readFileSync } from 'node:fs'
import { startGateway, type Gateway } from '../../apps/gateway/src/gateway.js'
import { call, digest, makeProfile, postSeal, sha256, type SealAnswer } from './seal-api.js'
import { itWith, qpdf, Workbench } from '../interop/sealing/tools.js'
import { pdf, until, World } from './world.js'

describe('a seal while a service is away', () => {
  let world: World
  let gateway: Gateway
  beforeAll(async () => {
    world = await World.start({ GONIEC_TSA_TIMEOUT_MS: '1000' })
    gateway = world.gateway
    await makeProfile(world, 'pozniej', { level: 'B-T', whenAway: 'raise-later' })
    await makeProfile(world, 'dlugo', { level: 'B-LTA', whenAway: 'raise-later' })
    await makeProfile(world, 'odlaczona', {
      level: 'B-T',
      whenAway: 'raise-later',
      formats: { pdf: 'XAdES-detached', other: 'CAdES-detached' }
    })
    await makeProfile(world, 'wcale', { level: 'B-T', whenAway: 'fail' })
  })
  afterEach(() => world.sandbox.faults.reset())
  afterAll(async () => {
    if (gateway !== world?.gateway) await gateway?.close()
    await world?.close()
  })

  const tsasAre = (mode: 'up' | 'down' | 'hang') => {
    for (const surface of ['tsa', 'tsa-2'] as const) world.sandbox.faults.set(surface, mode)
  }
  const seal = (profile: string, query: Record<string, string> = {}, body: Buffer | undefined = pdf()) =>
    postSeal(gateway.url, {
      credential: world.key(),
      query: { profile, ...query },
      ...(query['documentId'] ? {} : { body })
    })
  const api = (method: string, path: string, body?: object, headers?: Record<string, string>) =>
    call(gateway.url, world.key(), method, path, body, headers)
  const sealOf = async (answer: SealAnswer) =>
    (await api('GET', `/v1/seals/${answer.headers.get('goniec-seal-id')}`)).json
  const levelOf = async (bytes: Buffer, originals = '') => {
    const { signatures } = (await api('POST', `/v1/validations${originals}`, bytes)).json
    return [signatures[0].indication, signatures[0].level]
  }
  const metric = async (name: string) => {
    const text = await (await fetch(`${gateway.url}/metrics`)).text()
    const line = text.split('\n').find(one => one.startsWith(`${name} `))
    return line === undefined ? undefined : Number(line.split(' ').at(-1))
  }
  const raised = async (answer: SealAnswer) => {
    await until('the seal is raised', async () => (await sealOf(answer))['state'] === 'raised')
    return sealOf(answer)
  }

  it('raises detached seals and seals on kept documents, and items of batches, each once', async () => {
    tsasAre('down')
    const document = pdf('odlaczona')
    const documentId = await world
      .api()
      .upload('pismo.pdf', 'application/pdf', document)
      .catch(async () => {
        const answer = await api('POST', '/v1/documents?purpose=seal', document, {
          'content-type': 'application/pdf',
          'content-digest': digest(document),
          'content-disposition': 'attachment; filename=pismo.pdf'
        })
        return answer.json['id'] as string
      })
    const detached = await seal('odlaczona', { documentId })
    const cades = await seal('odlaczona', { format: 'CAdES-detached' }, document)
    expect([detached.status, detached.json['level'], detached.json['raiseTo']]).toEqual([201, 'B-B', 'B-T'])
    const accepted = await call(
      gateway.url,
      world.key(),
      'POST',
      '/v1/seal-batches',
      { profile: 'pozniej', items: [{ documentId }, { documentId }] },
      { 'idempotency-key': 'raise' }
    )
    const batch = async () => (await api('GET', `/v1/seal-batches/${accepted.json['id']}`)).json
    await until('the batch is done', async () => (await batch())['state'] === 'done')
    expect(await batch()).toMatchObject({ sealed: 2, toRaise: 2 })
    expect(await metric('goniec_seals_to_raise')).toBe(4)
    world.sandbox.faults.reset()

    for (const answer of [detached, cades]) {
      const { documentId: sealed } = await raised(answer)
      const { bytes } = await api('GET', `/v1/documents/${sealed}/content`)
      expect(await levelOf(bytes, `?original=${documentId}`)).toEqual(['TOTAL-PASSED', 'B-T'])
    }
    await until('the batch is raised', async () => (await batch())['toRaise'] === 0)
    const { items } = (await api('GET', `/v1/seal-batches/${accepted.json['id']}/items`)).json
    for (const { level, position } of items) {
      expect(level).toBe('B-T')
      const { bytes } = await api('GET', `/v1/seal-batches/${accepted.json['id']}/items/${position}/content`)
      expect(await levelOf(bytes)).toEqual(['TOTAL-PASSED', 'B-T'])
    }
    expect(await metric('goniec_seals_to_raise')).toBe(0)
    expect(await metric('goniec_seals{format="CAdES-detached",outcome="made"}')).toBe(1)
    const twice = await world.sql(`select id from seal_raise where state <> 'raised' or raised_document_id is null`)
    expect(twice).toEqual([])
  }, 60_000)

  it('is refused with 503 where the profile insists, and the use is on record as failed', async () => {
    tsasAre('down')
    const answer = await seal('wcale')
    expect([answer.status, answer.json['code']]).toEqual([503, 'sealing/timestamp-unavailable'])
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0)
    const { items } = (await call(gateway.url, world.key('auditor'), 'GET', '/v1/seal-uses?profile=wcale')).json
    expect(items).toEqual([expect.objectContaining({ state: 'failed', problem: 'sealing/timestamp-unavailable' })])
    expect(await metric('goniec_seals{format="none",outcome="sealing/timestamp-unavailable"}')).toBe(1)
  })

  itWith(qpdf)(
    'is made of an encrypted PDF only where it can be raised without the password, which is not kept',
    async () => {
      const bench = new Workbench()
      const encrypted = (user: string) => {
        bench.run('qpdf', '--encrypt', user, 'owner', '256', '--', bench.put('plain.pdf', pdf()), 'encrypted.pdf')
        return readFileSync(bench.path('encrypted.pdf'))
      }
      const sealed = (body: Buffer) =>
        postSeal(gateway.url, {
          credential: world.key(),
          query: { profile: 'pozniej' },
          body,
          headers: { 'goniec-pdf-password': 'owner' }
        })
      try {
        const [locked, open] = [encrypted('user'), encrypted('')]
        tsasAre('down')
        const [refused, made] = [await sealed(locked), await sealed(open)]
        expect([refused.status, refused.json['code']]).toEqual([503, 'sealing/timestamp-unavailable'])
        expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
        expect([made.status, made.headers.get('goniec-raise-to')]).toEqual([200, 'B-T'])
        const auditor = world.key('auditor')
        const { items } = (await call(gateway.url, auditor, 'GET', `/v1/seal-uses?sha256=${sha256(locked)}`)).json
        expect(items).toEqual([expect.objectContaining({ state: 'failed', problem: 'sealing/timestamp-unavailable' })])
        world.sandbox.faults.reset()
        const { documentId } = await raised(made)
        const { bytes } = await api('GET', `/v1/documents/${documentId}/content`)
        expect(await levelOf(bytes)).toEqual(['TOTAL-PASSED', 'B-T'])
        // who did not answer is left alone for half a minute of the world
        await world.advance('PT1M')
        expect((await sealed(locked)).headers.get('goniec-seal-level')).toBe('B-T')
      } finally {
        bench.clear()
      }
    },
    60_000
  )

  it.each(['down', 'hang'] as const)('goes to the second authority without ado when the first is %s', async mode => {
    // an authority that failed a moment ago is not even asked
    await world.advance('PT2M')
    world.sandbox.faults.set('tsa', mode)
    const asked = () => world.sandbox.ledger.entries({ surface: 'tsa', action: `fault-${mode}` }).length
    const stamped = () => world.sandbox.ledger.entries({ surface: 'tsa-2', action: 'stamped' }).length
    const [askedBefore, before] = [asked(), stamped()]
    const start = performance.now()
    const answers = [await seal('wcale'), await seal('wcale'), await seal('wcale')]
    expect(performance.now() - start).toBeLessThan(6000)
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200])
    expect([asked() - askedBefore, stamped() - before]).toEqual([1, 3])
  })

  it('raises to B-LTA when those who know of revocations were away', async () => {
    // nothing is known of this certificate yet, because the gateway asks anew after a day
    await world.advance('P2D')
    for (const surface of ['ocsp', 'crl'] as const) world.sandbox.faults.set(surface, 'down')
    const answer = await seal('dlugo')
    expect([answer.status, answer.headers.get('goniec-seal-level'), answer.headers.get('goniec-raise-to')]).toEqual([
      200,
      'B-T',
      'B-LTA'
    ])
    world.sandbox.faults.reset()
    // who did not answer is left alone for half a minute of the world
    await world.advance('PT1M')
    const { documentId } = await raised(answer)
    const { bytes } = await api('GET', `/v1/documents/${documentId}/content`)
    expect(await levelOf(bytes)).toEqual(['TOTAL-PASSED', 'B-LTA'])
  }, 60_000)

  it('is not made with a certificate that was revoked', async () => {
    const revoked = await fetch(`${world.sandbox.url}/control/revoke`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ certificate: 'institution', reason: 'keyCompromise' })
    })
    expect(revoked.ok).toBe(true)
    // answers are good for a day
    await world.advance('P2D')
    for (const profile of ['wcale', 'pozniej']) {
      const answer = await seal(profile)
      expect([answer.status, answer.json['code']]).toEqual([422, 'sealing/certificate-revoked'])
    }
    expect((await fetch(`${world.sandbox.url}/control/revocations`, { method: 'DELETE' })).ok).toBe(true)
    await world.advance('P2D')
    expect((await seal('wcale')).status).toBe(200)
  })

  it('is made without the time stamp, and raised when the authority is back, also after a restart', async () => {
    tsasAre('down')
    const document = pdf('pozniej')
    const answer = await seal('pozniej', {}, document)
    expect(answer.status).toBe(200)
    expect([answer.headers.get('goniec-seal-level'), answer.headers.get('goniec-raise-to')]).toEqual(['B-B', 'B-T'])
    expect(await levelOf(answer.bytes)).toEqual(['TOTAL-PASSED', 'B-B'])
    expect(await sealOf(answer)).toMatchObject({
      state: 'to-raise',
      level: 'B-B',
      raiseTo: 'B-T',
      sealedSha256: sha256(answer.bytes),
      documentId: expect.any(String)
    })
    await until(
      'it was tried in vain',
      async () => (await sealOf(answer))['problem'] === 'sealing/timestamp-unavailable'
    )

    // the gateway ends, the world mends, another gateway begins
    await gateway.close()
    world.sandbox.faults.reset()
    gateway = await startGateway(world.env)
    expect(await raised(answer)).toMatchObject({ level: 'B-T', raiseTo: null, problem: null })
    const { documentId, raisedSha256 } = await sealOf(answer)
    const content = await api('GET', `/v1/documents/${documentId}/content`)
    expect([sha256(content.bytes), content.headers.get('content-digest')]).toEqual([
      raisedSha256,
      digest(content.bytes)
    ])
    expect(content.bytes.subarray(0, document.length).equals(document)).toBe(true)
    expect(await levelOf(content.bytes)).toEqual(['TOTAL-PASSED', 'B-T'])
    // whoever audits finds the use by the raised document, too
    const uses = await call(gateway.url, world.key('auditor'), 'GET', `/v1/seal-uses?sha256=${raisedSha256}`)
    expect(uses.json['items']).toHaveLength(1)
  }, 60_000)
})
