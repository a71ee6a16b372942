import { DataSource } from 'typeorm'
import { Unavailable } from '../problem.js'
import { createTestDatabase } from '../testing/test-database.js'
import { appRoleUrl } from './app-role.js'
import { Database, dataSourceOptions, type TenantTransaction } from './database.js'

const TENANTS = ['01980000-0000-7000-8000-00000000000a', '01980000-0000-7000-8000-00000000000b'] as const
const [ONE, OTHER] = TENANTS

describe('a transaction of one tenant', () => {
  let drop: () => Promise<unknown>
  let owner: DataSource
  let database: Database

  beforeAll(async () => {
    const test = await createTestDatabase()
    drop = () => test.drop()
    owner = await new DataSource({ type: 'postgres', url: test.url }).initialize()
    for (const tenant of TENANTS) await owner.query(`insert into tenant values ($1, 'x', now())`, [tenant])
    // one connection: what one transaction leaves behind, the next one finds
    const options = dataSourceOptions({ url: appRoleUrl(test.url), poolSize: 1, entities: [] })
    database = new Database(await new DataSource(options).initialize())
  })

  afterAll(async () => {
    await database.dataSource.destroy()
    await owner.destroy()
    await drop()
  })

  const add = (tx: TenantTransaction, tenant: string, key: string) =>
    tx.query(`insert into submission values ($1, $2, $2, gen_random_uuid(), '', now())`, [tenant, Buffer.from(key)])
  const kept = async (tenant: string): Promise<string[]> => {
    const rows: { key: Buffer }[] = await owner.query(`select key_sha256 as key from submission where tenant_id = $1`, [
      tenant
    ])
    return rows.map(({ key }) => key.toString())
  }
  const tenantSeen = async (tx: TenantTransaction): Promise<string> => {
    const [row] = await tx.query(`select current_setting('goniec.tenant_id') as tenant`)
    return row.tenant
  }

  it('knows its tenant in what is asked first, and in what is asked at the same time', async () => {
    for (const tenant of [ONE, OTHER, ONE])
      expect(await database.inTenant(tenant, tx => Promise.all([tenantSeen(tx), tenantSeen(tx)]))).toEqual([
        tenant,
        tenant
      ])
  })

  it('is one: its statements share a number', async () => {
    const number = async (tx: TenantTransaction) => (await tx.query('select txid_current()::text as id'))[0].id
    const [first, second] = await database.inTenant(ONE, async tx => [await number(tx), await number(tx)])
    expect(first).toBe(second)
  })

  it('leaves nothing when its work fails before it asks, after it asked, or in a statement', async () => {
    const failing: ((tx: TenantTransaction) => Promise<unknown>)[] = [
      () => Promise.reject(new Error('before')),
      async tx => {
        await add(tx, ONE, 'key 1')
        throw new Error('after')
      },
      async tx => {
        await add(tx, ONE, 'key 2')
        await tx.query('select 1 / 0')
      },
      tx => Promise.all([tx.query('select 1 / 0'), add(tx, ONE, 'key 3')])
    ]
    for (const [i, work] of failing.entries())
      await expect(database.inTenant(ONE, work)).rejects.toThrow(['before', 'after', 'division', 'division'][i]!)
    expect(await kept(ONE)).toEqual([])
    await database.inTenant(ONE, tx => add(tx, ONE, 'key 4'))
    expect(await kept(ONE)).toEqual(['key 4'])
  })

  it('takes one round trip where all is asked at once, and leaves nothing when a statement fails', async () => {
    const both = await database.inTenantAtOnce(OTHER, tx => Promise.all([tenantSeen(tx), add(tx, OTHER, 'at once')]))
    expect(both[0]).toBe(OTHER)
    expect(await kept(OTHER)).toEqual(['at once'])
    await expect(
      database.inTenantAtOnce(OTHER, tx =>
        Promise.all([add(tx, OTHER, 'before'), tx.query('select 1 / 0'), add(tx, OTHER, 'after')])
      )
    ).rejects.toThrow('division')
    expect(await kept(OTHER)).toEqual(['at once'])
    // what comes late is outside: it has no tenant
    const late = database.inTenantAtOnce(OTHER, async tx => {
      await tenantSeen(tx)
      await add(tx, OTHER, 'late')
    })
    await expect(late).rejects.toThrow(/tenant_id|uuid/)
    expect(await kept(OTHER)).toEqual(['at once'])
  })

  it('cannot write for another tenant, and what follows without a tenant sees nothing', async () => {
    await expect(database.inTenant(ONE, tx => add(tx, OTHER, 'key 5'))).rejects.toThrow(/row-level security/)
    await expect(database.transaction(tx => tx.query('select * from submission'))).rejects.toThrow(/tenant_id|uuid/)
  })

  it('tells a lost connection as Unavailable, and the next one is good', async () => {
    const lost = database.inTenant(ONE, async tx => {
      const [{ pid }] = await tx.query('select pg_backend_pid() as pid')
      await owner.query('select pg_terminate_backend($1)', [pid])
      await Promise.all([tx.query('select pg_sleep(1)'), tx.query('select 1')])
    })
    await expect(lost).rejects.toBeInstanceOf(Unavailable)
    expect(await database.inTenant(OTHER, tenantSeen)).toBe(OTHER)
  })

  it('has a statement planned once that says so by a name', async () => {
    const asked = '/* prepared as spec_sum */ select $1::int + 1 as sum'
    const known = async (tx: TenantTransaction) =>
      tx.query(`select name, generic_plans + custom_plans as times from pg_prepared_statements where name like 'spec%'`)
    await database.inTenant(ONE, async tx => {
      expect((await tx.query(asked, [1]))[0].sum).toBe(2)
      expect((await tx.query(asked, [41]))[0].sum).toBe(42)
      expect((await tx.query('select $1::int as prepared', [1]))[0].prepared).toBe(1)
      expect(
        (await known(tx)).map(({ name, times }: { name: string; times: string }) => [name, Number(times)])
      ).toEqual([['spec_sum', 2]])
    })
  })
})
