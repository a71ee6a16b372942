import { createHash, randomBytes } from 'node:crypto'
import {
  BlobStore,
  type BlobAnnouncement,
  type BlobCheck,
  type BlobDatabase,
  type BlobTransaction,
  type StoredBlob
} from '#letter'
import { Clock, Ids, KeyRing, Refused } from '#platform'
import { archiveProblems } from './archive.errors.js'
import { openChunk, sealChunk } from './chunk-cipher.js'
import { chunksOf } from './chunks.js'

/** Bytes of plaintext per row: measured to be the fastest of 256 KiB, 1 MiB and whole documents. */
const chunkSize = 1024 * 1024

/** Most bytes of chunks in one statement, unless one alone is larger. */
const statementBytes = 8 * 1024 * 1024

const takeBack = 'ROLLBACK TO SAVEPOINT blob_put; RELEASE SAVEPOINT blob_put'

/** Everything that is known of a blob, checked: the wrapped key opens only for exactly these values. */
interface OpenedBlob {
  readonly blobId: string
  readonly size: number
  readonly sha256: Buffer
  readonly sha3_512: Buffer
  readonly chunkSize: number
  readonly chunks: number
  readonly dek: Buffer
}

/** What is known of content that is being written. */
type NewBlob = Omit<OpenedBlob, 'chunkSize' | 'chunks'>

interface BlobRow {
  id: string
  tenant_id: string
  sha256: Buffer
  sha3_512: Buffer
  size: string
  chunk_size: number
  wrapped_dek: Buffer
  chunks: string
}

/**
 * Keeps content in PostgreSQL, encrypted, in chunks: one transaction with the events that speak of it, row level security and
 * backup with everything else. Each blob has a data key of its own, wrapped by the current key of the ring.
 */
export class ChunkedBlobStore extends BlobStore {
  constructor(
    private readonly keys: KeyRing,
    private readonly ids: Ids,
    private readonly clock: Clock
  ) {
    super()
  }

  async put(tx: BlobTransaction, bytes: AsyncIterable<Uint8Array>, announced: BlobAnnouncement): Promise<StoredBlob> {
    const { declaredSize, maxSize } = announced
    if (declaredSize !== undefined && declaredSize > maxSize) throw tooLarge(maxSize)
    // Nobody may delete chunks, we neither: only a savepoint takes back what a broken-off stream has written.
    await tx.query('SAVEPOINT blob_put')
    try {
      const stored = await this.write(tx, bytes, announced)
      await tx.query(stored.existed ? takeBack : 'RELEASE SAVEPOINT blob_put')
      return stored
    } catch (error) {
      // When the connection itself is lost this fails too, and the first error is the one to tell.
      await tx.query(takeBack).catch(() => undefined)
      throw error
    }
  }

  async putAll(tx: BlobTransaction, contents: readonly Buffer[]): Promise<StoredBlob[]> {
    if (contents.length === 0) return []
    if (contents.some(({ length }) => length === 0)) throw new Refused(archiveProblems.empty)
    const tenantId = await tenantOf(tx)
    const blobs = contents.map(bytes => this.newContent(bytes))
    const stored = await this.insertBlobs(tx, tenantId, blobs)
    await insertChunks(
      tx,
      tenantId,
      blobs.filter((_, i) => !stored[i]!.existed)
    )
    return stored
  }

  async readEach(tx: BlobTransaction, blobIds: readonly string[]): Promise<(Buffer | Refused)[]> {
    const opened = await this.openBlobs(tx, blobIds)
    const rows: { blob_id: string; seq: number; data: Buffer }[] = await tx.query(
      `SELECT blob_id, seq, data FROM blob_chunk
        WHERE tenant_id = current_setting('goniec.tenant_id')::uuid AND blob_id = ANY ($1::uuid[])`,
      [blobIds]
    )
    const sealed = new Map(rows.map(({ blob_id: blobId, seq, data }) => [`${blobId} ${seq}`, data]))
    const all: (Buffer | Refused)[] = []
    for (const blob of opened) all.push(blob instanceof Refused ? blob : await wholeOf(blob, sealed))
    return all
  }

  async *read(tx: BlobTransaction, blobId: string): AsyncGenerator<Buffer> {
    const blob = await this.openBlob(tx, blobId)
    yield* pieces(blob, seq => readChunk(tx, blob, seq))
  }

