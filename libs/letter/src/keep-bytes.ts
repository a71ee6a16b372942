import type { BlobStore, BlobTransaction, StoredBlob } from './blob-store.js'

/** Keeps bytes that are in memory already: an answer, an evidence, a manifest. */
export async function keepBytes(blobs: BlobStore, tx: BlobTransaction, bytes: Buffer): Promise<StoredBlob> {
  const [stored] = await blobs.putAll(tx, [bytes])
  return stored!
}
