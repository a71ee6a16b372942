import { DataSource } from 'typeorm'
import { appRoleUrl, createBoss, Database, dataSourceOptions, Jobs, SystemClock, UuidV7 } from '#platform'
import { createTestDatabase } from '../../platform/src/testing/test-database.js'
import { TransitionNotAllowed } from './lifecycle.js'
import { ADVANCE_QUEUE, EventRecorder, type Recording } from './record-event.js'
import { LetterEventRow, letterRows, LetterRow } from './rows.js'

const TENANT = '01980000-0000-7000-8000-00000000000a'
const SENDER = 'AE:PL-10000-20001-GMINA-27'

describe('the one door for events', () => {
  const clock = new SystemClock()
  const ids = new UuidV7(clock)
  let drop: () => Promise<unknown>
  let owner: DataSource
  let database: Database
  let boss: ReturnType<typeof createBoss>
  let recorder: EventRecorder

  beforeAll(async () => {
    const test = await createTestDatabase()
    const { url } = test
    drop = () => test.drop()
    owner = await new DataSource({ type: 'postgres', url }).initialize()
    await owner.query(`insert into tenant values ($1, 'x', now())`, [TENANT])
    await owner.query(`insert into sender_address values ($1, $2, 'x', true, 'other')`, [TENANT, SENDER])
    const appUrl = appRoleUrl(url)
    const source = new DataSource(dataSourceOptions({ url: appUrl, poolSize: 8, entities: letterRows }))
    database = new Database(await source.initialize())
    boss = createBoss({ url: appUrl, worker: false })
    await boss.start()
    recorder = new EventRecorder(new Jobs(boss), clock)
  })

  afterAll(async () => {
    await boss.stop({ graceful: false })
    await database.dataSource.destroy()
    await owner.destroy()
    await drop()
  })

  async function newLetter(): Promise<string> {
    const id = ids.next()
    const now = clock.now()
    await database.inTenant(TENANT, async tx => {
      await tx.insert(LetterRow, {
        tenantId: TENANT,
        id,
        senderAde: SENDER,
        senderIsPublic: true,
        senderKind: 'other',
        content: Buffer.from('x'),
        progress: 'new',
        legalStatus: 'not-dispatched',
        version: 0,
        waitingTries: 0,
        createdBy: 'test',
        createdAt: now,
        updatedAt: now
      })
      await recorder.record(tx, id, accepted)
    })
    return id
  }

  const accepted: Recording = {
    event: { type: 'LetterAccepted', version: 1, documents: [] },
    dedupeKey: 'accepted',
    actor: 'test'
  }
  const sealed: Recording = {
    event: { type: 'LetterSealed', version: 1, documents: [], qualification: 'advanced-seal' },
    dedupeKey: 'sealed',
    actor: 'test'
  }
  const record = (id: string, recording: Recording) =>
    database.inTenant(TENANT, tx => recorder.record(tx, id, recording))
  const events = (id: string) =>
    database.inTenant(TENANT, tx => tx.find(LetterEventRow, { where: { letterId: id }, order: { seq: 'ASC' } }))
  const jobs = async (id: string) =>
    (await owner.query(`select id from jobs.job where name = $1 and data->>'letterId' = $2`, [ADVANCE_QUEUE, id]))
      .length

  it('appends the event, moves the letter on and enqueues the job, together', async () => {
    const id = await newLetter()
    const { letter, recorded } = await record(id, sealed)
    expect(recorded).toBe(true)
    expect(letter).toMatchObject({ progress: 'sealed', version: 2 })
    expect((await events(id)).map(event => event.type)).toEqual(['LetterAccepted', 'LetterSealed'])
    expect(await jobs(id)).toBe(2)
  })

  it('leaves neither event nor job behind when the transaction does not commit', async () => {
    const id = await newLetter()
    const failing = database.inTenant(TENANT, async tx => {
      await recorder.record(tx, id, sealed)
      throw new Error('died before the commit')
    })
    await expect(failing).rejects.toThrow('died before the commit')
    expect(await events(id)).toHaveLength(1)
    expect(await jobs(id)).toBe(1)
  })

  it('records a fact once, however often and however parallel it is told', async () => {
    const id = await newLetter()
    const told = await Promise.all(Array.from({ length: 8 }, () => record(id, sealed)))
    expect(told.filter(({ recorded }) => recorded)).toHaveLength(1)
    expect(await events(id)).toHaveLength(2)
    expect(await jobs(id)).toBe(2)
  })

  it('lets somebody see an event that the lifecycle does not allow, and writes nothing', async () => {
    const id = await newLetter()
    await record(id, sealed)
    await expect(record(id, { ...sealed, dedupeKey: 'again' })).rejects.toThrow(TransitionNotAllowed)
    expect(await events(id)).toHaveLength(2)
  })

  it("does not know another tenant's letter", async () => {
    const id = await newLetter()
    const other = '01980000-0000-7000-8000-00000000000b'
    await expect(database.inTenant(other, tx => recorder.record(tx, id, sealed))).rejects.toThrow('letter/not-found')
  })

  it('keeps events from being changed, even by the owner of the table', async () => {
    const id = await newLetter()
    const change = (sql: string) =>
      owner.transaction(async tx => {
        await tx.query(`select set_config('goniec.tenant_id', $1, true)`, [TENANT])
        await tx.query(sql, [id])
      })
    await expect(change(`update letter_event set actor = 'x' where letter_id = $1`)).rejects.toThrow('append-only')
    await expect(change(`delete from letter_event where letter_id = $1`)).rejects.toThrow('append-only')
  })
})
