import { In } from 'typeorm'
import {
  BlobStore,
  EventRecorder,
  EvidenceCheckRow,
  EvidenceRow,
  keepBytes,
  legalStatus,
  letterParts,
  LetterRow,
  LetterStep,
  LookUpRow,
  provenFacts,
  type StepOutcome
} from '#letter'
import { Clock, Database, Refused, type TenantTransaction } from '#platform'
import { archiveProblems } from './archive.errors.js'

/** How long a finished letter waits for proofs that usually follow (BP.WX after A.1) before it is closed without them. */
const GRACE_MS = 24 * 60 * 60 * 1000

/** One thing that belongs to a closed letter. */
interface ManifestItem {
  role: 'original' | 'sealed' | 'look-up-question' | 'look-up-answer' | 'evidence'
  /** Document, look-up or evidence id. */
  id: string
  kind?: string
  blobId: string
  size: number
  /** Hexadecimal. */
  sha256: string
}

/**
 * Closes a letter whose fate is proven: reads back every byte that belongs to it, compares, and keeps the list of
 * what it consists of. Evidence that comes later still joins the letter.
 */
export class CloseLetter extends LetterStep {
  readonly name = 'archive'

  constructor(
    private readonly database: Database,
    private readonly recorder: EventRecorder,
    private readonly blobs: BlobStore,
    private readonly clock: Clock
  ) {
    super()
  }

  async execute(tenantId: string, letterId: string): Promise<StepOutcome> {
    return this.database.inTenant(tenantId, async tx => {
      const letter = await tx.findOneByOrFail(LetterRow, { id: letterId })
      const status = legalStatus(await provenFacts(tx, letterId), true)
      if (!status.final) return { kind: 'nothing' }
      const since = letter.waitingStep === this.name ? letter.waitingSince : null
      const graceOver = since !== null && this.clock.now().getTime() - since.getTime() > GRACE_MS
      if (status.missing.length > 0 && !graceOver) {
        const { code, pl, en } = archiveProblems['proofs-incomplete']
        return { kind: 'waiting', code, text: { pl, en } }
      }
      const items = await this.items(tx, letterId)
      for (const item of items) {
        const check = await this.blobs.verify(tx, item.blobId)
        // a damaged archive is nothing that waiting mends: the operator must see it
        if (!check.sound) throw new Refused(archiveProblems.damaged, { item: item.id, reason: check.reason })
      }
      const text = JSON.stringify({ letterId, closedAt: this.clock.now().toISOString(), status, items }, null, 1)
      const manifest = await keepBytes(this.blobs, tx, Buffer.from(text))
      const bytes = items.reduce((sum, item) => sum + item.size, 0)
      await this.recorder.record(tx, letterId, {
        event: { type: 'LetterArchived', version: 1, items: items.length, bytes, manifest: manifest.blobId },
        dedupeKey: 'archived',
        actor: 'goniec'
      })
      return { kind: 'done' }
    })
  }

  private async items(tx: TenantTransaction, letterId: string): Promise<ManifestItem[]> {
    const items: ManifestItem[] = []
    for (const role of ['original', 'sealed'] as const)
      for (const { id, blobId, size, sha256 } of await letterParts(tx, letterId, role))
        items.push({ role, id, blobId, size, sha256: sha256.toString('hex') })
    for (const lookUp of await tx.find(LookUpRow, { where: { letterId }, order: { askedAt: 'ASC' } })) {
      items.push(await this.blobItem(tx, 'look-up-question', lookUp, lookUp.requestBlobId))
      if (lookUp.responseBlobId) items.push(await this.blobItem(tx, 'look-up-answer', lookUp, lookUp.responseBlobId))
    }
    const checks = await tx.findBy(EvidenceCheckRow, { letterId })
    const evidence = await tx.find(EvidenceRow, {
      where: { id: In(checks.map(check => check.evidenceId)) },
      order: { receivedAt: 'ASC', id: 'ASC' }
    })
    for (const { id, kind, blobId, size, sha256 } of evidence)
      items.push({ role: 'evidence', id, kind, blobId, size, sha256: sha256.toString('hex') })
    return items
  }

  private async blobItem(
    tx: TenantTransaction,
    role: ManifestItem['role'],
    { id, operation }: LookUpRow,
    blobId: string
  ): Promise<ManifestItem> {
    const [row] = (await tx.query(`select size, sha256 from blob where id = $1`, [blobId])) as {
      size: string
      sha256: Buffer
    }[]
    return { role, id, kind: operation, blobId, size: Number(row!.size), sha256: row!.sha256.toString('hex') }
  }
}
