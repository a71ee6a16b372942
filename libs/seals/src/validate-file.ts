import { In } from 'typeorm'
import type { Caller } from '#access'
import { DocumentRow, letterProblems } from '#letter'
import { Database, Refused } from '#platform'
import { type RandomAccessSource, SealEngine, type ValidationReport } from '#sealing'
import { KeptDocuments } from './kept-documents.js'

/** Validates every signature and seal in a file. Nothing of it is kept. */
export class ValidateFile {
  constructor(
    private readonly database: Database,
    private readonly engine: SealEngine,
    private readonly kept: KeptDocuments
  ) {}

  /**
   * @param originalIds uploaded documents that detached signatures speak of
   * @throws Refused `sealing/file-kind-unknown`, `sealing/too-much-work`, `letter/document-not-found`
   */
  async execute(caller: Caller, file: RandomAccessSource, originalIds: readonly string[]): Promise<ValidationReport> {
    if (originalIds.length === 0) return this.engine.validate(file, [])
    const rows = await this.database.inTenant(caller.tenantId, tx =>
      tx.findBy(DocumentRow, { id: In([...originalIds]) })
    )
    if (rows.length !== new Set(originalIds).size) throw new Refused(letterProblems['document-not-found'])
    return this.kept.withCopies(rows, copies =>
      this.engine.validate(
        file,
        rows.map(({ fileName, mediaType }, i) => ({ fileName, mediaType, source: copies[i]!.source }))
      )
    )
  }
}
