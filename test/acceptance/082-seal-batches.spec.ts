import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { itWith, python3, Workbench } from '../interop/sealing/tools.js'
import { administer, call, callerOf, digest, makeProfile, personTokenOf, sha256, tokenOf } from './seal-api.js'
import { pdf, until, World } from './world.js'

interface Item {
  position: number
  documentId: string
  state: string
  sealId: string | null
  sealedDocumentId: string | null
  format: string | null
  level: string | null
  problem: string | null
}

describe('a batch of documents to be sealed', () => {
  let world: World
  let tenant: string
  beforeAll(async () => {
    world = await World.start()
    tenant = world.tenants[0]!
    await makeProfile(world, 'partia', { level: 'B-B' })
    await makeProfile(world, 'dwie-osoby', { level: 'B-B', secondPersonAbove: 2 })
    await administer(world, profiles => profiles.grant(tenant, 'dwie-osoby', 'role:sender', 'approve'))
    await administer(world, profiles => profiles.grant(tenant, 'dwie-osoby', 'role:auditor', 'approve'))
  })
  afterAll(() => world?.close())

  const api = (
    method: string,
    path: string,
    body?: object,
    headers?: Record<string, string>,
    credential = world.key()
  ) => call(world.gateway.url, credential, method, path, body, headers)
  const upload = async (bytes: Buffer, fileName = 'pismo.pdf', mediaType = 'application/pdf') => {
    const answer = await api('POST', '/v1/documents?purpose=seal', bytes, {
      'content-type': mediaType,
      'content-digest': digest(bytes),
      'content-disposition': `attachment; filename*=UTF-8''${encodeURIComponent(fileName)}`
    })
    expect(answer.status).toBe(201)
    return answer.json['id'] as string
  }
  const handIn = (key: string, batch: object, credential = world.key()) =>
    api('POST', '/v1/seal-batches', batch, { 'idempotency-key': key }, credential)
  const itemsOf = async (id: string) => {
    const items: Item[] = []
    for (;;) {
      const after = items.at(-1)?.position ?? -1
      const { json } = await api('GET', `/v1/seal-batches/${id}/items?after=${after}&limit=120`)
      if (json['items'].length === 0) return items
      items.push(...(json['items'] as Item[]))
    }
  }
  const done = async (id: string) => {
    await until(
      `batch ${id} is done`,
      async () => (await api('GET', `/v1/seal-batches/${id}`)).json['state'] === 'done'
    )
    return (await api('GET', `/v1/seal-batches/${id}`)).json
  }

  describe('of three hundred, two of them bad', () => {
    const count = 300
    const bad = new Map([
      [7, 'sealing/pdf-not-a-pdf'],
      [211, 'sealing/pdf-field-missing']
    ])
    let id: string
    let originals: Buffer[]
    let documents: string[]
    let batch: object
    let items: Item[]
    let events: { event: string; data: Record<string, number | string> }[]
    beforeAll(async () => {
      originals = Array.from({ length: count }, (_, i) =>
        bad.get(i)?.endsWith('not-a-pdf') ? Buffer.from('nic') : pdf(`nr ${i}`)
      )
      documents = []
      for (let at = 0; at < count; at += 20)
        documents.push(...(await Promise.all(originals.slice(at, at + 20).map(bytes => upload(bytes)))))
      batch = {
        profile: 'partia',
        items: documents.map((documentId, i) => ({
          documentId,
          ...(i === 211 ? { field: 'Nie ma' } : {}),
          ...(i === 3 ? { format: 'CAdES-detached' } : {})
        }))
      }
      const answer = await handIn('partia-300', batch)
      expect([answer.status, answer.json]).toEqual([202, { id: expect.any(String), state: 'running' }])
      id = answer.json['id']
      expect(answer.headers.get('location')).toBe(`/v1/seal-batches/${id}`)
      // to the end, and then the stream ends by itself
      const stream = await api('GET', `/v1/seal-batches/${id}/events`, undefined, { accept: 'text/event-stream' })
      expect(stream.headers.get('content-type')).toMatch(/^text\/event-stream/)
      events = stream.bytes
        .toString()
        .split('\n\n')
        .filter(text => text.includes('data:'))
        .map(text => ({
          event: /^event: (.*)$/m.exec(text)![1]!,
          data: JSON.parse(/^data: (.*)$/m.exec(text)![1]!) as Record<string, number | string>
        }))
      items = await itemsOf(id)
    }, 120_000)

    it('shows its progress while it goes on, to the end', () => {
      expect(events.every(({ event }) => event === 'progress')).toBe(true)
      const sealed = events.map(({ data }) => Number(data['sealed']))
      expect([...sealed].sort((a, b) => a - b)).toEqual(sealed)
      expect(events.at(-1)!.data).toMatchObject({ id, state: 'done', total: count, sealed: 298, failed: 2, toRaise: 0 })
    })

    it('has a result for each, in order, and one bad document does not stop the others', async () => {
      expect(items.map(({ position, documentId }) => [position, documentId])).toEqual(documents.map((d, i) => [i, d]))
      for (const { position, state, problem, sealedDocumentId, sealId, format, level } of items) {
        const expected = bad.get(position)
        expect([position, state, problem]).toEqual([position, expected ? 'failed' : 'sealed', expected ?? null])
        expect([sealedDocumentId !== null, sealId !== null]).toEqual([!expected, true])
        if (!expected) expect([format, level]).toEqual([position === 3 ? 'CAdES-detached' : 'PAdES', 'B-B'])
      }
      const { json } = await api('GET', `/v1/seals/${items[0]!.sealId}`)
      expect(json).toMatchObject({ batchId: id, position: 0, state: 'made', documentId: items[0]!.sealedDocumentId })
    })

    it('is handed out one by one', async () => {
      const one = await api('GET', `/v1/seal-batches/${id}/items/12/content`)
      expect(one.bytes.subarray(0, originals[12]!.length).equals(originals[12]!)).toBe(true)
      expect(one.headers.get('content-digest')).toBe(digest(one.bytes))
      for (const position of ['7', '300', '-1', 'x', '99999999999'])
        expect((await api('GET', `/v1/seal-batches/${id}/items/${position}/content`)).json['code']).toBe(
          'seals/item-not-sealed'
        )
    })

    itWith(python3)('is handed out as one ZIP', async () => {
      const one = await api('GET', `/v1/seal-batches/${id}/items/12/content`)
      const zip = await api('GET', `/v1/seal-batches/${id}/download`)
      expect(zip.headers.get('content-type')).toBe('application/zip')
      const bench = new Workbench()
      try {
        const script = `import sys, zipfile
z = zipfile.ZipFile(sys.argv[1]); assert z.testzip() is None; z.extractall(sys.argv[2])`
        bench.run('python3', '-c', script, bench.put('batch.zip', zip.bytes), bench.path('out'))
        const names = readdirSync(bench.path('out')).sort()
        expect(names).toHaveLength(298)
        expect(names[0]).toBe('001-pismo.pdf')
        expect(readFileSync(join(bench.path('out'), '013-pismo.pdf')).equals(one.bytes)).toBe(true)
      } finally {
        bench.clear()
      }
      const again = await api('GET', `/v1/seal-batches/${id}/download`)
      expect(sha256(again.bytes)).toBe(sha256(zip.bytes))
    })

    it('is one batch per key, for ever, and another body under the key is refused', async () => {
      const again = await handIn('partia-300', batch)
      expect([again.status, again.json]).toEqual([202, { id, state: 'done' }])
      expect(again.headers.get('idempotency-replayed')).toBe('true')
      const other = await handIn('partia-300', { profile: 'partia', items: [{ documentId: documents[0] }] })
      expect([other.status, other.json['code']]).toEqual([422, 'seals/idempotency-key-reused'])
      const { json } = await api('POST', '/v1/seal-batches', batch)
      expect(json['code']).toBe('seals/idempotency-key-missing')
    })

    it('leaves one use on record for each document, with its result', async () => {
      const [row] = await world.sql<{ uses: string; made: string; failed: string; documents: string }>(
        `select count(*) as uses, count(m.sealed_sha256) as made, count(m.problem) as failed,
                count(distinct u.position) as documents
           from seal_use u left join seal_made m on m.use_id = u.id where u.batch_id = $1`,
        [id]
      )
      expect(row).toEqual({ uses: '300', made: '298', failed: '2', documents: '300' })
    })

    it('is there for its author, for auditors and for who may use its profile, and for nobody else', async () => {
      for (const path of ['', '/items', '/events', '/items/12/content', '/download'])
        for (const [credential, code] of [
          [world.key('operator'), 'seals/batch-not-found'],
          [world.key('sender', 1), 'seals/batch-not-found'],
          [world.key('auditor', 1), 'seals/batch-not-found']
        ] as const) {
          const answer = await api('GET', `/v1/seal-batches/${id}${path}`, undefined, {}, credential)
          expect([path, answer.status, answer.json['code']]).toEqual([path, 404, code])
        }
      const ids = async (credential: string, query = '') =>
        (await api('GET', `/v1/seal-batches${query}`, undefined, {}, credential)).json['items'].map(
          (batch: { id: string }) => batch.id
        )
      expect(await ids(world.key('auditor'))).toContain(id)
      expect(await ids(world.key('auditor'), '?state=awaiting-approval')).not.toContain(id)
      expect(await ids(world.key('operator'))).toEqual([])
      expect(await ids(world.key('auditor', 1))).toEqual([])
    })
  })

  it('is refused when it is wrong: nothing of it is kept', async () => {
    const documentId = await upload(pdf())
    const wrong: [string, object, string][] = [
      ['no items', { profile: 'partia', items: [] }, 'gateway/body-invalid'],
      ['an unknown profile', { profile: 'nie-ma', items: [{ documentId }] }, 'seals/profile-unknown'],
      [
        'an unknown document',
        { profile: 'partia', items: [{ documentId }, { documentId: '01980000-0000-7000-8000-0000000000ff' }] },
        'seals/batch-document-unknown'
      ],
      [
        'a place that is none',
        { profile: 'partia', items: [{ documentId, placement: { page: 0 } }] },
        'gateway/body-invalid'
      ],
      [
        'a place that is hostile',
        { profile: 'partia', items: [{ documentId, placement: [] }] },
        'gateway/body-invalid'
      ],
      [
        'a password, which would be kept',
        { profile: 'partia', items: [{ documentId, password: 'x' }] },
        'gateway/body-invalid'
      ],
      ['an unknown kind', { profile: 'partia', items: [{ documentId, format: 'X' }] }, 'gateway/body-invalid']
    ]
    for (const [what, batch, code] of wrong)
      expect([what, (await handIn(`wrong-${what}`, batch)).json['code']]).toEqual([what, code])
    // the keys are free still
    expect((await handIn('wrong-an unknown document', { profile: 'partia', items: [{ documentId }] })).status).toBe(202)
    const auditor = await handIn('auditor', { profile: 'partia', items: [{ documentId }] }, world.key('auditor'))
    expect(auditor.json['code']).toBe('access/role-missing')
    const stranger = await handIn('stranger', { profile: 'urzad', items: [{ documentId }] }, world.key('sender', 1))
    expect(stranger.json['code']).toBe('seals/batch-document-unknown')
  })

  it('may name ten thousand documents, and no more', async () => {
    const documentId = await upload(pdf())
    const items = Array.from({ length: 10_001 }, () => ({ documentId, reason: 'x'.repeat(200) }))
    expect((await handIn('10001', { profile: 'dwie-osoby', items })).json['code']).toBe('gateway/body-invalid')
    const answer = await handIn('10000', { profile: 'dwie-osoby', items: items.slice(1) })
    expect([answer.status, answer.json['state']]).toEqual([202, 'awaiting-approval'])
    const huge = await handIn('huge', { profile: 'dwie-osoby', items, x: 'x'.repeat(4_000_000) })
    expect([huge.status, huge.json['code']]).toEqual([413, 'gateway/body-too-large'])
  })

  it('above a size waits for a second person: neither a key nor a program nor its author', async () => {
    const documentIds = await Promise.all([1, 2, 3].map(() => upload(pdf())))
    const batch = { profile: 'dwie-osoby', items: documentIds.map(documentId => ({ documentId })) }
    const small = await handIn('small', { ...batch, items: batch.items.slice(1) })
    expect(small.json['state']).toBe('running')
    await done(small.json['id'])

    const clerk = await personTokenOf(world, 'sekretarz-gminy')
    const auditor = await personTokenOf(world, 'skarbnik-gminy')
    const { json } = await handIn('large', batch, clerk)
    expect(json['state']).toBe('awaiting-approval')
    const id = json['id'] as string
    const decide = async (credential: string, decision = 'approve', of = id) => {
      const answer = await api('POST', `/v1/seal-batches/${of}/decision`, { decision }, {}, credential)
      return [answer.status, answer.json['code'] ?? answer.json['state']]
    }
    const second = [403, 'seals/batch-needs-second-person']
    expect(await decide(clerk)).toEqual(second)
    // keys and programs, with the grant or without it
    const noPerson = [403, 'seals/batch-needs-person']
    for (const role of ['sender', 'auditor', 'operator'] as const)
      expect(await decide(world.key(role))).toEqual(noPerson)
    for (const program of ['clerk-gmina', 'auditor-gmina', 'operator-gmina'])
      expect(await decide(await tokenOf(world, program))).toEqual(noPerson)
    expect(await decide(await personTokenOf(world, 'sekretarz-drugi'))).toEqual([404, 'seals/batch-not-found'])
    // a person without the grant
    await administer(world, profiles => profiles.revoke(tenant, 'dwie-osoby', 'role:auditor', 'approve'))
    expect(await decide(auditor)).toEqual(second)
    await administer(world, profiles => profiles.grant(tenant, 'dwie-osoby', 'role:auditor', 'approve'))
    expect(await decide(auditor, 'maybe')).toEqual([422, 'gateway/body-invalid'])
    expect((await itemsOf(id)).every(({ state }) => state === 'waiting')).toBe(true)
    const listed = await api('GET', '/v1/seal-batches?state=awaiting-approval', undefined, {}, auditor)
    expect(listed.json['items'].map((one: { id: string }) => one.id)).toContain(id)
    expect((await api('GET', `/v1/seal-batches/${id}/download`)).json['code']).toBe('seals/batch-not-finished')

    expect(await decide(auditor)).toEqual([200, 'running'])
    expect(await decide(auditor)).toEqual([409, 'seals/batch-decided'])
    expect(await done(id)).toMatchObject({ sealed: 3, failed: 0 })
    const [row] = await world.sql<{ differ: boolean }>(
      `select decided_by <> created_by and decided_by like 'oidc:%' as differ from seal_batch where id = $1`,
      [id]
    )
    expect(row).toEqual({ differ: true })

    const rejected = (await handIn('rejected', batch)).json['id'] as string
    expect(await decide(auditor, 'reject', rejected)).toEqual([200, 'rejected'])
    expect(await decide(clerk, 'approve', rejected)).toEqual([409, 'seals/batch-decided'])
    expect((await itemsOf(rejected)).every(({ state }) => state === 'waiting')).toBe(true)
    // what waits for a person, or was rejected, is not backlog
    const metrics = await (await fetch(`${world.gateway.url}/metrics`)).text()
    expect(metrics).toMatch(/^goniec_seal_batches\{state="awaiting-approval"\} [01]$/m)
    expect(metrics).toMatch(/^goniec_seal_batch_documents_waiting 0$/m)
    const uses = await world.sql(`select 1 from seal_use where batch_id = $1`, [rejected])
    expect(uses).toEqual([])
  })

  it('is held by the limit of its profile, and goes on when there is room', async () => {
    await makeProfile(world, 'wolno', { level: 'B-B', maxPerHour: 4 })
    const items = await Promise.all(Array.from({ length: 6 }, async () => ({ documentId: await upload(pdf()) })))
    const { json } = await handIn('wolno', { profile: 'wolno', items })
    const id = json['id'] as string
    const batch = async () => (await api('GET', `/v1/seal-batches/${id}`)).json
    await until('the limit holds the batch', async () => (await batch())['waitingFor'] === 'seals/limit-reached')
    expect(await batch()).toMatchObject({ state: 'running', sealed: 4, failed: 0 })
    await makeProfile(world, 'wolno', { level: 'B-B', maxPerHour: 10 })
    await world.sql(`update jobs.job set start_after = now() where name = 'seal-batch' and state = 'created'`)
    expect(await done(id)).toMatchObject({ sealed: 6, waitingFor: null })
  })

  it('stops before its next documents when its author loses the profile', async () => {
    await makeProfile(world, 'do-odebrania', { level: 'B-B', maxPerHour: 1 }, callerOf(world.key()))
    const items = await Promise.all([1, 2, 3].map(async () => ({ documentId: await upload(pdf()) })))
    const { json } = await handIn('do-odebrania', { profile: 'do-odebrania', items })
    const id = json['id'] as string
    const hasState = (waitingFor: string) => async () =>
      (await api('GET', `/v1/seal-batches/${id}`)).json['waitingFor'] === waitingFor
    await until('the limit holds the batch', hasState('seals/limit-reached'))
    await administer(world, profiles => profiles.revoke(tenant, 'do-odebrania', callerOf(world.key()), 'use'))
    await administer(world, profiles => profiles.profile(tenant, 'do-odebrania', { key: 'institution' } as never))
    await world.sql(`update jobs.job set start_after = now() where name = 'seal-batch' and state = 'created'`)
    await until('the batch waits for the right', hasState('seals/use-revoked'))
    await administer(world, profiles => profiles.grant(tenant, 'do-odebrania', callerOf(world.key()), 'use'))
    await world.sql(`update jobs.job set start_after = now() where name = 'seal-batch' and state = 'created'`)
    expect(await done(id)).toMatchObject({ sealed: 3 })
  })

  describe('that is cancelled', () => {
    const items = (count: number) =>
      upload(pdf()).then(documentId => Array.from({ length: count }, () => ({ documentId })))
    const cancel = async (id: string, credential = world.key()) => {
      const { status, json } = await api('POST', `/v1/seal-batches/${id}/cancellation`, undefined, {}, credential)
      return [status, json['code'] ?? json]
    }
    const viewOf = async (id: string) => (await api('GET', `/v1/seal-batches/${id}`)).json
    /** How many documents ended how, and how many seals are on record. */
    const endOf = async (id: string) => {
      const [row] = await world.sql<Record<string, number>>(
        `select count(*) filter (where i.state = 'sealed')::int as sealed,
                count(*) filter (where i.state = 'cancelled' and i.sealed_document_id is null)::int as cancelled,
                count(*)::int as total,
                (select count(*)::int from seal_use u join seal_made m on m.use_id = u.id and m.sealed_sha256 is not null
                  where u.batch_id = $1) as made
           from seal_batch_item i where i.batch_id = $1`,
        [id]
      )
      return row!
    }
    const nothingMoves = () =>
      until('no job is left', async () => {
        await world.sql(`update jobs.job set start_after = now() where name = 'seal-batch' and state = 'created'`)
        const jobs = `select 1 from jobs.job where name = 'seal-batch' and state in ('created', 'retry', 'active')`
        return (await world.sql(jobs)).length === 0
      })

    it('while it rests keeps what is sealed, and seals no more', async () => {
      await makeProfile(world, 'anulowany', { level: 'B-B', maxPerHour: 4 }, callerOf(world.key()))
      const { json } = await handIn('anulowany', { profile: 'anulowany', items: await items(6) })
      const id = json['id'] as string
      await until('the limit holds it', async () => (await viewOf(id))['waitingFor'] === 'seals/limit-reached')
      expect(await cancel(id, world.key('auditor'))).toEqual([403, 'seals/batch-not-yours'])
      expect(await cancel(id, await personTokenOf(world, 'sekretarz-gminy'))).toEqual([403, 'seals/batch-not-yours'])
      expect(await cancel(id, world.key('sender', 1))).toEqual([404, 'seals/batch-not-found'])
      expect(await viewOf(id)).toMatchObject({ state: 'running', cancelled: 0 })

      const over = { state: 'cancelled', sealed: 4, failed: 0, cancelled: 2, waitingFor: null }
      expect(await cancel(id)).toEqual([200, expect.objectContaining({ ...over, finishedAt: expect.any(String) })])
      const first = await viewOf(id)
      await makeProfile(world, 'anulowany', { level: 'B-B' }, callerOf(world.key()))
      await nothingMoves()
      expect(await cancel(id)).toEqual([200, first])
      expect(await viewOf(id)).toEqual(first)
      expect((await itemsOf(id)).map(({ state }) => state)).toEqual([
        ...Array<string>(4).fill('sealed'),
        ...Array<string>(2).fill('cancelled')
      ])
      const stream = await api('GET', `/v1/seal-batches/${id}/events`, undefined, { accept: 'text/event-stream' })
      expect(stream.bytes.toString()).toContain('"state":"cancelled"')
      expect((await api('GET', `/v1/seal-batches/${id}/items/3/content`)).status).toBe(200)
      expect((await api('GET', `/v1/seal-batches/${id}/items/4/content`)).json['code']).toBe('seals/item-not-sealed')
      const zip = await api('GET', `/v1/seal-batches/${id}/download`)
      expect(zip.bytes.toString('latin1').split('PK\x01\x02')).toHaveLength(1 + 4)
      const listed = await api('GET', '/v1/seal-batches?state=cancelled')
      expect(listed.json['items'].map((one: { id: string }) => one.id)).toContain(id)
    })

    it.each([
      ['by its author', () => Promise.resolve(world.key())],
      ['by who may approve', () => tokenOf(world, 'auditor-gmina')]
    ])('before it was approved is not sealed at all: %s', async (who, credential) => {
      const { json } = await handIn(`anulowany ${who}`, { profile: 'dwie-osoby', items: await items(3) })
      expect(await cancel(json['id'], await credential())).toEqual([
        200,
        expect.objectContaining({ state: 'cancelled', sealed: 0, cancelled: 3 })
      ])
      const decision = { decision: 'approve' }
      const auditor = await personTokenOf(world, 'skarbnik-gminy')
      const answer = await api('POST', `/v1/seal-batches/${json['id']}/decision`, decision, {}, auditor)
      expect([answer.status, answer.json['code']]).toEqual([409, 'seals/batch-decided'])
    })

    it.each([
      ['are sealed to the end', 'up', 400, 50],
      ['end without a seal where that fails', 'down', 60, 60]
    ] as const)('while workers have documents in their hands: these %s', async (what, mode, count, held) => {
      await makeProfile(world, 'w-rekach', { level: 'B-T' })
      world.timeStampsAre('hang')
      const { json } = await handIn(`w-rekach ${mode}`, { profile: 'w-rekach', items: await items(count) })
      const id = json['id'] as string
      const uses = () => world.sql(`select 1 from seal_use where batch_id = $1`, [id])
      await until('workers have documents in their hands', async () => (await uses()).length >= held)
      expect(await cancel(id)).toEqual([
        200,
        expect.objectContaining({ state: 'cancelled', sealed: 0, cancelled: expect.any(Number), finishedAt: null })
      ])
      const { cancelled } = (await endOf(id)) as { cancelled: number }
      expect([cancelled > 0, cancelled <= count - held]).toEqual([count > held, true])
      world.timeStampsAre(mode)
      await until('the workers are done', async () => (await viewOf(id))['finishedAt'] !== null)
      world.timeStampsAre('up')
      const end = await endOf(id)
      expect(end).toEqual(
        mode === 'up'
          ? { sealed: count - cancelled, cancelled, total: count, made: count - cancelled }
          : { sealed: 0, cancelled: count, total: count, made: 0 }
      )
      await nothingMoves()
      expect(await endOf(id)).toEqual(end)
    })

    it('when it is over stays what it is', async () => {
      const { json } = await handIn('po wszystkim', { profile: 'partia', items: await items(1) })
      await done(json['id'])
      expect(await cancel(json['id'])).toEqual([409, 'seals/batch-over'])
      expect(await viewOf(json['id'])).toMatchObject({ state: 'done', sealed: 1, cancelled: 0 })
    })
  })

  it('goes on without a document that is damaged in the store', async () => {
    const [bad, good] = [pdf('uszkodzony'), pdf('dobry')]
    const items = [{ documentId: await upload(bad) }, { documentId: await upload(good) }]
    await world.sql('alter table blob_chunk disable trigger append_only')
    await world.sql(
      `update blob_chunk c set data = set_byte(data, 20, get_byte(data, 20) # 1)
         from blob b where b.tenant_id = c.tenant_id and b.id = c.blob_id and b.sha256 = decode($1, 'hex')`,
      [sha256(bad)]
    )
    await world.sql('alter table blob_chunk enable trigger append_only')
    const { json } = await handIn('damaged', { profile: 'partia', items })
    await done(json['id'])
    expect((await itemsOf(json['id'])).map(({ state, problem }) => [state, problem])).toEqual([
      ['failed', 'archive/damaged'],
      ['sealed', null]
    ])
  })
})

describe('a batch in an installation without time stamps', () => {
  it('fails for the document that asks for one, and for no other', async () => {
    const world = await World.start({ GONIEC_SEAL_LEVEL: 'B-B', GONIEC_TSA_URL: undefined })
    try {
      await makeProfile(world, 'partia', { level: 'B-B' })
      const items = await Promise.all(
        Array.from({ length: 12 }, async (_, i) => ({
          documentId: await world.api().upload('pismo.pdf', 'application/pdf', pdf()),
          ...(i === 5 ? { level: 'B-T' } : {})
        }))
      )
      const api = (method: string, path: string, body?: object) =>
        call(world.gateway.url, world.key(), method, `/v1/seal-batches${path}`, body, { 'idempotency-key': 'x' })
      const { id } = (await api('POST', '', { profile: 'partia', items })).json as { id: string }
      await until('the batch is done', async () => (await api('GET', `/${id}`)).json['state'] === 'done')
      const found = (await api('GET', `/${id}/items`)).json['items'] as Item[]
      expect(found.map(({ problem }) => problem)).toEqual(
        items.map((_, i) => (i === 5 ? 'sealing/timestamp-not-configured' : null))
      )
    } finally {
      await world.close()
    }
  })
})