  async readAll(tx: BlobTransaction, blobId: string, maxBytes: number): Promise<Buffer> {
    const blob = await this.openBlob(tx, blobId)
    if (blob.size > maxBytes) throw tooLarge(maxBytes)
    const all: Buffer[] = []
    for await (const piece of pieces(blob, seq => readChunk(tx, blob, seq))) all.push(piece)
    return Buffer.concat(all)
  }

  async *stream(database: BlobDatabase, tenantId: string, blobId: string): AsyncGenerator<Buffer> {
    const blob = await database.inTenant(tenantId, tx => this.openBlob(tx, blobId))
    yield* pieces(blob, seq => database.inTenant(tenantId, tx => readChunk(tx, blob, seq)))
  }

  async verify(tx: BlobTransaction, blobId: string): Promise<BlobCheck> {
    try {
      const blob = await this.openBlob(tx, blobId)
      const sha3 = createHash('sha3-512')
      for await (const piece of pieces(blob, seq => readChunk(tx, blob, seq))) sha3.update(piece)
      return sha3.digest().equals(blob.sha3_512) ? { sound: true } : { sound: false, reason: 'SHA3-512 differs' }
    } catch (error) {
      if (!(error instanceof Refused) || error.type !== archiveProblems.damaged) throw error
      return { sound: false, reason: String(error.facts.reason) }
    }
  }

  private async write(
    tx: BlobTransaction,
    bytes: AsyncIterable<Uint8Array>,
    { declaredSize, declaredSha256, maxSize }: BlobAnnouncement
  ): Promise<StoredBlob> {
    const [{ tenant_id: tenantId, existing }] = await tx.query(
      `SELECT current_setting('goniec.tenant_id')::uuid AS tenant_id,
              (SELECT id FROM blob WHERE sha256 = $1
                AND tenant_id = current_setting('goniec.tenant_id')::uuid) AS existing`,
      [declaredSha256 ?? null]
    )
    const blobId = this.ids.next()
    const dek = randomBytes(32)
    const [hash256, hash3] = [createHash('sha256'), createHash('sha3-512')]
    let size = 0
    for await (const { seq, bytes: plaintext, last } of chunksOf(limited(bytes, declaredSize, maxSize), chunkSize)) {
      size += plaintext.length
      hash256.update(plaintext)
      hash3.update(plaintext)
      // Announced content that we hold already is only read and compared.
      if (existing) continue
      await tx.query('INSERT INTO blob_chunk (tenant_id, blob_id, seq, data) VALUES ($1, $2, $3, $4)', [
        tenantId,
        blobId,
        seq,
        sealChunk(dek, { blobId, seq, last }, plaintext)
      ])
    }
    if (size === 0) throw new Refused(archiveProblems.empty)
    if (declaredSize !== undefined && size !== declaredSize) throw sizeMismatch(declaredSize)
    const [sha256, sha3_512] = [hash256.digest(), hash3.digest()]
    if (declaredSha256 && !sha256.equals(declaredSha256)) throw new Refused(archiveProblems['digest-mismatch'])
    if (existing) return { blobId: existing, size, sha256, sha3_512, existed: true }

    const [stored] = await this.insertBlobs(tx, tenantId, [{ blobId, dek, size, sha256, sha3_512 }])
    return stored!
  }

  private newContent(bytes: Buffer): NewBlob & { readonly chunks: () => Buffer[] } {
    const [blobId, dek, size] = [this.ids.next(), randomBytes(32), bytes.length]
    const sha256 = createHash('sha256').update(bytes).digest()
    const sha3_512 = createHash('sha3-512').update(bytes).digest()
    const chunks = () =>
      Array.from({ length: Math.ceil(size / chunkSize) }, (_, seq) => {
        const end = (seq + 1) * chunkSize
        return sealChunk(dek, { blobId, seq, last: end >= size }, bytes.subarray(seq * chunkSize, end))
      })
    return { blobId, dek, size, sha256, sha3_512, chunks }
  }

