import type { BlobStore, BlobTransaction, StoredBlob } from './blob-store.js'

/** Keeps bytes that are in memory already: an answer, an evidence, a manifest. Never for documents. */
export function keepBytes(blobs: BlobStore, tx: BlobTransaction, bytes: Buffer): Promise<StoredBlob> {
  return blobs.put(tx, single(bytes), { declaredSize: bytes.length, maxSize: bytes.length })
}

async function* single(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes
}
