import type { Caller } from '#access'
import type { DocumentRow } from '#letter'
import { Database, Gather, Refused, type TenantTransaction, Unavailable } from '#platform'
import { type Document, SealEngine, type SealLevel, type SealOrder, type SealOutcome } from '#sealing'
import { digestOf } from './digest-of.js'
import { KeptDocuments } from './kept-documents.js'
import { RaiseQueue } from './raise-queue.js'
import { SealCounts } from './seal-counts.js'
import { type SealProfile, styleOf, subjectsOf } from './seal-profile.js'
import { SealUses, type UseResult } from './seal-uses.js'
import { sealsProblems } from './seals.errors.js'

/** One document to be sealed at once. */
export interface SealRequestOfCaller extends Omit<SealOrder, 'id' | 'documents'> {
  readonly profile: string
  readonly document: Document
  /** SHA-256 of the document. */
  readonly sha256: Buffer
  /** The document in our own store, when it is there: then the sealed one is kept as well. */
  readonly original?: DocumentRow
}

/** A seal that was made. */
export interface MadeSeal {
  /** Id of the use in the record. */
  readonly id: string
  readonly outcome: SealOutcome & { ok: true }
  /** SHA-256 of the sealed file. */
  readonly sha256: Buffer
  /** The sealed file as a document, where it was kept. */
  readonly sealed?: DocumentRow
}

/** A use that is about to happen. */
interface Intent {
  readonly tenantId: string
  readonly caller: Caller
  readonly profile: string
  readonly documentSha256: Buffer
}

/** The same, of a profile that only so many uses an hour may be made of. */
interface LimitedIntent extends Omit<Intent, 'profile'> {
  readonly profile: SealProfile
}

/** A use that is over. */
interface Conclusion {
  readonly tenantId: string
  readonly result: UseResult
}

/** A use that the caller may make; without an id it is not in the record yet. */
interface Permitted {
  readonly profile: SealProfile
  readonly useId?: string | undefined
}

/**
 * Seals one document while the caller waits. The use is authorised and recorded before the key is asked, and no sealed file
 * leaves before the record is complete. What begins and what ends at the same time goes into the record together.
 */
export class MakeSeal {
  /** By tenant. */
  private readonly entries = new Gather<Intent | Conclusion, Permitted | undefined>(all => this.record(all))
  /** By profile. */
  private readonly limited = new Gather<LimitedIntent, string | Refused>(all => this.count(all))

  constructor(
    private readonly database: Database,
    private readonly engine: SealEngine,
    private readonly uses: SealUses,
    private readonly kept: KeptDocuments,
    private readonly raises: RaiseQueue,
    private readonly counts: SealCounts
  ) {}

  /**
   * @throws Refused `seals/profile-unknown`, `seals/limit-reached`, and what is wrong with the document (`sealing/…`)
   * @throws Unavailable when the key or, if the profile insists, the time-stamp authority is away
   */
  async execute(caller: Caller, request: SealRequestOfCaller): Promise<MadeSeal> {
    const { tenantId } = caller
    const { profile: name, document, sha256: documentSha256, original, ...wishes } = request
    const { useId, profile } = await this.intend({ tenantId, caller, profile: name, documentSha256 })
    const outcome = await this.seal(tenantId, profile, { ...wishes, id: useId, documents: [document] })
    if (original || outcome.raiseLater) return this.keep(tenantId, useId, original ?? document, outcome)
    const sha256 = await digestOf(outcome.sealed.source, document)
    const result = resultOf(useId, outcome, sha256)
    await this.entries.add(tenantId, { tenantId, result })
    this.counts.add(outcome.format, 'made')
    return { id: useId, outcome, sha256 }
  }

  /** @throws Refused `seals/profile-unknown`, `seals/limit-reached` */
  private async intend(intent: Intent): Promise<{ profile: SealProfile; useId: string }> {
    const permitted = await this.entries.add(intent.tenantId, intent)
    if (!permitted) throw new Refused(sealsProblems['profile-unknown'])
    const { profile } = permitted
    const useId = permitted.useId ?? (await this.limited.add(profile.id, { ...intent, profile }))
    if (useId instanceof Refused) throw useId
    return { profile, useId }
  }

