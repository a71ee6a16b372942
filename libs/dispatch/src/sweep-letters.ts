import { Interval } from '@nestjs/schedule'
import { Injectable, Logger } from '@nestjs/common'
import { TenantRow } from '#access'
import { ACTIVE, ADVANCE_QUEUE, COLLECT_QUEUE, LetterRow } from '#letter'
import { Clock, Database, Jobs, Unavailable } from '#platform'

/** A letter that nothing happened to for this long, though something should, gets a new job. */
const QUIET_MINUTES = 20

/**
 * The slow second look: every active letter has a job ahead of it, written with the event that caused it; should one
 * ever be lost (a restored backup, an emptied queue), this tick enqueues it again. One job too many does no harm.
 */
@Injectable()
export class SweepLetters {
  private readonly log = new Logger(SweepLetters.name)

  constructor(
    private readonly database: Database,
    private readonly jobs: Jobs,
    private readonly clock: Clock
  ) {}

  @Interval(60_000)
  async tick(): Promise<void> {
    try {
      await this.execute()
    } catch (error) {
      if (!(error instanceof Unavailable)) this.log.error({ err: error }, 'sweep failed')
    }
  }

  /** @returns how many letters and addresses were given a new job */
  async execute(): Promise<number> {
    const quietSince = new Date(this.clock.now().getTime() - QUIET_MINUTES * 60_000)
    const tenants = await this.database.transaction(tx => tx.find(TenantRow))
    let revived = 0
    for (const { id: tenantId } of tenants)
      revived += await this.database.inTenant(tenantId, async tx => {
        const quiet = await tx
          .getRepository(LetterRow)
          .createQueryBuilder('l')
          .select(['l.tenantId', 'l.id', 'l.senderAde', 'l.progress'])
          .where('l.progress in (:...active)', { active: ACTIVE })
          .andWhere('l.updatedAt < :quietSince and coalesce(l.nextTryAt, l.updatedAt) < :quietSince', { quietSince })
          .take(500)
          .getMany()
        const waiting = quiet.filter(letter => letter.progress === 'handed-over')
        const stuck = quiet.filter(letter => letter.progress !== 'handed-over')
        for (const letter of stuck) await this.jobs.send(tx, ADVANCE_QUEUE, { tenantId, letterId: letter.id })
        const addresses = new Set(waiting.map(letter => letter.senderAde))
        for (const senderAde of addresses)
          await this.jobs.send(tx, COLLECT_QUEUE, { tenantId, senderAde }, { key: senderAde })
        return stuck.length + addresses.size
      })
    return revived
  }
}