  /**
   * Writes the rows of `blob`, except where the tenant has the content or it comes twice. Waits for another transaction that is
   * just adding the same content.
   */
  private async insertBlobs(tx: BlobTransaction, tenantId: string, blobs: readonly NewBlob[]): Promise<StoredBlob[]> {
    // in the order of digests: two who bring the same contents at once then never wait for each other
    const sorted = [...blobs].sort((one, other) => one.sha256.compare(other.sha256))
    // as a SELECT it answers rows through any driver
    const made: { id: string }[] = await tx.query(
      `WITH made AS (
         INSERT INTO blob (tenant_id, id, sha256, sha3_512, size, chunk_size, kek_id, wrapped_dek, created_at)
         SELECT $1, b.id, b.sha256, b.sha3_512, b.size, $2, $3, b.wrapped_dek, $4
           FROM unnest($5::uuid[], $6::bytea[], $7::bytea[], $8::bigint[], $9::bytea[])
                  AS b (id, sha256, sha3_512, size, wrapped_dek)
         ON CONFLICT (tenant_id, sha256) DO NOTHING RETURNING id)
       SELECT id FROM made`,
      [
        tenantId,
        chunkSize,
        this.keys.currentId,
        this.clock.now(),
        sorted.map(({ blobId }) => blobId),
        sorted.map(({ sha256 }) => sha256),
        sorted.map(({ sha3_512 }) => sha3_512),
        sorted.map(({ size }) => size),
        sorted.map(({ dek, ...blob }) => this.keys.wrap(dek, boundTo({ ...blob, tenantId, chunkSize })))
      ]
    )
    const written = new Set(made.map(({ id }) => id))
    const others = blobs.filter(({ blobId }) => !written.has(blobId))
    const known = others.length > 0 ? await blobIdsOf(tx, tenantId, others) : new Map<string, string>()
    return blobs.map(({ blobId, size, sha256, sha3_512 }) => {
      const existed = !written.has(blobId)
      return { blobId: existed ? known.get(sha256.toString('hex'))! : blobId, size, sha256, sha3_512, existed }
    })
  }

  private async openBlob(tx: BlobTransaction, blobId: string): Promise<OpenedBlob> {
    const [opened] = await this.openBlobs(tx, [blobId])
    if (opened instanceof Refused) throw opened
    return opened!
  }

  /** In the order of `blobIds`; instead of one that cannot be opened, why. */
  private async openBlobs(tx: BlobTransaction, blobIds: readonly string[]): Promise<(OpenedBlob | Refused)[]> {
    const rows: BlobRow[] = await tx.query(
      `SELECT b.id, b.tenant_id, b.sha256, b.sha3_512, b.size, b.chunk_size, b.wrapped_dek,
              (SELECT count(*) FROM blob_chunk c WHERE c.tenant_id = b.tenant_id AND c.blob_id = b.id) AS chunks
         FROM blob b WHERE b.tenant_id = current_setting('goniec.tenant_id')::uuid AND b.id = ANY ($1::uuid[])`,
      [blobIds]
    )
    const byId = new Map(rows.map(row => [row.id, row]))
    return blobIds.map(blobId => {
      const row = byId.get(blobId.toLowerCase())
      return row ? this.opened(row) : new Refused(archiveProblems['not-found'])
    })
  }

  private opened(row: BlobRow): OpenedBlob | Refused {
    const { id: blobId, tenant_id: tenantId, sha256, sha3_512, chunk_size: chunkSize } = row
    const size = Number(row.size)
    const chunks = Math.ceil(size / chunkSize)
    if (Number(row.chunks) !== chunks) return damaged('chunks are missing or too many')
    try {
      const dek = this.keys.unwrap(row.wrapped_dek, boundTo({ tenantId, blobId, size, sha256, sha3_512, chunkSize }))
      return { blobId, size, sha256, sha3_512, chunkSize, chunks, dek }
    } catch (error) {
      return damaged('the data key or what it is bound to was changed, or its wrapping key is gone', error)
    }
  }
}

async function tenantOf(tx: BlobTransaction): Promise<string> {
  const [{ tenant_id: tenantId }] = await tx.query(`SELECT current_setting('goniec.tenant_id')::uuid AS tenant_id`)
  return tenantId
}

