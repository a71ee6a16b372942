/** What takes canonical bytes, piece by piece: a node:crypto Hash does. A piece must be used or copied at once. */
export interface ByteSink {
  update(piece: Buffer): unknown
}

const BUFFER = 8192
/** Runs of input bytes longer than this go to the sink without a copy. */
const LONG_RUN = 2048

/** Puts together stretches of input bytes and texts, and hands them to a sink in larger pieces. */
export class CanonicalOutput {
  private readonly out = Buffer.allocUnsafe(BUFFER)
  private used = 0
  /** Input bytes that are canonical as they stand and were not written yet. */
  private runStart = 0
  private runEnd = 0

  constructor(
    private readonly bytes: Buffer,
    private readonly sink: ByteSink
  ) {}

  /** Input bytes as they stand; joined with the run before them where that ends here. */
  copy(start: number, end: number): void {
    if (start === this.runEnd && this.runEnd > this.runStart) {
      this.runEnd = end
      return
    }
    this.endRun()
    this.runStart = start
    this.runEnd = end
  }

  private endRun(): void {
    const { runStart: start, runEnd: end, out } = this
    const length = end - start
    this.runStart = this.runEnd = 0
    if (length <= 0) return
    if (length > LONG_RUN) {
      this.flush()
      this.sink.update(this.bytes.subarray(start, end))
      return
    }
    if (this.used + length > BUFFER) this.flush()
    if (length < 32) for (let i = start, to = this.used; i < end; i++, to++) out[to] = this.bytes[i]!
    else this.bytes.copy(out, this.used, start, end)
    this.used += length
  }

  /** A byte string. */
  write(text: string): void {
    if (this.runEnd > this.runStart) this.endRun()
    const { length } = text
    if (this.used + length > BUFFER) {
      this.flush()
      if (length > BUFFER) {
        this.sink.update(Buffer.from(text, 'latin1'))
        return
      }
    }
    if (length < 24) for (let i = 0; i < length; i++) this.out[this.used + i] = text.charCodeAt(i)
    else this.out.write(text, this.used, 'latin1')
    this.used += length
  }

  /** Hands over what is left. */
  finish(): void {
    this.endRun()
    this.flush()
  }

  private flush(): void {
    if (this.used > 0) this.sink.update(this.out.subarray(0, this.used))
    this.used = 0
  }
}
