import pg from 'pg'
import { appRoleUrl } from '../../libs/platform/src/database/app-role.js'
import { administer, call, callerOf, makeProfile, postSeal, sha256, tokenOf } from './seal-api.js'
import { pdf, World } from './world.js'

describe('who may cause a seal', () => {
  let world: World
  let tenant: string
  beforeAll(async () => {
    world = await World.start()
    tenant = world.tenants[0]!
    await makeProfile(world, 'dla-klucza', { level: 'B-B' }, callerOf(world.key()))
    await makeProfile(world, 'dla-audytora', { level: 'B-B' }, 'role:auditor')
    await makeProfile(world, 'trzy-na-godzine', { level: 'B-B', maxPerHour: 3 })
  })
  afterAll(() => world?.close())

  const seal = (profile: string, credential = world.key(), body = pdf()) =>
    postSeal(world.gateway.url, { credential, query: { profile }, body })
  const codeOf = async (answer: ReturnType<typeof seal>) => {
    const { status, json } = await answer
    return [status, json['code']]
  }
  const get = (path: string, credential = world.key('auditor')) => call(world.gateway.url, credential, 'GET', path)

  it('is decided by grants, to a key, to a person and to a role; what may not be used is not there', async () => {
    expect((await seal('dla-klucza')).status).toBe(200)
    expect(await codeOf(seal('dla-klucza', world.key('auditor')))).toEqual([404, 'seals/profile-unknown'])
    expect(await codeOf(seal('dla-audytora'))).toEqual([404, 'seals/profile-unknown'])
    expect((await seal('dla-audytora', world.key('auditor'))).status).toBe(200)

    const person = await tokenOf(world, 'operator-gmina')
    expect(await codeOf(seal('dla-klucza', person))).toEqual([404, 'seals/profile-unknown'])
    // the id of a person is learnt where it was written down: in a refusal
    expect((await call(world.gateway.url, person, 'GET', '/v1/letters')).status).toBe(403)
    const [refusal] = await world.sql<{ actor: string }>(
      `select actor from access_refusal where actor like 'oidc:%' order by refused_at desc limit 1`
    )
    await administer(world, profiles => profiles.grant(tenant, 'dla-klucza', refusal!.actor, 'use'))
    expect((await seal('dla-klucza', person)).status).toBe(200)

    const names = async (credential: string) =>
      (await get('/v1/seal-profiles', credential)).json['items'].map(({ name }: { name: string }) => name)
    expect(await names(world.key())).toEqual(['dla-klucza', 'trzy-na-godzine', 'urzad'])
    expect(await names(world.key('auditor'))).toEqual(['dla-audytora'])
    expect(await names(world.key('operator'))).toEqual([])
  })

  it('is written by administrators only, and not by misspelling', async () => {
    await expect(administer(world, p => p.grant(tenant, 'urzad', 'rola:sender', 'use'))).rejects.toMatchObject({
      type: { code: 'seals/subject-malformed' }
    })
    expect(await administer(world, p => p.grant(tenant, 'nie-ma', 'role:sender', 'use'))).toBe(false)
    const app = new pg.Client({ connectionString: appRoleUrl(world.databaseUrl) })
    await app.connect()
    try {
      await app.query(`select set_config('goniec.tenant_id', $1, false)`, [tenant])
      for (const sql of [
        `insert into seal_grant (tenant_id, profile_id, subject, may, granted_at) select tenant_id, id, 'role:operator', 'use', now() from seal_profile`,
        `update seal_profile set definition = '{}'`,
        `delete from seal_grant`,
        `delete from seal_use`,
        `update seal_made set problem = 'x'`
      ])
        await expect([sql, app.query(sql)][1]).rejects.toMatchObject({ code: '42501' })
    } finally {
      await app.end()
    }
  })

  it('ends when the grant is taken away', async () => {
    await makeProfile(world, 'odebrany', { level: 'B-B' }, callerOf(world.key()))
    expect((await seal('odebrany')).status).toBe(200)
    await administer(world, profiles => profiles.revoke(tenant, 'odebrany', callerOf(world.key()), 'use'))
    expect(await codeOf(seal('odebrany'))).toEqual([404, 'seals/profile-unknown'])
  })

  it('has a limit per hour, which holds for those who come together, and ends after the hour', async () => {
    const answers = await Promise.all(Array.from({ length: 8 }, () => seal('trzy-na-godzine')))
    const made = answers.filter(({ status }) => status === 200)
    const refused = answers.filter(({ status }) => status === 429)
    expect([made.length, refused.length]).toEqual([3, 5])
    for (const answer of refused) {
      expect(answer.json['code']).toBe('seals/limit-reached')
      expect(answer.json['facts'] ?? answer.json).toMatchObject({ limit: 3 })
      const wait = Number(answer.headers.get('retry-after'))
      expect([wait > 3500, wait <= 3600]).toEqual([true, true])
    }
    await world.advance('PT61M')
    expect((await seal('trzy-na-godzine')).status).toBe(200)
  })

  it('does not let documents that cannot be sealed use the limit up', async () => {
    await makeProfile(world, 'jeden', { level: 'B-B', maxPerHour: 1 })
    for (let i = 0; i < 3; i++)
      expect(await codeOf(seal('jeden', world.key(), Buffer.from('nic')))).toEqual([422, 'sealing/pdf-not-a-pdf'])
    expect((await seal('jeden')).status).toBe(200)
    expect((await seal('jeden')).status).toBe(429)
  })

  it('is on record: who, what, by which profile, and what came of it, before and after', async () => {
    await makeProfile(world, 'rejestr', { level: 'B-B' })
    const document = pdf('rejestr')
    const sealed = await seal('rejestr', world.key(), document)
    const broken = Buffer.from('%PDF-1.7 nic')
    await seal('rejestr', world.key(), broken)
    const uses = async (query: string) => (await get(`/v1/seal-uses?${query}`)).json
    const { items } = await uses('profile=rejestr')
    expect(items).toEqual([
      expect.objectContaining({
        state: 'failed',
        problem: expect.stringMatching(/^sealing\/pdf-/),
        documentSha256: sha256(broken),
        sealedSha256: null
      }),
      {
        id: sealed.headers.get('goniec-seal-id'),
        profile: 'rejestr',
        actor: callerOf(world.key()),
        usedAt: expect.stringMatching(/Z$/),
        documentSha256: sha256(document),
        batchId: null,
        position: null,
        state: 'made',
        format: 'PAdES',
        level: 'B-B',
        raiseTo: null,
        documentId: null,
        sealedSha256: sha256(sealed.bytes),
        raisedSha256: null,
        signingTime: expect.stringMatching(/Z$/),
        timestampTime: null,
        problem: null
      }
    ])
    for (const digest of [sha256(document), sha256(sealed.bytes)])
      expect((await uses(`sha256=${digest}`)).items).toEqual([items[1]])
    expect((await uses(`sha256=${'0'.repeat(64)}`)).items).toEqual([])
    expect((await uses(`profile=rejestr&from=${items[1].usedAt}&to=2100-01-01T00:00:00Z`)).items).toHaveLength(2)
    expect((await uses('profile=rejestr&from=2100-01-01T00:00:00Z')).items).toEqual([])
    const first = await uses('profile=rejestr&limit=1')
    expect(first.items).toEqual([items[0]])
    expect(await uses(`profile=rejestr&limit=1&cursor=${first.nextCursor}`)).toEqual({ items: [items[1]] })
    expect((await get('/v1/seal-uses?limit=1001')).json['code']).toBe('gateway/query-invalid')
    // it is on record before the key is asked: the use is older than what came of it
    const rows = await world.sql<{ ok: boolean }>(
      `select u.used_at <= m.made_at as ok from seal_use u left join seal_made m on m.use_id = u.id`
    )
    expect(rows.every(({ ok }) => ok)).toBe(true)
  })

  it('shows the record to auditors only, and one use to its author', async () => {
    const id = (await seal('dla-klucza')).headers.get('goniec-seal-id')!
    for (const role of ['sender', 'operator'] as const)
      expect((await get('/v1/seal-uses', world.key(role))).json['code']).toBe('access/role-missing')
    expect((await get(`/v1/seals/${id}`, world.key())).status).toBe(200)
    expect((await get(`/v1/seals/${id}`, world.key('auditor'))).status).toBe(200)
    expect((await get(`/v1/seals/${id}`, world.key('operator'))).json['code']).toBe('seals/seal-not-found')
  })

  it('shows another tenant nothing', async () => {
    const sealed = await seal('dla-klucza')
    const id = sealed.headers.get('goniec-seal-id')!
    for (const role of ['sender', 'auditor', 'operator'] as const)
      expect((await get(`/v1/seals/${id}`, world.key(role, 1))).json['code']).toBe('seals/seal-not-found')
    const other = world.key('sender', 1)
    expect(await codeOf(seal('dla-klucza', other))).toEqual([404, 'seals/profile-unknown'])
    // its own profile of the same name is another one
    expect((await seal('urzad', other)).status).toBe(200)
    const { items } = (await get('/v1/seal-uses', world.key('auditor', 1))).json
    expect(items).toHaveLength(1)
    const documentId = await world.api().upload('a.pdf', 'application/pdf', pdf())
    const stolen = await postSeal(world.gateway.url, { credential: other, query: { profile: 'urzad', documentId } })
    expect(stolen.json['code']).toBe('letter/document-not-found')
  })
})
