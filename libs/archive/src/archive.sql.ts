/**
 * Tables of the content store, for a migration to execute in order. The role `goniec_app` must exist; it may add and read, never
 * change or delete.
 *
 * The key of `blob_chunk` to `blob` is checked at commit, as chunks are written while the content still arrives and its digest
 * is not known yet. `EXTERNAL` keeps PostgreSQL from trying to compress ciphertext.
 */
export const archiveSchema: readonly string[] = [
  `CREATE TABLE blob (
     tenant_id uuid NOT NULL,
     id uuid NOT NULL,
     sha256 bytea NOT NULL CHECK (octet_length(sha256) = 32),
     sha3_512 bytea NOT NULL CHECK (octet_length(sha3_512) = 64),
     size bigint NOT NULL CHECK (size > 0),
     chunk_size integer NOT NULL CHECK (chunk_size > 0),
     kek_id text NOT NULL,
     wrapped_dek bytea NOT NULL,
     created_at timestamptz NOT NULL,
     PRIMARY KEY (tenant_id, id),
     UNIQUE (tenant_id, sha256)
   )`,
  `CREATE TABLE blob_chunk (
     tenant_id uuid NOT NULL,
     blob_id uuid NOT NULL,
     seq integer NOT NULL CHECK (seq >= 0),
     data bytea NOT NULL,
     PRIMARY KEY (tenant_id, blob_id, seq),
     FOREIGN KEY (tenant_id, blob_id) REFERENCES blob (tenant_id, id) DEFERRABLE INITIALLY DEFERRED
   )`,
  // PostgreSQL 15 does not know STORAGE in CREATE TABLE
  `ALTER TABLE blob_chunk ALTER COLUMN data SET STORAGE EXTERNAL`
]
