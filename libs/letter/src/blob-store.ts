import type { Refused } from '#platform'

/** An open transaction of one tenant (`goniec.tenant_id` is set in it). TypeORM's `EntityManager` is one. */
export interface BlobTransaction {
  // TypeORM's own signature; what a statement answers is for the store to know
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  query(sql: string, parameters?: unknown[]): Promise<any>
}

/** Where transactions of one tenant come from: `Database` is one. */
export interface BlobDatabase {
  inTenant<T>(tenantId: string, work: (tx: BlobTransaction) => Promise<T>): Promise<T>
}

/** What the sender of some bytes said about them beforehand, and how much we take. */
export interface BlobAnnouncement {
  /** Bytes announced. */
  readonly declaredSize?: number
  /** SHA-256 announced, 32 bytes. */
  readonly declaredSha256?: Buffer
  /** Most bytes taken. */
  readonly maxSize: number
}

/** Content that is kept. */
export interface StoredBlob {
  readonly blobId: string
  /** Bytes. */
  readonly size: number
  readonly sha256: Buffer
  readonly sha3_512: Buffer
  /** The tenant had exactly this content already: `blobId` is the older one, nothing was written. */
  readonly existed: boolean
}

/** Outcome of reading stored content back. */
export type BlobCheck = { readonly sound: true } | { readonly sound: false; readonly reason: string }

/**
 * Where bytes are kept: documents, sealed documents, look-ups, evidence. Content is addressed by what it is: the same bytes of
 * one tenant are kept once, and are never changed or deleted. Every method sees only the transaction's tenant.
 */
export abstract class BlobStore {
  /**
   * Keeps a stream. On any error nothing of it remains, even if the caller goes on and commits. Breaking off ends
   * the iteration, which destroys a Node stream: whoever needs it alive gives `stream.iterator({ destroyOnReturn: false })`.
   * @throws Refused `archive/empty`, `archive/too-large`, `archive/size-mismatch`, `archive/digest-mismatch`
   */
  abstract put(tx: BlobTransaction, bytes: AsyncIterable<Uint8Array>, announced: BlobAnnouncement): Promise<StoredBlob>

  /**
   * Keeps contents that are in memory already, in a few statements for all of them.
   * @returns in the order of `contents`
   * @throws Refused `archive/empty`
   */
  abstract putAll(tx: BlobTransaction, contents: readonly Buffer[]): Promise<StoredBlob[]>

  /**
   * The content in order, each piece authenticated before it is given out; after the last one size and SHA-256 are compared.
   * @throws Refused `archive/not-found`, `archive/damaged` (then nothing that was read may be used)
   */
  abstract read(tx: BlobTransaction, blobId: string): AsyncIterable<Buffer>

  /** The whole content in memory. @throws Refused as {@link read}; `archive/too-large` when it exceeds `maxBytes` */
  abstract readAll(tx: BlobTransaction, blobId: string, maxBytes: number): Promise<Buffer>

  /**
   * Whole contents in memory, in a few statements for all of them: for those who know that they are small.
   * @returns in the order of `blobIds`; instead of a content that cannot be had, the Refused that {@link read} would throw
   */
  abstract readEach(tx: BlobTransaction, blobIds: readonly string[]): Promise<(Buffer | Refused)[]>

  /** As {@link read}, each piece in a short transaction of its own: a slow reader holds no connection. */
  abstract stream(database: BlobDatabase, tenantId: string, blobId: string): AsyncIterable<Buffer>

  /** Reads the content back and compares it with everything known about it. @throws Refused `archive/not-found` */
  abstract verify(tx: BlobTransaction, blobId: string): Promise<BlobCheck>
}
