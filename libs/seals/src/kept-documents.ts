import { BlobStore, DocumentRow } from '#letter'
import { Clock, Database, Ids, type TenantTransaction } from '#platform'
import { type LocalCopy, openLocalCopy, pieces, type SealedFile } from '#sealing'

/** Documents in the content store, as the engine needs them: readable at any place, and put back when sealed. */
export class KeptDocuments {
  constructor(
    private readonly database: Database,
    private readonly blobs: BlobStore,
    private readonly ids: Ids,
    private readonly clock: Clock
  ) {}

  /** Runs `work` with local copies of documents, which are gone afterwards. */
  async withCopies<T>(rows: readonly DocumentRow[], work: (copies: LocalCopy[]) => Promise<T>): Promise<T> {
    const copies: LocalCopy[] = []
    try {
      for (const { tenantId, blobId, size } of rows)
        copies.push(await openLocalCopy(this.blobs.stream(this.database, tenantId, blobId), size))
      return await work(copies)
    } finally {
      for (const copy of copies) await copy.close()
    }
  }

  /** Keeps a sealed file as a document of its own. */
  async keep(tx: TenantTransaction, tenantId: string, file: SealedFile): Promise<DocumentRow> {
    const { size } = file.source
    async function* bytes() {
      yield* pieces(file.source)
    }
    const blob = await this.blobs.put(tx, bytes(), { declaredSize: size, maxSize: size })
    const row: DocumentRow = {
      tenantId,
      id: this.ids.next(),
      fileName: file.fileName,
      mediaType: file.mediaType,
      size: blob.size,
      sha256: blob.sha256,
      sha3: blob.sha3_512,
      blobId: blob.blobId,
      createdBy: 'goniec',
      createdAt: this.clock.now()
    }
    await tx.insert(DocumentRow, row)
    return row
  }
}
