import { Clock, Database, Ids } from '#platform'
import { AccessRefusalRow } from './rows.js'
import type { Caller } from './caller.js'

/** A refusal to write down. */
export interface Refusal {
  caller?: Caller
  /** Method and route pattern. */
  action: string
  code: string
  traceId: string
}

/** Writes down that somebody was turned away, and why. */
export class RecordRefusal {
  constructor(
    private readonly database: Database,
    private readonly ids: Ids,
    private readonly clock: Clock
  ) {}

  async execute({ caller, action, code, traceId }: Refusal): Promise<void> {
    await this.database.transaction(tx =>
      tx.insert(AccessRefusalRow, {
        id: this.ids.next(),
        tenantId: caller?.tenantId ?? null,
        actor: caller?.id ?? 'unknown',
        action,
        code,
        traceId,
        refusedAt: this.clock.now()
      })
    )
  }
}
