import type { SealedFile } from '../src/seal-batch.js'

/** The whole content of a file that goes on. */
export function bytesOf(file: SealedFile, original: Buffer): Buffer {
  return file.withOriginal ? Buffer.concat([original, file.appended]) : file.appended
}
