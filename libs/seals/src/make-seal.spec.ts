import { createHash } from 'node:crypto'
import type { Caller } from '#access'
import { Database, Refused, SystemClock, type TenantTransaction, UuidV7 } from '#platform'
import { BufferSource, type SealEngine, type SealOrder } from '#sealing'
import type { KeptDocuments } from './kept-documents.js'
import { MakeSeal } from './make-seal.js'
import type { RaiseQueue } from './raise-queue.js'
import { SealCounts } from './seal-counts.js'
import { SealUses } from './seal-uses.js'

const definition = { key: 'institution', level: 'B-B' }

/** A record that holds statements, and lets callers in by the role `sender`. */
class Record {
  /** What each transaction wrote, in its order: how many uses begun, were counted, and ended. */
  readonly transactions: string[][] = []
  maxPerHour: number | undefined
  private used = 0

  async inTenant<T>(_tenantId: string, work: (tx: TenantTransaction) => Promise<T>): Promise<T> {
    const written: string[] = []
    this.transactions.push(written)
    const query = async (sql: string, parameters: unknown[]) => {
      // an answer takes a while, and others ask meanwhile
      await new Promise(resolve => setTimeout(resolve, 2))
      const { maxPerHour } = this
      const lengthOf = (place: number) => (parameters[place - 1] as unknown[]).length
      if (sql.includes('count(*)')) return [{ used: this.used, oldest: new Date(0) }]
      if (sql.includes('insert into seal_made')) written.push(`ended ${lengthOf(3)}`)
      else if (sql.includes('from seal_profile')) {
        if (!(parameters[2] as string[]).includes('role:sender')) return []
        if (maxPerHour === undefined) written.push(`begun ${lengthOf(6)}`)
        return [{ id: 'p', name: 'urzad', definition: { ...definition, maxPerHour } }]
      } else if (sql.includes('insert into seal_use')) {
        written.push(`counted ${lengthOf(4)}`)
        this.used += lengthOf(4)
      }
      return []
    }
    return work({ query } as unknown as TenantTransaction)
  }

  inTenantAtOnce = this.inTenant.bind(this)
}

const engine = {
  seal: async ([order]: SealOrder[]) => [
    {
      id: order!.id,
      ok: true,
      format: 'CAdES-detached',
      level: 'B-B',
      signingTime: new Date(0),
      sealed: { fileName: 'a', mediaType: 'text/plain', source: new BufferSource(Buffer.from('sealed')) }
    }
  ]
} as unknown as SealEngine

const caller = (...roles: string[]): Caller => ({ tenantId: 't', id: 'person:1', roles, person: true }) as Caller
const bytes = Buffer.from('document')
const request = {
  profile: 'urzad',
  document: { fileName: 'a.txt', mediaType: 'text/plain', source: new BufferSource(bytes) },
  sha256: createHash('sha256').update(bytes).digest()
}

describe('a seal on request', () => {
  let record: Record
  let makeSeal: MakeSeal

  beforeEach(() => {
    record = new Record()
    const clock = new SystemClock()
    makeSeal = new MakeSeal(
      record as unknown as Database,
      engine,
      new SealUses(new UuidV7(clock), clock),
      {} as KeptDocuments,
      {} as RaiseQueue,
      new SealCounts()
    )
  })

  it('is in the record before the key is asked, and again when it is made', async () => {
    await makeSeal.execute(caller('sender'), request)
    expect(record.transactions).toEqual([['begun 1'], ['ended 1']])
  })

  it('shares the record with those that come at the same time, whether they begin or end', async () => {
    await Promise.all(Array.from({ length: 12 }, () => makeSeal.execute(caller('sender'), request)))
    const all = record.transactions.flat()
    const sum = (what: string) =>
      all.filter(entry => entry.startsWith(what)).reduce((n, entry) => n + Number(entry.split(' ')[1]), 0)
    expect([sum('begun'), sum('ended')]).toEqual([12, 12])
    expect(record.transactions.length).toBeLessThan(8)
    expect(record.transactions.some(written => written.length === 2)).toBe(true)
  })

  it('is counted where uses are limited, and refused to those for whom there is no room', async () => {
    record.maxPerHour = 5
    const all = await Promise.allSettled(Array.from({ length: 8 }, () => makeSeal.execute(caller('sender'), request)))
    const refused = all.filter(one => one.status === 'rejected').map(({ reason }) => (reason as Refused).type.code)
    expect(refused).toEqual(Array.from({ length: 3 }, () => 'seals/limit-reached'))
    const counted = record.transactions.flat().filter(entry => entry.startsWith('counted'))
    expect(counted.reduce((n, entry) => n + Number(entry.split(' ')[1]), 0)).toBe(5)
    // what waits for the count is not in the way of others
    expect(record.transactions.filter(written => written.some(entry => entry.startsWith('counted')))).toEqual(
      counted.map(entry => [entry])
    )
  })

  it('is refused to somebody without the role, and to nobody beside them, though the name is the same', async () => {
    const all = await Promise.allSettled(
      [['sender'], ['auditor'], ['sender'], [], ['auditor', 'sender']].map(roles =>
        makeSeal.execute(caller(...roles), request)
      )
    )
    expect(all.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'rejected', 'fulfilled'])
    const { reason } = all[1] as PromiseRejectedResult
    expect([reason instanceof Refused, (reason as Refused).type.code]).toEqual([true, 'seals/profile-unknown'])
  })
})
