import type { StoredBlob } from './blob-store.js'
import type { DocumentRow } from './rows.js'

/** The row of a document whose content is kept: what is known of the content, and what is told of the document. */
export function documentRow(
  { size, sha256, sha3_512: sha3, blobId }: StoredBlob,
  told: Pick<DocumentRow, 'tenantId' | 'id' | 'fileName' | 'mediaType' | 'createdBy' | 'createdAt'>
): DocumentRow {
  return { ...told, size, sha256, sha3, blobId }
}
