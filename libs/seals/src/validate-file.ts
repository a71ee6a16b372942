import { In } from 'typeorm'
import { type Caller, requireRole } from '#access'
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
   * @param originalIds uploaded documents that detached signatures speak of, in their order
   * @param pdfPassword opens an encrypted PDF
   * @throws Refused `sealing/file-kind-unknown`, `sealing/office-signature-unread`, `sealing/pdf-password-needed`,
   * `sealing/too-much-work`, `access/role-missing`, `letter/document-not-found`
   */
  async execute(
    caller: Caller,
    file: RandomAccessSource,
    originalIds: readonly string[],
    pdfPassword?: string
  ): Promise<ValidationReport> {
    if (originalIds.length === 0) return this.engine.validate(file, { pdfPassword })
    requireRole(caller, 'sender', 'auditor')
    const found = await this.database.inTenant(caller.tenantId, tx =>
      tx.findBy(DocumentRow, { id: In([...originalIds]) })
    )
    const byId = new Map(found.map(row => [row.id, row]))
    const rows = [...new Set(originalIds)].map(id => {
      const row = byId.get(id.toLowerCase())
      if (!row) throw new Refused(letterProblems['document-not-found'])
      return row
    })
    return this.kept.withCopies(rows, copies =>
      this.engine.validate(file, {
        originals: rows.map(({ fileName, mediaType }, i) => ({ fileName, mediaType, source: copies[i]!.source })),
        pdfPassword
      })
    )
  }
}
