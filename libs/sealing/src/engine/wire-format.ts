import { problemCatalogue, type ProblemFacts, type ProblemType, Refused, Unavailable } from '#platform/plain'
import { BufferSource, FileSource, JoinedSource, type RandomAccessSource, SliceSource } from '../source.js'

/**
 * A source as it goes from thread to thread: bytes are copied, or lie in memory that both see; open files are the whole
 * process's; what the other side has is named.
 */
export type WireSource =
  | { readonly kind: 'known'; readonly index: number }
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  | { readonly kind: 'file'; readonly descriptor: number }
  | { readonly kind: 'joined'; readonly parts: readonly WireSource[] }
  | { readonly kind: 'slice'; readonly of: WireSource; readonly start: number; readonly size: number }

/**
 * @param known sources that the other side holds already, in its own order
 * @param bytesOf how bytes in memory are handed over
 */
export function packSource(
  source: RandomAccessSource,
  known: readonly RandomAccessSource[] = [],
  bytesOf: (source: RandomAccessSource) => Uint8Array = source => source.read(0, source.size)
): WireSource {
  const index = known.indexOf(source)
  if (index >= 0) return { kind: 'known', index }
  if (source instanceof FileSource) return { kind: 'file', descriptor: source.descriptor }
  if (source instanceof JoinedSource)
    return { kind: 'joined', parts: source.parts.map(part => packSource(part, known, bytesOf)) }
  if (source instanceof SliceSource)
    return { kind: 'slice', of: packSource(source.whole, known, bytesOf), start: source.start, size: source.size }
  return { kind: 'bytes', bytes: bytesOf(source) }
}

/**
 * What is to be sent, with its bytes in memory of their own. A message takes the whole memory that bytes stand in: for a
 * small Buffer that is a pool of 64 kB, for a part of a document the document. Shared memory would not be copied at all,
 * and is someone else's soon.
 */
export function detached<T>(value: T): T
export function detached(value: unknown): unknown {
  if (value instanceof Uint8Array)
    return value.byteLength === value.buffer.byteLength && !isShared(value) ? value : new Uint8Array(value)
  if (Array.isArray(value)) return value.map(detached)
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype) return value
  const copy: Record<string, unknown> = {}
  for (const key of Object.keys(value)) copy[key] = detached((value as Record<string, unknown>)[key])
  return copy
}

const isShared = ({ buffer }: Uint8Array): boolean => buffer instanceof SharedArrayBuffer

/** @param known the same sources, in the same order, as `packSource` was told */
export function unpackSource(wire: WireSource, known: readonly RandomAccessSource[] = []): RandomAccessSource {
  switch (wire.kind) {
    case 'known':
      return known[wire.index]!
    case 'bytes':
      return new BufferSource(asBuffer(wire.bytes))
    case 'file':
      return new FileSource(wire.descriptor)
    case 'joined':
      return new JoinedSource(wire.parts.map(part => unpackSource(part, known)))
    case 'slice':
      return new SliceSource(unpackSource(wire.of, known), wire.start, wire.size)
  }
}

/** Buffers lose their class on the way; the bytes stay where they are. */
export const asBuffer = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)

/** An error as it goes from thread to thread; what is not one of ours is a bug and goes as text. */
export type WireError =
  | {
      readonly kind: 'refused' | 'unavailable'
      readonly code: string
      readonly facts: ProblemFacts
      readonly after?: number
    }
  | { readonly kind: 'bug'; readonly text: string }

export function packError(error: unknown): WireError {
  if (error instanceof Refused) return { kind: 'refused', code: error.type.code, facts: error.facts }
  if (error instanceof Unavailable)
    return { kind: 'unavailable', code: error.type.code, facts: error.facts, after: error.retryAfterSeconds }
  return { kind: 'bug', text: error instanceof Error ? (error.stack ?? error.message) : String(error) }
}

export function unpackError(wire: WireError): Error {
  if (wire.kind === 'bug') return new Error(wire.text)
  const type = problemCatalogue().find(one => one.code === wire.code)
  if (!type) return new Error(`unknown problem ${wire.code}`)
  return wire.kind === 'refused'
    ? new Refused(type, wire.facts)
    : new Unavailable(type, wire.facts, { retryAfterSeconds: wire.after })
}

/** The declared problem with a code; problem types are compared by identity, so they are not copied. */
export function problemOf(code: string): ProblemType {
  const type = problemCatalogue().find(one => one.code === code)
  if (!type) throw new Error(`unknown problem ${code}`)
  return type
}