/** Chunks go as parameters of their own: in an array they would be sent as text, twice as long. */
async function insertChunks(
  tx: BlobTransaction,
  tenantId: string,
  blobs: readonly { readonly blobId: string; readonly chunks: () => Buffer[] }[]
): Promise<void> {
  let parameters: unknown[] = [tenantId]
  let bytes = 0
  const flush = async () => {
    const rows = Array.from(
      { length: (parameters.length - 1) / 3 },
      (_, i) => `($1,$${3 * i + 2},$${3 * i + 3},$${3 * i + 4})`
    )
    if (rows.length > 0)
      await tx.query(`INSERT INTO blob_chunk (tenant_id, blob_id, seq, data) VALUES ${rows.join()}`, parameters)
    parameters = [tenantId]
    bytes = 0
  }
  for (const { blobId, chunks } of blobs)
    for (const [seq, data] of chunks().entries()) {
      if (bytes > 0 && bytes + data.length > statementBytes) await flush()
      parameters.push(blobId, seq, data)
      bytes += data.length
    }
  await flush()
}

/** Ids by digest (hexadecimal) of contents that the tenant has. */
async function blobIdsOf(
  tx: BlobTransaction,
  tenantId: string,
  blobs: readonly NewBlob[]
): Promise<Map<string, string>> {
  const rows: { id: string; sha256: Buffer }[] = await tx.query(
    'SELECT id, sha256 FROM blob WHERE tenant_id = $1 AND sha256 = ANY ($2::bytea[])',
    [tenantId, blobs.map(({ sha256 }) => sha256)]
  )
  return new Map(rows.map(({ id, sha256 }) => [sha256.toString('hex'), id]))
}

async function wholeOf(blob: OpenedBlob, sealed: ReadonlyMap<string, Buffer>): Promise<Buffer | Refused> {
  const all: Buffer[] = []
  try {
    for await (const piece of pieces(blob, async seq => openPiece(blob, seq, sealed.get(`${blob.blobId} ${seq}`))))
      all.push(piece)
    return all.length === 1 ? all[0]! : Buffer.concat(all)
  } catch (error) {
    if (error instanceof Refused) return error
    throw error
  }
}

/** What a wrapped key is bound to: with any of these changed in the row, the content no longer opens. */
function boundTo(blob: Omit<OpenedBlob, 'chunks' | 'dek'> & { tenantId: string }): Buffer {
  const { tenantId, blobId, size, chunkSize, sha256, sha3_512 } = blob
  return Buffer.from(
    ['blob', tenantId, blobId, size, chunkSize, sha256.toString('hex'), sha3_512.toString('hex')].join('\n')
  )
}

async function readChunk(tx: BlobTransaction, blob: OpenedBlob, seq: number): Promise<Buffer> {
  const [row]: { data: Buffer }[] = await tx.query(
    `SELECT data FROM blob_chunk
      WHERE tenant_id = current_setting('goniec.tenant_id')::uuid AND blob_id = $1 AND seq = $2`,
    [blob.blobId, seq]
  )
  return openPiece(blob, seq, row?.data)
}

function openPiece({ blobId, dek, chunks }: OpenedBlob, seq: number, sealed: Buffer | undefined): Buffer {
  const plaintext = sealed && openChunk(dek, { blobId, seq, last: seq === chunks - 1 }, sealed)
  if (!plaintext) throw damaged(`chunk ${seq} of ${chunks} is missing or changed`)
  return plaintext
}

async function* pieces(blob: OpenedBlob, fetch: (seq: number) => Promise<Buffer>): AsyncGenerator<Buffer> {
  const hash = createHash('sha256')
  let size = 0
  for (let seq = 0; seq < blob.chunks; seq++) {
    const piece = await fetch(seq)
    hash.update(piece)
    size += piece.length
    yield piece
  }
  if (size !== blob.size || !hash.digest().equals(blob.sha256)) throw damaged('size or SHA-256 differs')
}

/** Stops a stream that is longer than allowed or announced as soon as that is seen. */
async function* limited(
  bytes: AsyncIterable<Uint8Array>,
  declaredSize: number | undefined,
  maxSize: number
): AsyncGenerator<Uint8Array> {
  let size = 0
  for await (const piece of bytes) {
    size += piece.length
    if (size > maxSize) throw tooLarge(maxSize)
    if (declaredSize !== undefined && size > declaredSize) throw sizeMismatch(declaredSize)
    yield piece
  }
}

function tooLarge(maxBytes: number): Refused {
  return new Refused(archiveProblems['too-large'], { maxBytes })
}

function sizeMismatch(declaredSize: number): Refused {
  return new Refused(archiveProblems['size-mismatch'], { declaredSize })
}

function damaged(reason: string, cause?: unknown): Refused {
  return new Refused(archiveProblems.damaged, { reason }, { cause })
}
