import pg from 'pg'
import { appRoleUrl } from '../../libs/platform/src/database/app-role.js'
import { pdf, until, World } from './world.js'

const APPEND_ONLY = [
  'letter_event',
  'evidence',
  'evidence_check',
  'look_up',
  'submission',
  'access_refusal',
  'blob',
  'blob_chunk',
  'seal_use',
  'seal_made'
]

describe('the database itself', () => {
  let world: World
  let app: pg.Client
  let owner: pg.Client

  beforeAll(async () => {
    world = await World.start()
    const id = await world.send('AE:PL-30000-40001-URZAD-23')
    await world.until(id, l => l.progress === 'archived')
    // one refusal and one seal that is to be raised, so that no table is empty
    await fetch(`${world.gateway.url}/v1/letters`)
    world.timeStampsAre('down')
    const documentId = await world.api().upload('pismo.pdf', 'application/pdf', pdf())
    const { body } = await world
      .api()
      .json<{ id: string }>(
        'POST',
        '/v1/seal-batches',
        Buffer.from(JSON.stringify({ profile: 'urzad', items: [{ documentId }] })),
        { 'content-type': 'application/json', 'idempotency-key': 'database' }
      )
    await until(
      'the batch is done',
      async () => (await world.api().get<{ state: string }>(`/v1/seal-batches/${body.id}`)).body.state === 'done'
    )
    world.sandbox.faults.reset()
    app = new pg.Client({ connectionString: appRoleUrl(world.databaseUrl) })
    owner = new pg.Client({ connectionString: world.databaseUrl })
    await Promise.all([app.connect(), owner.connect()])
  })
  afterAll(async () => {
    await Promise.all([app.end(), owner.end()])
    await world.close()
  })

  /** Every table that has a tenant, as the catalogue lists them. */
  const tenantTables = async () => {
    const { rows } = await owner.query<{ name: string }>(
      `select c.table_name as name from information_schema.columns c
         join information_schema.tables t using (table_schema, table_name)
        where c.table_schema = 'public' and c.column_name = 'tenant_id' and t.table_type = 'BASE TABLE' order by 1`
    )
    return rows.map(row => row.name)
  }

  /** Runs something in a transaction that is rolled back; gives what the server said. */
  const said = async (client: pg.Client, ...statements: string[]): Promise<string> => {
    await client.query('begin')
    try {
      for (const sql of statements) await client.query(sql)
      return 'done'
    } catch (error) {
      return (error as { code: string }).code
    } finally {
      await client.query('rollback')
    }
  }

  const countIn = async (table: string, tenant?: string): Promise<number> => {
    await app.query('begin')
    try {
      if (tenant) await app.query(`select set_config('goniec.tenant_id', $1, true)`, [tenant])
      const { rows } = await app.query<{ n: string }>(`select count(*) as n from ${table}`)
      return Number(rows[0]!.n)
    } finally {
      await app.query('rollback')
    }
  }

  it('knows every table with a tenant by this list', async () => {
    expect(await tenantTables()).toEqual(
      [
        'access_refusal',
        'api_key',
        'attempt',
        'blob',
        'blob_chunk',
        'document',
        'evidence',
        'evidence_check',
        'letter',
        'letter_document',
        'letter_event',
        'look_up',
        'party',
        'seal_batch',
        'seal_batch_item',
        'seal_grant',
        'seal_made',
        'seal_profile',
        'seal_raise',
        'seal_use',
        'sender_address',
        'submission'
      ].sort()
    )
  })

  it('forces row level security on every one of them', async () => {
    const { rows } = await owner.query<{ relname: string; relrowsecurity: boolean; relforcerowsecurity: boolean }>(
      `select relname, relrowsecurity, relforcerowsecurity from pg_class
        where relnamespace = 'public'::regnamespace and relname = any($1) order by relname`,
      [await tenantTables()]
    )
    expect(rows).toHaveLength((await tenantTables()).length)
    expect(rows.filter(row => !row.relrowsecurity || !row.relforcerowsecurity)).toEqual([])
  })

  it('lets the application be neither owner nor above the rules', async () => {
    const { rows: roles } = await owner.query(
      `select rolsuper, rolbypassrls, rolcreatedb, rolcreaterole, rolreplication from pg_roles where rolname = 'goniec_app'`
    )
    expect(Object.values(roles[0] as object)).toEqual(Array(5).fill(false))
    const { rows: owned } = await owner.query(
      `select relname from pg_class where relowner = 'goniec_app'::regrole union all
       select proname from pg_proc where proowner = 'goniec_app'::regrole union all
       select rolname from pg_auth_members m join pg_roles r on r.oid = m.roleid where m.member = 'goniec_app'::regrole`
    )
    expect(owned).toEqual([])
    expect(await said(app, 'create table public.smuggled (x int)')).toBe('42501')
    expect(await said(app, 'alter table letter disable row level security')).toBe('42501')
    expect(await said(app, 'drop trigger append_only on letter_event')).toBe('42501')
    expect(await said(app, 'set role postgres')).toMatch(/42501|22023/)
    expect(await said(app, `set session_replication_role = 'replica'`)).toBe('42501')
  })

  it('shows nothing to a session without a tenant', async () => {
    for (const table of await tenantTables()) {
      const shown = await countIn(table).catch((error: { code: string }) => error.code)
      // 42704: the setting is not there; 22P02: it is left empty by an earlier transaction; 42501: not for the application
      expect([table, ['42704', '22P02', '42501', 0].includes(shown)]).toEqual([table, true])
    }
  })

  it('shows a tenant its own rows only, and lets it write no other', async () => {
    const [mine, other] = world.tenants as [string, string]
    const { rows: readable } = await owner.query<{ name: string }>(
      `select name from unnest($1::text[]) as name where has_table_privilege('goniec_app', name, 'select')`,
      [await tenantTables()]
    )
    // a key is found by a function, by its exact id; the application cannot read the table
    expect(readable).toHaveLength((await tenantTables()).length - 1)
    for (const { name: table } of readable) {
      const all = (
        await owner.query<{ tenant_id: string | null; n: string }>(
          `select tenant_id, count(*) as n from ${table} group by 1`
        )
      ).rows
      const of = (tenant: string) => Number(all.find(row => row.tenant_id === tenant)?.n ?? 0)
      expect([table, await countIn(table, mine)]).toEqual([table, of(mine)])
      expect([table, await countIn(table, other)]).toEqual([table, of(other)])
      if (table !== 'access_refusal') expect([table, of(mine) > 0]).toEqual([table, true])
    }
    const asOther = `set local goniec.tenant_id = '${other}'`
    expect(await said(app, asOther, `update letter set progress = 'cancelled' where tenant_id = '${mine}'`)).toBe(
      'done'
    )
    expect((await owner.query(`select 1 from letter where progress = 'cancelled'`)).rows).toEqual([])
    const row = `insert into letter_document (tenant_id, letter_id, role, position, document_id)
                 select '${mine}', letter_id, 'sealed', 99, document_id from letter_document limit 1`
    expect(await said(owner, row)).toBe('done')
    const values = (
      await owner.query<{ letter_id: string; document_id: string }>('select * from letter_document limit 1')
    ).rows[0]!
    const smuggled = `insert into letter_document (tenant_id, letter_id, role, position, document_id)
                      values ('${mine}', '${values.letter_id}', 'sealed', 99, '${values.document_id}')`
    expect(await said(app, `set local goniec.tenant_id = '${mine}'`, smuggled)).toBe('done')
    expect(await said(app, asOther, smuggled)).toBe('42501')
  })

  it.each(APPEND_ONLY)('keeps %s as it is, also against its owner', async table => {
    const [column] = (
      await owner.query<{ name: string }>(
        `select column_name as name from information_schema.columns where table_schema = 'public' and table_name = $1
          order by ordinal_position limit 1`,
        [table]
      )
    ).rows
    const { rows } = await owner.query(`select 1 from ${table} limit 1`)
    expect([table, rows.length]).toEqual([table, 1])
    for (const client of [owner, app])
      for (const sql of [
        `update ${table} set ${column!.name} = ${column!.name}`,
        `delete from ${table}`,
        `truncate ${table} cascade`
      ])
        expect([sql, await said(client, `set local goniec.tenant_id = '${world.tenants[0]}'`, sql)]).toEqual([
          sql,
          '42501'
        ])
  })

  it('holds neither names nor numbers of people in clear', async () => {
    const id = await world.send({ pesel: '91821110072' }, undefined, 'pismo.pdf', { subject: 'Tajny tytuł sprawy' })
    await world.until(id, l => l.progress === 'archived')
    const { rows: tables } = await owner.query<{ name: string }>(
      `select format('%I.%I', table_schema, table_name) as name from information_schema.tables
        where table_schema in ('public', 'jobs') and table_type = 'BASE TABLE'`
    )
    const secrets = ['91821110072', 'Tajny tytuł', 'Odbierająca', 'ODBIERAJĄCA']
    const asHex = secrets.map(secret => Buffer.from(secret).toString('hex'))
    for (const { name } of tables)
      for (const secret of [...secrets, ...asHex]) {
        const { rows } = await owner.query(`select 1 from ${name} t where position($1 in t::text) > 0 limit 1`, [
          secret
        ])
        expect([name, rows.length]).toEqual([name, 0])
      }
  })
})
