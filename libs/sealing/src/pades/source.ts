import { fstatSync, readSync } from 'node:fs'

/** Bytes that can be read at any place without holding all of them: a Buffer, or an open file. */
export interface RandomAccessSource {
  /** Length in bytes. */
  readonly size: number
  /** The bytes from `at`, `length` of them or fewer where the source ends. The result must not be written to. */
  read(at: number, length: number): Buffer
}

/** A document held in memory. Reading copies nothing. */
export class BufferSource implements RandomAccessSource {
  constructor(private readonly bytes: Buffer) {}

  get size(): number {
    return this.bytes.length
  }

  read(at: number, length: number): Buffer {
    return this.bytes.subarray(at, at + length)
  }
}

/** A document in an open file, which must not change while it is read. The caller opens and closes the descriptor. */
export class FileSource implements RandomAccessSource {
  readonly size: number

  constructor(private readonly descriptor: number) {
    this.size = fstatSync(descriptor).size
  }

  read(at: number, length: number): Buffer {
    const wanted = Math.max(0, Math.min(length, this.size - at))
    const bytes = Buffer.allocUnsafe(wanted)
    for (let got = 0; got < wanted;) {
      const count = readSync(this.descriptor, bytes, got, wanted - got, at + got)
      if (count === 0) return bytes.subarray(0, got)
      got += count
    }
    return bytes
  }
}
