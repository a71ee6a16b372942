import { In } from 'typeorm'
import { DocumentRow } from '#letter'
import { Clock, crashPoint, Database, Refused, type TenantTransaction, Unavailable } from '#platform'
import { isAboutDocument, type LocalCopy, type RandomAccessSource, SealEngine, type SealLevel } from '#sealing'
import { KeptDocuments } from './kept-documents.js'
import { pauseAfter } from './pause.js'
import { type RaiseJob, RaiseQueue } from './raise-queue.js'

interface Raise {
  readonly to: SealLevel
  readonly tries: number
  readonly batchId: string | null
  readonly position: number | null
  /** The sealed document, and the originals that a detached seal speaks of. */
  readonly papers: readonly DocumentRow[]
}

/** Raises seals that were made while a time-stamp or revocation service was away. Repeatable; survives restarts. */
export class RaiseSeal {
  constructor(
    private readonly database: Database,
    private readonly engine: SealEngine,
    private readonly kept: KeptDocuments,
    private readonly queue: RaiseQueue,
    private readonly clock: Clock
  ) {}

  /** One try: raised, refused for good, or later again. */
  async execute(job: RaiseJob): Promise<void> {
    const { tenantId, raiseId } = job
    const raise = await this.database.inTenant(tenantId, tx => waitingRaise(tx, raiseId))
    if (!raise) return
    try {
      await this.kept.withCopies(raise.papers, copies => this.raise(job, raise, copies))
    } catch (error) {
      if (error instanceof Refused && (isAboutDocument(error) || isForGood(error)))
        await this.fail(tenantId, raiseId, error.type.code)
      else if (error instanceof Refused || error instanceof Unavailable) await this.later(job, raise, error)
      else throw error
    }
  }

  private async raise(job: RaiseJob, { to, papers }: Raise, [copy, ...others]: readonly LocalCopy[]): Promise<void> {
    const [sealed, ...originals] = papers
    const documents = originals.map(({ fileName, mediaType }, i) => ({
      fileName,
      mediaType,
      source: others[i]!.source
    }))
    const source = await this.engine.raise(copy!.source, to, { originals: documents })
    crashPoint('before:keep-raised')
    await this.database.inTenant(job.tenantId, tx => this.keep(tx, job, sealed!, source))
    crashPoint('after:raise')
  }

  private async keep(
    tx: TenantTransaction,
    { tenantId, raiseId }: RaiseJob,
    { fileName, mediaType }: DocumentRow,
    source: RandomAccessSource
  ): Promise<void> {
    // somebody else may have been at it as well: the first one who is done has done it
    const raise = await waitingRaise(tx, raiseId, 'for update')
    if (!raise) return
    const now = this.clock.now()
    const [raised] = await this.kept.keep(tx, tenantId, [{ fileName, mediaType, source }])
    await tx.query(
      `update seal_raise set state = 'raised', raised_document_id = $2, problem = null, updated_at = $3 where id = $1`,
      [raiseId, raised!.id, now]
    )
    if (raise.batchId)
      await tx.query(
        `update seal_batch_item set sealed_document_id = $3, level = $4, updated_at = $5 where batch_id = $1 and position = $2`,
        [raise.batchId, raise.position, raised!.id, raise.to, now]
      )
  }

  private async later(job: RaiseJob, { tries }: Raise, error: Refused | Unavailable): Promise<void> {
    await this.database.inTenant(job.tenantId, async tx => {
      await tx.query(
        `update seal_raise set tries = tries + 1, problem = $2, updated_at = $3 where id = $1 and state = 'waiting'`,
        [job.raiseId, error.type.code, this.clock.now()]
      )
      await this.queue.again(tx, job, pauseAfter(error, tries))
    })
  }

  private async fail(tenantId: string, raiseId: string, problem: string): Promise<void> {
    await this.database.inTenant(tenantId, tx =>
      tx.query(
        `update seal_raise set state = 'failed', problem = $2, updated_at = $3 where id = $1 and state = 'waiting'`,
        [raiseId, problem, this.clock.now()]
      )
    )
  }
}

/** A certificate that was revoked stays so, and so does one that ended before its signature had a time stamp. */
const forGood = ['sealing/certificate-revoked', 'sealing/certificate-not-valid']

const isForGood = ({ type }: Refused): boolean => forGood.includes(type.code)

async function waitingRaise(tx: TenantTransaction, id: string, lock = ''): Promise<Raise | undefined> {
  const [row] = (await tx.query(
    `select document_id, original_ids, to_level, batch_id, position, tries from seal_raise
      where id = $1 and state = 'waiting' ${lock}`,
    [id]
  )) as {
    document_id: string
    original_ids: string[]
    to_level: SealLevel
    batch_id: string | null
    position: number | null
    tries: number
  }[]
  if (!row) return undefined
  const ids = [row.document_id, ...row.original_ids]
  const byId = new Map((await tx.findBy(DocumentRow, { id: In(ids) })).map(document => [document.id, document]))
  return {
    to: row.to_level,
    tries: row.tries,
    batchId: row.batch_id,
    position: row.position,
    papers: ids.map(one => byId.get(one)!)
  }
}
