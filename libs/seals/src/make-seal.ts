import type { Caller } from '#access'
import { Database, Refused, type TenantTransaction } from '#platform'
import { type Document, hashSource, SealEngine, type SealOrder, type SealOutcome } from '#sealing'
import { Gather } from './gather.js'
import { KeptDocuments } from './kept-documents.js'
import { enqueueRaise, type RaiseQueue } from './raise-seal.js'
import { permittedProfile, type SealProfile, styleOf } from './seal-profile.js'
import { SealUses, type UseResult } from './seal-uses.js'

/** One document to be sealed at once. */
export interface SealRequestOfCaller extends Omit<SealOrder, 'id' | 'documents'> {
  readonly profile: string
  readonly document: Document
}

/** A seal that was made. */
export interface MadeSeal {
  /** Id of the use in the record; of the raising job, too, when the level is still to be raised. */
  readonly id: string
  readonly outcome: SealOutcome & { ok: true }
  readonly sha256: Buffer
}

interface Intent {
  readonly caller: Caller
  readonly profile: string
  readonly documentSha256: Buffer
}

interface Recorded {
  readonly profile: SealProfile
  readonly useId: string
}

/**
 * Seals one document while the caller waits. The use is authorised and recorded before the key is asked; documents that
 * come at the same time share transactions, one before and one after.
 */
export class MakeSeal {
  private readonly intents = new Map<string, Gather<Intent, Recorded | Refused>>()
  private readonly results = new Map<string, Gather<UseResult, undefined>>()

  constructor(
    private readonly database: Database,
    private readonly engine: SealEngine,
    private readonly uses: SealUses,
    private readonly kept: KeptDocuments,
    private readonly raises: RaiseQueue
  ) {}

  /**
   * @throws Refused `seals/profile-unknown`, `seals/limit-reached`, and what is wrong with the document (`sealing/…`)
   * @throws Unavailable when the key or, if the profile insists, the time-stamp authority is away
   */
  async execute(caller: Caller, request: SealRequestOfCaller): Promise<MadeSeal> {
    const { profile: profileName, document, ...wishes } = request
    const documentSha256 = hashSource(document.source, 'sha256').digest()
    const recorded = await this.intend({ caller, profile: profileName, documentSha256 })
    if (recorded instanceof Refused) throw recorded
    const { useId, profile } = recorded
    const order = { ...wishes, id: useId, documents: [document] }
    const [outcome] = await this.engine.seal([order], styleOf(profile.definition))
    const sealedSha256 = outcome!.ok ? hashSource(outcome!.sealed.source, 'sha256').digest() : undefined
    if (outcome!.ok && outcome!.raiseLater) await this.keepForRaising(caller.tenantId, useId, document, outcome!)
    await this.conclude(caller.tenantId, { useId, outcome: outcome!, sealedSha256 })
    if (!outcome!.ok) throw new Refused(outcome!.problem, outcome!.facts)
    return { id: useId, outcome: outcome!, sha256: sealedSha256! }
  }

  private intend(intent: Intent): Promise<Recorded | Refused> {
    const key = `${intent.caller.tenantId} ${intent.caller.id} ${intent.profile}`
    return gatherOf(this.intents, key, intents => this.record(intents)).add(intent)
  }

  private async record(intents: Intent[]): Promise<(Recorded | Refused)[]> {
    const { caller, profile: name } = intents[0]!
    try {
      return await this.database.inTenant(caller.tenantId, async tx => {
        const profile = await permittedProfile(tx, caller, name, 'use')
        return intents.length === 1 || profile.definition.maxPerHour === undefined
          ? this.recordAll(tx, profile, intents)
          : this.recordEach(tx, profile, intents)
      })
    } catch (error) {
      if (error instanceof Refused) return intents.map(() => error)
      throw error
    }
  }

  private async recordAll(tx: TenantTransaction, profile: SealProfile, intents: Intent[]): Promise<Recorded[]> {
    const ids = await this.uses.intend(
      tx,
      intents[0]!.caller.tenantId,
      intents.map(({ caller, documentSha256 }) => ({
        profileId: profile.id,
        maxPerHour: profile.definition.maxPerHour,
        actor: caller.id,
        documentSha256
      }))
    )
    return ids.map(useId => ({ profile, useId }))
  }

  /** Near a limit the first of those who came together may pass and the last may not. */
  private async recordEach(
    tx: TenantTransaction,
    profile: SealProfile,
    intents: Intent[]
  ): Promise<(Recorded | Refused)[]> {
    const answers: (Recorded | Refused)[] = []
    for (const intent of intents) {
      try {
        answers.push(...(await this.recordAll(tx, profile, [intent])))
      } catch (error) {
        if (!(error instanceof Refused)) throw error
        answers.push(error)
      }
    }
    return answers
  }

  private async conclude(tenantId: string, result: UseResult): Promise<void> {
    await gatherOf(this.results, tenantId, async (results: UseResult[]) => {
      await this.database.inTenant(tenantId, tx => this.uses.conclude(tx, tenantId, results))
      return results.map(() => undefined)
    }).add(result)
  }

  /** What is to be raised later must be kept, with the document that a detached seal speaks of. */
  private async keepForRaising(
    tenantId: string,
    useId: string,
    document: Document,
    outcome: SealOutcome & { ok: true }
  ): Promise<void> {
    await this.database.inTenant(tenantId, async tx => {
      const original = await this.kept.keep(tx, tenantId, document)
      const sealed = await this.kept.keep(tx, tenantId, outcome.sealed)
      await enqueueRaise(tx, this.raises, tenantId, {
        id: useId,
        documentId: sealed.id,
        originalIds: [original.id],
        to: outcome.raiseLater!.to
      })
    })
  }
}

function gatherOf<Input, Output>(
  gathers: Map<string, Gather<Input, Output>>,
  key: string,
  round: (inputs: Input[]) => Promise<Output[]>
): Gather<Input, Output> {
  let gather = gathers.get(key)
  if (!gather) gathers.set(key, (gather = new Gather(round)))
  return gather
}
