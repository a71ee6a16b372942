import { type Caller, requireRole } from '#access'
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

  /** @throws Refused `access/role-missing`, `letter/document-not-found`, and as `MakeSeal` */
  async execute(
    caller: Caller,
    documentId: string,
    request: Omit<SealRequestOfCaller, 'document' | 'sha256' | 'original'>
  ): Promise<MadeSeal & { readonly sealed: DocumentRow }> {
    requireRole(caller, 'sender')
    const original = await this.database.inTenant(caller.tenantId, tx => tx.findOneBy(DocumentRow, { id: documentId }))
    if (!original) throw new Refused(letterProblems['document-not-found'])
    return this.kept.withCopies([original], async ([copy]) => {
      const { fileName, mediaType, sha256 } = original
      const document = { fileName, mediaType, source: copy!.source }
      const { sealed, ...made } = await this.makeSeal.execute(caller, { ...request, document, sha256, original })
      return { ...made, sealed: sealed! }
    })
  }
}