  /** @throws Refused, Unavailable, after writing down that no seal came of this use */
  private async seal(
    tenantId: string,
    { definition }: SealProfile,
    order: SealOrder
  ): Promise<SealOutcome & { ok: true }> {
    try {
      const [outcome] = await this.engine.seal([order], styleOf(definition))
      if (!outcome!.ok) throw new Refused(outcome!.problem, outcome!.facts)
      return outcome!
    } catch (error) {
      if (!(error instanceof Refused || error instanceof Unavailable)) throw error
      const { code } = error.type
      this.counts.add(order.format ?? 'none', code)
      await this.entries.add(tenantId, { tenantId, result: { useId: order.id, problem: code } })
      throw error
    }
  }

  /** One transaction for all, and one round trip: many wait for it. Who may not use a profile gets no answer. */
  private async record(entries: (Intent | Conclusion)[]): Promise<(Permitted | undefined)[]> {
    const { tenantId } = entries[0]!
    const results = entries.filter(entry => 'result' in entry).map(({ result }) => result)
    const intents = entries.filter(entry => 'caller' in entry)
    const alike = Map.groupBy(intents, ({ caller, profile }) => [profile, ...subjectsOf(caller)].join('\n'))
    const groups = [...alike.values()]
    const [, ...permitted] = await this.database.inTenantAtOnce(tenantId, tx =>
      Promise.all([this.uses.conclude(tx, tenantId, results), ...groups.map(group => this.permit(tx, group))])
    )
    const answers = new Map<Intent | Conclusion, Permitted | undefined>(
      groups.flatMap((group, g) => group.map((intent, i) => [intent, permitted[g]?.[i]]))
    )
    return entries.map(entry => answers.get(entry))
  }

  /** Uses of one profile by one caller. */
  private async permit(tx: TenantTransaction, intents: readonly Intent[]): Promise<Permitted[] | undefined> {
    const { caller, profile: name } = intents[0]!
    const documents = intents.map(({ documentSha256 }) => documentSha256)
    const permitted = await this.uses.intendPermitted(tx, caller, name, documents)
    return permitted && intents.map((_, i) => ({ profile: permitted.profile, useId: permitted.ids[i] }))
  }

  /** In a transaction of its own: a count is made under a lock, and nobody else is to wait for that. */
  private async count(intents: LimitedIntent[]): Promise<(string | Refused)[]> {
    const { tenantId, profile } = intents[0]!
    const limits = { id: profile.id, maxPerHour: profile.definition.maxPerHour }
    const uses = intents.map(intent => ({ actor: intent.caller.id, documentSha256: intent.documentSha256 }))
    const { ids, refused } = await this.database.inTenant(tenantId, tx => this.uses.intend(tx, tenantId, limits, uses))
    return intents.map((_, i) => ids[i] ?? refused!)
  }

  /** What is to be raised later must be kept, with the document that a detached seal speaks of. */
  private async keep(
    tenantId: string,
    useId: string,
    original: DocumentRow | Document,
    outcome: SealOutcome & { ok: true }
  ): Promise<MadeSeal> {
    const sealed = await this.database.inTenant(tenantId, async tx => {
      const [row] = await this.kept.keep(tx, tenantId, [outcome.sealed])
      if (outcome.raiseLater) await this.enqueue(tx, tenantId, useId, row!, original, outcome.raiseLater.to)
      await this.uses.conclude(tx, tenantId, [resultOf(useId, outcome, row!.sha256, row!.id)])
      return row!
    })
    this.counts.add(outcome.format, 'made')
    return { id: useId, outcome, sha256: sealed.sha256, sealed }
  }

  private async enqueue(
    tx: TenantTransaction,
    tenantId: string,
    useId: string,
    sealed: DocumentRow,
    original: DocumentRow | Document,
    to: SealLevel
  ): Promise<void> {
    const originals = 'id' in original ? [original] : await this.kept.keep(tx, tenantId, [original])
    const originalIds = originals.map(({ id }) => id)
    await this.raises.add(tx, tenantId, { id: useId, documentId: sealed.id, originalIds, to })
  }
}

/** What is written down of a seal that was made. */
export function resultOf(
  useId: string,
  { format, level, signingTime, timestamp }: SealOutcome & { ok: true },
  sealedSha256: Buffer,
  documentId?: string
): UseResult {
  return { useId, made: { format, level, signingTime, timestampTime: timestamp?.genTime, sealedSha256, documentId } }
}
