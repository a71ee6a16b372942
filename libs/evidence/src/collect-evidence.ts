import { Logger } from '@nestjs/common'
import {
  BlobStore,
  COLLECT_QUEUE,
  EvidenceRow,
  keepBytes,
  LetterRow,
  type Collected,
  type EvidenceSource,
  type RawEvidence
} from '#letter'
import { Clock, crashPoint, Database, Ids, Jobs } from '#platform'
import { createHash } from 'node:crypto'
import { ExamineEvidence } from './examine-evidence.js'
import { normaliseEvidenceType } from './read/evidence-facts.js'

/** How often an address is asked, by how long ago something last happened to one of its letters. */
export interface CollectionPace {
  /** Shortest pause between two collections of one address, in seconds. */
  readonly shortestSeconds: number
  /** Longest pause, in seconds. */
  readonly longestSeconds: number
  /** Pause between two looks at a single message that lacks evidence, in seconds: the slower second look. */
  readonly reconcileSeconds: number
}

/**
 * A letter of the address that still wants to be asked about: it waits for evidence, or it is closed and the last look
 * is due. A download counts as fetched at the operator even if its answer was lost or we died before we kept it, and
 * is not listed as new again; so every message is asked for once more after its end. Given up after a month.
 */
const ASKED_ABOUT = `(progress in ('handing-over', 'handed-over')
  or (progress = 'archived' and coalesce(reconciled_at, created_at) <= updated_at
      and created_at > $2::timestamptz - interval '30 days'))`

/** Messages looked at one by one in a single collection: more would be an attack on the provider. */
const RECONCILED_AT_ONCE = 5

/**
 * Fetches what is new for one sender address: keeps the bytes first, then examines them. Runs as a job that enqueues
 * itself again for as long as a letter of the address waits for evidence.
 */
export class CollectEvidence {
  private readonly log = new Logger(CollectEvidence.name)

  constructor(
    private readonly database: Database,
    private readonly blobs: BlobStore,
    private readonly jobs: Jobs,
    private readonly ids: Ids,
    private readonly clock: Clock,
    private readonly sources: readonly EvidenceSource[],
    private readonly examine: ExamineEvidence,
    private readonly pace: CollectionPace
  ) {}

  async execute({ tenantId, senderAde }: { tenantId: string; senderAde: string }): Promise<void> {
    let pauseMs = 0
    for (const source of this.sources) {
      const news = await this.keepAll(tenantId, senderAde, source.code, source.collect(senderAde))
      pauseMs = Math.max(pauseMs, news.pauseMs)
      for (const { id, messageId } of await this.overdue(tenantId, senderAde, source.code)) {
        const known = await this.known(tenantId, messageId)
        const items = source.collectForMessage(senderAde, messageId, known)
        const { complete } = await this.keepAll(tenantId, senderAde, source.code, items)
        await this.reconciled(tenantId, id, complete)
      }
    }
    await this.examine.pending(tenantId, senderAde)
    await this.goOn(tenantId, senderAde, pauseMs)
  }

  /** @returns milliseconds that the provider asked us to stay away, and whether we got everything that it has */
  private async keepAll(
    tenantId: string,
    senderAde: string,
    provider: string,
    items: AsyncIterable<Collected>
  ): Promise<{ pauseMs: number; complete: boolean }> {
    let pauseMs = 0
    let complete = true
    for await (const item of items) {
      complete &&= item.kind === 'evidence'
      if (item.kind === 'evidence') await this.keep(tenantId, senderAde, provider, item.evidence)
      else this.log.warn({ provider, kind: item.kind, code: item.code }, 'evidence not collected')
      if (item.kind === 'not-listed') pauseMs = Math.max(pauseMs, item.retryAfterMs ?? 0)
    }
    return { pauseMs, complete }
  }

  /** Keeps the bytes, whatever they are. The same item again changes nothing. */
  private async keep(tenantId: string, senderAde: string, provider: string, raw: RawEvidence): Promise<void> {
    crashPoint('before:evidence-kept')
    await this.database.inTenant(tenantId, async tx => {
      const sha256 = createHash('sha256').update(raw.bytes).digest()
      const { providerEvidenceId, messageId, mediaType } = raw
      if (await tx.existsBy(EvidenceRow, { provider, senderAde, providerEvidenceId, sha256 })) return
      const { blobId } = await keepBytes(this.blobs, tx, raw.bytes)
      await tx
        .createQueryBuilder()
        .insert()
        .into(EvidenceRow)
        .values({
          tenantId,
          id: this.ids.next(),
          provider,
          providerEvidenceId,
          senderAde,
          messageId,
          kind: normaliseEvidenceType(raw.kind),
          mediaType,
          blobId,
          sha256,
          size: raw.bytes.length,
          receivedAt: this.clock.now()
        })
        .orIgnore()
        .execute()
    })
    crashPoint('after:evidence-kept')
  }

  /** Letters whose evidence is late: asked for one by one, seldom, the longest unasked first. */
  private overdue(tenantId: string, senderAde: string, provider: string): Promise<{ id: string; messageId: string }[]> {
    const now = this.clock.now()
    const before = new Date(now.getTime() - this.pace.reconcileSeconds * 1000)
    return this.database.inTenant(tenantId, tx =>
      tx.query(
        `select id, message_id as "messageId" from letter
          where sender_ade = $1 and ${ASKED_ABOUT} and channel = $3 and message_id is not null
            and coalesce(reconciled_at, updated_at) < $4
          order by coalesce(reconciled_at, updated_at) limit ${RECONCILED_AT_ONCE}`,
        [senderAde, now, provider, before]
      )
    ) as Promise<{ id: string; messageId: string }[]>
  }

  private known(tenantId: string, messageId: string): Promise<ReadonlySet<string>> {
    return this.database.inTenant(tenantId, async tx => {
      const rows = await tx.find(EvidenceRow, { select: { providerEvidenceId: true }, where: { messageId } })
      return new Set(rows.map(row => row.providerEvidenceId))
    })
  }

  /** A look that did not get everything leaves a closed letter due (see `ASKED_ABOUT`), behind all others. */
  private async reconciled(tenantId: string, letterId: string, complete: boolean): Promise<void> {
    const now = this.clock.now()
    await this.database.inTenant(tenantId, tx =>
      tx.update(LetterRow, { tenantId, id: letterId }, { reconciledAt: now, ...(complete ? {} : { updatedAt: now }) })
    )
  }

  /** The next collection, the later the longer nothing has happened; none when nobody is to be asked about. */
  private async goOn(tenantId: string, senderAde: string, pauseMs: number): Promise<void> {
    await this.database.inTenant(tenantId, async tx => {
      const now = this.clock.now()
      const [row] = (await tx.query(
        `select max(updated_at) as last from letter where sender_ade = $1 and ${ASKED_ABOUT}`,
        [senderAde, now]
      )) as { last: Date | null }[]
      if (!row?.last) return
      const quietSeconds = (now.getTime() - row.last.getTime()) / 1000
      const afterSeconds = Math.max(pauseMs / 1000, paceFor(quietSeconds, this.pace))
      await this.jobs.send(tx, COLLECT_QUEUE, { tenantId, senderAde }, { key: senderAde, afterSeconds })
    })
  }
}

/** A tenth of the time that nothing has happened, within the limits: a fresh letter is followed closely, an old one not. */
export function paceFor(quietSeconds: number, pace: CollectionPace): number {
  return Math.min(pace.longestSeconds, Math.max(pace.shortestSeconds, quietSeconds / 10))
}
