import { BlobStore, documentRow, DocumentRow, type StoredBlob } from '#letter'
import { Clock, Database, Ids, Refused, type TenantTransaction } from '#platform'
import { copyInMemory, IN_MEMORY, inPieces, type LocalCopy, openLocalCopy, readAll, type SealedFile } from '#sealing'

/** Documents in the content store, as the engine needs them: readable at any place, and put back when sealed. */
export class KeptDocuments {
  constructor(
    private readonly database: Database,
    private readonly blobs: BlobStore,
    private readonly ids: Ids,
    private readonly clock: Clock
  ) {}

  /** A local copy of a document; close it. @throws Refused `archive/damaged` */
  async copy({ tenantId, blobId, size }: DocumentRow): Promise<LocalCopy> {
    return openLocalCopy(this.blobs.stream(this.database, tenantId, blobId), size)
  }

  /** Local copies of documents, read in an open transaction, small ones together; close them. Instead of one that cannot be read, why. */
  async copies(tx: TenantTransaction, rows: readonly DocumentRow[]): Promise<(LocalCopy | Refused)[]> {
    const small = rows.filter(isSmall)
    const contents = await this.blobs.readEach(
      tx,
      small.map(({ blobId }) => blobId)
    )
    const inMemory = new Map(small.map((row, i) => [row, contents[i]!]))
    const copies: (LocalCopy | Refused)[] = []
    try {
      for (const row of rows) {
        const content = inMemory.get(row)
        if (content instanceof Refused) copies.push(content)
        else if (content) copies.push(copyInMemory(content))
        else copies.push(await openLocalCopy(this.blobs.read(tx, row.blobId), row.size).catch(refusal))
      }
      return copies
    } catch (error) {
      await closeAll(copies)
      throw error
    }
  }

  /** Runs `work` with local copies of documents, which are gone afterwards. */
  async withCopies<T>(rows: readonly DocumentRow[], work: (copies: LocalCopy[]) => Promise<T>): Promise<T> {
    const copies: LocalCopy[] = []
    try {
      for (const row of rows) copies.push(await this.copy(row))
      return await work(copies)
    } finally {
      await closeAll(copies)
    }
  }

  /** Keeps files as documents of their own, in order. */
  async keep(tx: TenantTransaction, tenantId: string, files: readonly SealedFile[]): Promise<DocumentRow[]> {
    const blobs = await this.putAll(tx, files)
    const rows = files.map(({ fileName, mediaType }, i): DocumentRow => {
      const told = { tenantId, fileName, mediaType, createdBy: 'goniec', createdAt: this.clock.now() }
      return documentRow(blobs[i]!, { ...told, id: this.ids.next() })
    })
    if (rows.length > 0) await tx.insert(DocumentRow, rows)
    return rows
  }

  /** Contents of files, small ones together. */
  private async putAll(tx: TenantTransaction, files: readonly SealedFile[]): Promise<StoredBlob[]> {
    const small = files.filter(({ source }) => isSmall(source))
    const stored = await this.blobs.putAll(
      tx,
      small.map(({ source }) => readAll(source))
    )
    const together = new Map(small.map((file, i) => [file, stored[i]!]))
    const blobs: StoredBlob[] = []
    for (const file of files) blobs.push(together.get(file) ?? (await this.put(tx, file)))
    return blobs
  }

  private put(tx: TenantTransaction, { source }: SealedFile): Promise<StoredBlob> {
    const { size } = source
    return this.blobs.put(tx, inPieces(source), { declaredSize: size, maxSize: size })
  }
}

/** Closes what there is to close. */
export async function closeAll(copies: readonly (LocalCopy | Refused)[]): Promise<void> {
  for (const copy of copies) if (!(copy instanceof Refused)) await copy.close()
}

/** Small enough to be held in memory together with the others of its chunk. */
const isSmall = ({ size }: { readonly size: number }): boolean => size <= IN_MEMORY

function refusal(error: unknown): Refused {
  if (error instanceof Refused) return error
  throw error
}
