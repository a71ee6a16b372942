import { createHash, type Hash } from 'node:crypto'
import { fstatSync, readSync } from 'node:fs'
import type { HashName } from './seal-algorithm.js'

/**
 * Bytes that can be read at any place without holding all of them: a Buffer, an open file, or others put together. Every
 * document, and every sealed file, is one: a seal on a gigabyte is a few kilobytes in memory beside an open file.
 */
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

  constructor(readonly descriptor: number) {
    this.size = fstatSync(descriptor).size
  }

  read(at: number, length: number): Buffer {
    const bytes = Buffer.allocUnsafe(Math.max(0, Math.min(length, this.size - at)))
    return this.readInto(bytes, at)
  }

  /** Fills `bytes` from `at` on; the part of them that was filled. */
  readInto(bytes: Buffer, at: number): Buffer {
    for (let got = 0; got < bytes.length;) {
      const count = readSync(this.descriptor, bytes, got, bytes.length - got, at + got)
      if (count === 0) return bytes.subarray(0, got)
      got += count
    }
    return bytes
  }
}

/** Sources one after another, read as one. Copies only where a read crosses a border. */
export class JoinedSource implements RandomAccessSource {
  readonly size: number
  private readonly starts: number[] = []

  constructor(readonly parts: readonly RandomAccessSource[]) {
    let size = 0
    for (const part of parts) {
      this.starts.push(size)
      size += part.size
    }
    this.size = size
  }

  read(at: number, length: number): Buffer {
    const end = Math.min(this.size, at + length)
    const pieces: Buffer[] = []
    for (let i = this.partAt(at); i < this.parts.length && this.starts[i]! < end; i++) {
      const from = Math.max(0, at - this.starts[i]!)
      const piece = this.parts[i]!.read(from, Math.min(this.parts[i]!.size, end - this.starts[i]!) - from)
      if (piece.length > 0) pieces.push(piece)
    }
    return pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces)
  }

  /** The parts between `from` and `to`, and which stretch of each. */
  *between(from: number, to: number): Generator<{ part: RandomAccessSource; from: number; to: number }> {
    for (let i = this.partAt(from); i < this.parts.length && this.starts[i]! < to; i++) {
      const part = this.parts[i]!
      const start = this.starts[i]!
      if (part.size > 0) yield { part, from: Math.max(0, from - start), to: Math.min(part.size, to - start) }
    }
  }

  /** The last part that starts at or before `at`. */
  private partAt(at: number): number {
    let low = 0
    for (let high = this.starts.length; high - low > 1;) {
      const middle = (low + high) >> 1
      if (this.starts[middle]! <= at) low = middle
      else high = middle
    }
    return low
  }
}

/** A stretch of another source, `[at, at + size)`, cut where that one ends. */
export class SliceSource implements RandomAccessSource {
  readonly size: number

  constructor(
    readonly whole: RandomAccessSource,
    readonly start: number,
    size: number
  ) {
    this.size = Math.max(0, Math.min(size, whole.size - start))
  }

  read(at: number, length: number): Buffer {
    return this.whole.read(this.start + at, Math.max(0, Math.min(length, this.size - at)))
  }
}

/** What follows in `whole` after `beginning`, where that is known to be its first part; undefined where it is not. */
export function tailAfter(beginning: RandomAccessSource, whole: RandomAccessSource): RandomAccessSource | undefined {
  if (!(whole instanceof JoinedSource) || whole.parts[0] !== beginning) return undefined
  return new JoinedSource(whole.parts.slice(1))
}

const PIECE = 1024 * 1024

/** Small enough for the cache of one core. */
const PASSING_PIECE = 128 * 1024

/** The bytes in order, in pieces of a megabyte at most. What is in memory is not copied. */
export function pieces(source: RandomAccessSource): Generator<Buffer> {
  return stretches(source, 0, source.size, freshPieces)
}

/**
 * The bytes in order, in pieces that are good only until the next one is asked for: files are read into the same memory
 * again and again, which stays in the processor's cache and leaves nothing to be cleared away.
 */
export function passingPieces(source: RandomAccessSource): Generator<Buffer> {
  return stretches(source, 0, source.size, reusedPieces)
}

type ReadPieces = (file: FileSource, from: number, to: number) => Generator<Buffer>

function* stretches(source: RandomAccessSource, from: number, to: number, ofFile: ReadPieces): Generator<Buffer> {
  if (source instanceof SliceSource)
    yield* stretches(source.whole, source.start + from, source.start + Math.min(to, source.size), ofFile)
  else if (source instanceof JoinedSource)
    for (const one of source.between(from, to)) yield* stretches(one.part, one.from, one.to, ofFile)
  else if (source instanceof FileSource) yield* ofFile(source, from, Math.min(to, source.size))
  else for (let at = from; at < to; at += PIECE) yield source.read(at, Math.min(PIECE, to - at))
}

function* freshPieces(file: FileSource, from: number, to: number): Generator<Buffer> {
  for (let at = from; at < to; at += PIECE) yield file.read(at, Math.min(PIECE, to - at))
}

function* reusedPieces(file: FileSource, from: number, to: number): Generator<Buffer> {
  const memory = Buffer.allocUnsafeSlow(Math.max(0, Math.min(PASSING_PIECE, to - from)))
  for (let at = from; at < to; at += PASSING_PIECE)
    yield file.readInto(memory.subarray(0, Math.min(PASSING_PIECE, to - at)), at)
}

/** The same for whoever takes an asynchronous stream. */
export async function* inPieces(source: RandomAccessSource): AsyncGenerator<Buffer> {
  yield* pieces(source)
}

/** Hashes the source; the state can be copied and updated further. Take it once and use it for every plan. */
export function hashSource(source: RandomAccessSource, hash: HashName): Hash {
  const running = createHash(hash)
  for (const piece of passingPieces(source)) running.update(piece)
  return running
}

/** All of it in memory. Only for what is known to be small. */
export function readAll(source: RandomAccessSource): Buffer {
  return source.read(0, source.size)
}
