import { BlobStore, DocumentRow } from '#letter'
import { Clock, Database, Ids, type TenantTransaction } from '#platform'
import { type LocalCopy, openLocalCopy, inPieces, type SealedFile } from '#sealing'

/** Documents in the content store, as the engine needs them: readable at any place, and put back when sealed. */
export class KeptDocuments {
  constructor(
    private readonly database: Database,
    private readonly blobs: BlobStore,
    private readonly ids: Ids,
    private readonly clock: Clock
  ) {}

  /**
   * A local copy of a document; close it.
   * @param tx an open transaction to read it in; without one each piece is read in a short one of its own
   * @throws Refused `archive/damaged`
   */
  async copy({ tenantId, blobId, size }: DocumentRow, tx?: TenantTransaction): Promise<LocalCopy> {
    const bytes = tx ? this.blobs.read(tx, blobId) : this.blobs.stream(this.database, tenantId, blobId)
    return openLocalCopy(bytes, size)
  }

  /** Runs `work` with local copies of documents, which are gone afterwards. */
  async withCopies<T>(rows: readonly DocumentRow[], work: (copies: LocalCopy[]) => Promise<T>): Promise<T> {
    const copies: LocalCopy[] = []
    try {
      for (const row of rows) copies.push(await this.copy(row))
      return await work(copies)
    } finally {
      for (const copy of copies) await copy.close()
    }
  }

  /** Keeps files as documents of their own, in order. */
  async keep(tx: TenantTransaction, tenantId: string, files: readonly SealedFile[]): Promise<DocumentRow[]> {
    const rows: DocumentRow[] = []
    for (const { fileName, mediaType, source } of files) {
      const { size } = source
      const blob = await this.blobs.put(tx, inPieces(source), { declaredSize: size, maxSize: size })
      rows.push({
        tenantId,
        id: this.ids.next(),
        fileName,
        mediaType,
        size: blob.size,
        sha256: blob.sha256,
        sha3: blob.sha3_512,
        blobId: blob.blobId,
        createdBy: 'goniec',
        createdAt: this.clock.now()
      })
    }
    if (rows.length > 0) await tx.insert(DocumentRow, rows)
    return rows
  }
}
