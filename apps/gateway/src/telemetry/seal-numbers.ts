import { TenantRow } from '#access'
import { Database } from '#platform'
import type { SealCounts } from '#seals'
import type { GaugeValue, MetricsSource } from './metrics.js'

/** Seals on request: how many were made or failed, how many documents wait, how many seals are to be raised. */
export class SealNumbers implements MetricsSource {
  readonly gauges = [
    {
      name: 'goniec_seals',
      help: 'Seals on request since start, by format and outcome (made, or the code of a problem).',
      labels: ['format', 'outcome']
    },
    { name: 'goniec_seal_batches', help: 'Batches of seals that are not finished, by state.', labels: ['state'] },
    { name: 'goniec_seal_batch_documents_waiting', help: 'Documents of running batches that are not sealed yet.' },
    { name: 'goniec_seals_to_raise', help: 'Seals below their level, because a service was away.' }
  ]

  constructor(
    private readonly database: Database,
    private readonly counts: SealCounts
  ) {}

  async read(): Promise<GaugeValue[]> {
    const states = { resting: 0, running: 0, 'awaiting-approval': 0 }
    let [waiting, toRaise] = [0, 0]
    for (const { id } of await this.database.transaction(tx => tx.find(TenantRow))) {
      const [row] = (await this.database.inTenant(id, tx =>
        tx.query(
          `select (select count(*)::int from seal_batch where state = 'running' and waiting_problem is null) as running,
                  (select count(*)::int from seal_batch where state = 'running' and waiting_problem is not null) as resting,
                  (select count(*)::int from seal_batch where state = 'awaiting-approval') as awaiting,
                  (select count(*)::int from seal_batch_item i
                     join seal_batch b on b.tenant_id = i.tenant_id and b.id = i.batch_id
                    where i.state = 'waiting' and b.state = 'running') as waiting,
                  (select count(*)::int from seal_raise where state = 'waiting') as to_raise`
        )
      )) as { running: number; resting: number; awaiting: number; waiting: number; to_raise: number }[]
      states.running += row!.running
      states.resting += row!.resting
      states['awaiting-approval'] += row!.awaiting
      waiting += row!.waiting
      toRaise += row!.to_raise
    }
    return [
      ...this.counts.all().map(({ format, outcome, count }) => ({
        name: 'goniec_seals',
        labels: { format, outcome },
        value: count
      })),
      ...Object.entries(states).map(([state, value]) => ({ name: 'goniec_seal_batches', labels: { state }, value })),
      { name: 'goniec_seal_batch_documents_waiting', value: waiting },
      { name: 'goniec_seals_to_raise', value: toRaise }
    ]
  }
}
