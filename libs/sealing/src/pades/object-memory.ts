import type { IndirectObject } from './indirect-object.js'
import type { ObjectStream } from './object-stream.js'
import type { ReadingBudget } from './pdf-streams.js'
import type { PdfValue } from './pdf-values.js'

/** How many bytes of objects are remembered; the values in memory take some thirty times as much. */
const mostBytes = 4 * 1024 * 1024

/** How far behind an object the reader may have looked to see that it is over. */
const lookAhead = 64

/**
 * Objects that were read from a file, by where they stand. A file of hundreds of revisions has as many states, and almost
 * all objects are the same in all of them.
 */
export class ObjectMemory {
  private readonly objects = new Map<number, IndirectObject>()
  /** Objects in object streams, by their index. */
  private values = new WeakMap<ObjectStream, Map<number, PdfValue>>()
  private bytes = 0
  private readonly streams = new Map<string, { readonly stream: ObjectStream; readonly endAt: number }>()

  constructor(private readonly budget: ReadingBudget) {}

  /** @param size of the state that is read: what stands at its very end may be more in a later one */
  recall(at: number, size: number): IndirectObject | undefined {
    const object = this.objects.get(at)
    if (!object || object.endAt + lookAhead >= size) return undefined
    this.budget.spendRecall()
    return object
  }

  remember(at: number, object: IndirectObject, size: number): void {
    if (object.endAt + lookAhead >= size) return
    if (this.makeRoom(object.endAt - at)) this.objects.set(at, object)
  }

  recallValue(stream: ObjectStream, index: number): PdfValue | undefined {
    const value = this.values.get(stream)?.get(index)
    if (value) this.budget.spendRecall()
    return value
  }

  rememberValue(stream: ObjectStream, index: number, value: PdfValue): void {
    if (!this.makeRoom(value.raw.length)) return
    const values = this.values.get(stream)
    if (values) values.set(index, value)
    else this.values.set(stream, new Map([[index, value]]))
  }

  recallStream(number: number, at: number, size: number): ObjectStream | undefined {
    const known = this.streams.get(`${number} ${at}`)
    return known && known.endAt + lookAhead < size ? known.stream : undefined
  }

  /** @param endAt where its data ends */
  rememberStream(number: number, at: number, stream: ObjectStream, endAt: number): void {
    this.streams.set(`${number} ${at}`, { stream, endAt })
  }

  /** What was remembered is forgotten all at once: most files never come that far. */
  private makeRoom(bytes: number): boolean {
    if (this.bytes + bytes > mostBytes) {
      this.objects.clear()
      this.values = new WeakMap()
      this.bytes = 0
    }
    if (bytes > mostBytes) return false
    this.bytes += bytes
    return true
  }
}
