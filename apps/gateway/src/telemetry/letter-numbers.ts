import { TenantRow } from '#access'
import { Clock, Database } from '#platform'
import type { GaugeValue, MetricsSource } from './metrics.js'

interface Row {
  progress: string
  legal_status: string
  count: number
  oldest: Date
  waiting: number
}

/** How many letters stand where, and for how long: an old letter in an active state is what an operator looks for. */
export class LetterNumbers implements MetricsSource {
  readonly gauges = [
    { name: 'goniec_letters', help: 'Letters by progress and legal status.', labels: ['progress', 'legal_status'] },
    {
      name: 'goniec_letters_waiting',
      help: 'Letters whose step waits to be tried again, by progress.',
      labels: ['progress']
    },
    {
      name: 'goniec_oldest_letter_age_seconds',
      help: 'Time since the last change of the longest unchanged letter, by progress.',
      labels: ['progress']
    },
    { name: 'goniec_attempts_unknown', help: 'Hand-overs of which nobody knows whether the provider took them.' },
    { name: 'goniec_evidence_orphans', help: 'Evidence kept that belongs to no letter of ours.' }
  ]

  constructor(
    private readonly database: Database,
    private readonly clock: Clock
  ) {}

  async read(): Promise<GaugeValue[]> {
    const tenants = await this.database.transaction(tx => tx.find(TenantRow))
    const sums = new Map<string, GaugeValue>()
    const add = (
      name: string,
      labels: Record<string, string>,
      value: number,
      join: (a: number, b: number) => number
    ) => {
      const key = `${name}\n${Object.values(labels).join('\n')}`
      const earlier = sums.get(key)
      sums.set(key, { name, labels, value: earlier ? join(earlier.value, value) : value })
    }
    const plus = (a: number, b: number) => a + b
    const now = this.clock.now().getTime()
    for (const { id } of tenants) {
      const { rows, unknown, orphans } = await this.database.inTenant(id, async tx => ({
        rows: (await tx.query(
          `select progress, legal_status, count(*)::int as count, min(updated_at) as oldest,
                  count(waiting_code)::int as waiting
             from letter group by progress, legal_status`
        )) as Row[],
        unknown: await count(
          tx.query(`select count(*)::int as n from attempt
          where state = 'open' and notes->>'state' = 'sending'`)
        ),
        orphans: await count(
          tx.query(`select count(*)::int as n from evidence e where not exists
          (select 1 from letter l where l.tenant_id = e.tenant_id and l.message_id = e.message_id)`)
        )
      }))
      for (const row of rows) {
        const { progress } = row
        add('goniec_letters', { progress, legal_status: row.legal_status }, row.count, plus)
        add('goniec_letters_waiting', { progress }, row.waiting, plus)
        add('goniec_oldest_letter_age_seconds', { progress }, (now - row.oldest.getTime()) / 1000, Math.max)
      }
      add('goniec_attempts_unknown', {}, unknown, plus)
      add('goniec_evidence_orphans', {}, orphans, plus)
    }
    return [...sums.values()]
  }
}

async function count(rows: Promise<unknown>): Promise<number> {
  return ((await rows) as { n: number }[])[0]!.n
}
