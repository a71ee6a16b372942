import type { Caller } from '#access'
import { DocumentRow, letterProblems } from '#letter'
import { Database, Refused } from '#platform'
import { KeptDocuments } from './kept-documents.js'
import { type MadeSeal, MakeSeal, type SealRequestOfCaller } from './make-seal.js'

/** Seals an uploaded document and keeps the result as another one. */
export class SealKeptDocument {
  constructor(
    private readonly database: Database,
    private readonly kept: KeptDocuments,
    private readonly makeSeal: MakeSeal
  ) {}

  /** @throws Refused `letter/document-not-found`, and as `MakeSeal` */
  async execute(
    caller: Caller,
    documentId: string,
    request: Omit<SealRequestOfCaller, 'document'>
  ): Promise<{ readonly made: MadeSeal; readonly sealed: DocumentRow }> {
    const { tenantId } = caller
    const row = await this.database.inTenant(tenantId, tx => tx.findOneBy(DocumentRow, { id: documentId }))
    if (!row) throw new Refused(letterProblems['document-not-found'])
    return this.kept.withCopies([row], async ([copy]) => {
      const { fileName, mediaType } = row
      const made = await this.makeSeal.execute(caller, {
        ...request,
        document: { fileName, mediaType, source: copy!.source }
      })
      const sealed = await this.database.inTenant(tenantId, tx => this.kept.keep(tx, tenantId, made.outcome.sealed))
      return { made, sealed }
    })
  }
}
