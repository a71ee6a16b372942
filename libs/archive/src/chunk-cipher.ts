import { createCipheriv, createDecipheriv } from 'node:crypto'

const tagLength = 16

/** Which chunk of which content, and whether it is the last one. */
export interface ChunkPlace {
  /** UUID of the blob. */
  readonly blobId: string
  /** From 0. */
  readonly seq: number
  readonly last: boolean
}

/**
 * Encrypts one chunk: ciphertext and tag. Its place is authenticated with it, so that chunks cannot be swapped, moved to another
 * blob, cut off or appended. The nonce is the chunk's number: a data key belongs to one blob, and each number is used once.
 */
export function sealChunk(dek: Buffer, place: ChunkPlace, plaintext: Buffer): Buffer {
  const cipher = createCipheriv('aes-256-gcm', dek, nonceOf(place))
  cipher.setAAD(aadOf(place))
  return Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()])
}

/** Decrypts one chunk; undefined when it is not exactly what was sealed for this place with this key. */
export function openChunk(dek: Buffer, place: ChunkPlace, sealed: Buffer): Buffer | undefined {
  if (sealed.length < tagLength) return undefined
  const decipher = createDecipheriv('aes-256-gcm', dek, nonceOf(place), { authTagLength: tagLength })
  decipher.setAAD(aadOf(place))
  decipher.setAuthTag(sealed.subarray(sealed.length - tagLength))
  try {
    return Buffer.concat([decipher.update(sealed.subarray(0, -tagLength)), decipher.final()])
  } catch {
    return undefined
  }
}

function nonceOf({ seq }: ChunkPlace): Buffer {
  const nonce = Buffer.alloc(12)
  nonce.writeUInt32BE(seq, 8)
  return nonce
}

function aadOf({ blobId, seq, last }: ChunkPlace): Buffer {
  return Buffer.from(`${blobId}\n${seq}\n${last ? 'last' : 'more'}`)
}
