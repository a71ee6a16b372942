import { requireRole, type Caller } from '#access'
import { BlobStore, documentRow, DocumentRow } from '#letter'
import { Clock, Database, Ids, Refused } from '#platform'
import { checkAttachmentName } from '#routing'
import { inspectPdf } from '#sealing'

/** A document on its way in. */
export interface Upload {
  fileName: string
  mediaType: string
  /** A document for a letter must be one that the provider takes and that can be sealed; one to be sealed only need not. */
  purpose: 'letter' | 'seal'
  /** Bytes announced (Content-Length). */
  declaredSize: number
  /** SHA-256 announced (Content-Digest, RFC 9530). */
  declaredSha256: Buffer
  body: AsyncIterable<Buffer>
}

/** Takes one document in, as a stream: what arrives must be what was announced, or nothing is kept. */
export class UploadDocument {
  constructor(
    private readonly database: Database,
    private readonly blobs: BlobStore,
    private readonly ids: Ids,
    private readonly clock: Clock,
    /** Largest document taken, in bytes. */
    private readonly maxSize: number
  ) {}

  /** @throws Refused `purde/file-name-forbidden`, `archive/digest-mismatch`, `sealing/pdf-encrypted` … */
  async execute(caller: Caller, upload: Upload): Promise<DocumentRow> {
    requireRole(caller, 'sender')
    // judged before the first byte is read: a wrong name is not worth an upload
    const nameProblem = upload.purpose === 'letter' ? checkAttachmentName(upload.fileName) : undefined
    if (nameProblem) throw new Refused(nameProblem)
    return this.database.inTenant(caller.tenantId, async tx => {
      const blob = await this.blobs.put(tx, upload.body, {
        declaredSize: upload.declaredSize,
        declaredSha256: upload.declaredSha256,
        maxSize: this.maxSize
      })
      if (upload.purpose === 'letter' && isPdf(upload)) await inspectPdf(this.blobs.read(tx, blob.blobId), blob.size)
      const document = documentRow(blob, {
        tenantId: caller.tenantId,
        id: this.ids.next(),
        fileName: upload.fileName,
        mediaType: upload.mediaType,
        createdBy: caller.id,
        createdAt: this.clock.now()
      })
      await tx.insert(DocumentRow, document)
      return document
    })
  }
}

/** By name as well as by type: a PDF that calls itself something else would be sent unsealed inside. */
function isPdf({ fileName, mediaType }: Upload): boolean {
  return mediaType === 'application/pdf' || /\.pdf$/i.test(fileName)
}
