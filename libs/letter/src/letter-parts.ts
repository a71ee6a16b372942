import { In } from 'typeorm'
import type { TenantTransaction } from '#platform'
import { DocumentRow, LetterDocumentRow } from './rows.js'

/** The papers of a letter in one role, in their order. */
export async function letterParts(
  tx: TenantTransaction,
  letterId: string,
  role: LetterDocumentRow['role']
): Promise<DocumentRow[]> {
  const links = await tx.find(LetterDocumentRow, { where: { letterId, role }, order: { position: 'ASC' } })
  const rows = await tx.findBy(DocumentRow, { id: In(links.map(link => link.documentId)) })
  const byId = new Map(rows.map(row => [row.id, row]))
  return links.map(link => byId.get(link.documentId)!)
}
