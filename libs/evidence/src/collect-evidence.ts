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

/** Letters that still wait for something from the outside. */
const WAITING = ['handing-over', 'handed-over']

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
      pauseMs = Math.max(pauseMs, await this.keepAll(tenantId, senderAde, source.code, source.collect(senderAde)))
      for (const letter of await this.overdue(tenantId, senderAde, source.code)) {
        const known = await this.known(tenantId, letter.messageId!)
        await this.keepAll(
          tenantId,
          senderAde,
          source.code,
          source.collectForMessage(senderAde, letter.messageId!, known)
        )
        await this.reconciled(tenantId, letter.id)
      }
    }
    await this.examine.pending(tenantId, senderAde)
    await this.goOn(tenantId, senderAde, pauseMs)
  }

  /** @returns milliseconds that the provider asked us to stay away */
  private async keepAll(
    tenantId: string,
    senderAde: string,
    provider: string,
    items: AsyncIterable<Collected>
  ): Promise<number> {
    let pauseMs = 0
    for await (const item of items) {
      if (item.kind === 'evidence') await this.keep(tenantId, senderAde, provider, item.evidence)
      else this.log.warn({ provider, kind: item.kind, code: item.code }, 'evidence not collected')
      if (item.kind === 'not-listed') pauseMs = Math.max(pauseMs, item.retryAfterMs ?? 0)
    }
    return pauseMs
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
  private overdue(tenantId: string, senderAde: string, provider: string): Promise<LetterRow[]> {
    const before = new Date(this.clock.now().getTime() - this.pace.reconcileSeconds * 1000)
    return this.database.inTenant(tenantId, tx =>
      tx
        .getRepository(LetterRow)
        .createQueryBuilder('l')
        .where('l.senderAde = :senderAde and l.channel = :provider and l.progress = :waiting', {
          senderAde,
          provider,
          waiting: 'handed-over'
        })
        .andWhere('coalesce(l.reconciledAt, l.updatedAt) < :before', { before })
        .orderBy('coalesce(l.reconciledAt, l.updatedAt)')
        .take(RECONCILED_AT_ONCE)
        .getMany()
    )
  }

  private known(tenantId: string, messageId: string): Promise<ReadonlySet<string>> {
    return this.database.inTenant(tenantId, async tx => {
      const rows = await tx.find(EvidenceRow, { select: { providerEvidenceId: true }, where: { messageId } })
      return new Set(rows.map(row => row.providerEvidenceId))
    })
  }

  private async reconciled(tenantId: string, letterId: string): Promise<void> {
    await this.database.inTenant(tenantId, tx =>
      tx.update(LetterRow, { tenantId, id: letterId }, { reconciledAt: this.clock.now() })
    )
  }

  /** The next collection, the later the longer nothing has happened; none when nobody waits. */
  private async goOn(tenantId: string, senderAde: string, pauseMs: number): Promise<void> {
    await this.database.inTenant(tenantId, async tx => {
      const [row] = (await tx.query(
        `select max(updated_at) as last from letter where sender_ade = $1 and progress = any($2)`,
        [senderAde, WAITING]
      )) as { last: Date | null }[]
      if (!row?.last) return
      const quietSeconds = (this.clock.now().getTime() - row.last.getTime()) / 1000
      const afterSeconds = Math.max(pauseMs / 1000, paceFor(quietSeconds, this.pace))
      await this.jobs.send(tx, COLLECT_QUEUE, { tenantId, senderAde }, { key: senderAde, afterSeconds })
    })
  }
}

/** A tenth of the time that nothing has happened, within the limits: a fresh letter is followed closely, an old one not. */
export function paceFor(quietSeconds: number, pace: CollectionPace): number {
  return Math.min(pace.longestSeconds, Math.max(pace.shortestSeconds, quietSeconds / 10))
}
