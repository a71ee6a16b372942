import type { RandomAccessSource } from '../source.js'

/** Bytes of memory that are handed out, given back and handed out again. */
const chunkBytes = 1024 * 1024

/** Chunks kept for the next documents; more than these go back to the system. */
const mostKept = 64

/**
 * Memory that all threads see. Documents on their way to a thread are laid there once; in a message each would be copied
 * twice, into memory that must be got and cleared for it, which costs as much as sealing it.
 */
export class SharedTrays {
  private readonly free: SharedArrayBuffer[] = []

  /** An empty tray for the documents of one task. */
  tray(): Tray {
    return new Tray(
      () => this.free.pop() ?? new SharedArrayBuffer(chunkBytes),
      chunk => {
        if (this.free.length < mostKept) this.free.push(chunk)
      }
    )
  }
}

/** The documents of one task in shared memory. */
export class Tray {
  private readonly chunks: SharedArrayBuffer[] = []
  /** Of the last chunk. */
  private used = 0

  constructor(
    private readonly take: () => SharedArrayBuffer,
    private readonly giveBack: (chunk: SharedArrayBuffer) => void
  ) {}

  /** Lays the bytes of a source down. They may be read until the tray is cleared. */
  lay(source: RandomAccessSource): Uint8Array {
    const { size } = source
    // Large ones get memory of their own, which goes when they do.
    const at = size > chunkBytes ? 0 : this.room(size)
    const memory = size > chunkBytes ? new SharedArrayBuffer(size) : this.chunks.at(-1)!
    const bytes = new Uint8Array(memory, at, size)
    bytes.set(source.read(0, size))
    return bytes
  }

  /** Gives the memory back, when nobody needs what is in it any more. */
  clear(): void {
    for (const chunk of this.chunks.splice(0)) this.giveBack(chunk)
  }

  private room(size: number): number {
    if (this.chunks.length === 0 || this.used + size > chunkBytes) {
      this.chunks.push(this.take())
      this.used = 0
    }
    const at = this.used
    this.used += size
    return at
  }
}
