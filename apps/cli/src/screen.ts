import { performance } from 'node:perf_hooks'

/** Two streams of a terminal or of files, of which standard error may show a progress bar. */
export interface Streams {
  readonly stdout: NodeJS.WriteStream
  readonly stderr: NodeJS.WriteStream
}

/** Milliseconds between two drawings of the bar: drawing must not cost more than sealing. */
const between = 100

const width = 30

/**
 * Names in hostile files and certificates must not steer the terminal: control characters and marks that turn the direction
 * of writing are shown as `?`.
 */
const printable = (line: string): string => line.replace(/[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu, '?')

/** Lines for a person or a program, and below them a progress bar where a person watches. */
export class Screen {
  private total = 0
  private done = 0
  private drawnAt = 0
  private shown = false

  constructor(private readonly streams: Streams) {}

  /** Something for programs, on standard output, as it is. */
  put(text: string): void {
    this.clear()
    this.streams.stdout.write(`${text}\n`)
    this.draw()
  }

  /** Something for people, on standard output. */
  say(line: string): void {
    this.put(printable(line))
  }

  /** What goes wrong, on standard error. */
  complain(line: string): void {
    this.clear()
    this.streams.stderr.write(`${printable(line)}\n`)
    this.draw()
  }

  /** Begins a bar on a terminal; nothing anywhere else, nor for a single piece of work. */
  begin(total: number): void {
    if (!this.streams.stderr.isTTY || total < 2) return
    this.total = total
    this.draw(true)
  }

  /** One more is done. */
  step(): void {
    this.done++
    this.draw()
  }

  /** Takes the bar away. */
  end(): void {
    this.clear()
    this.total = 0
  }

  private clear(): void {
    if (!this.shown) return
    this.streams.stderr.write('\r\x1b[K')
    this.shown = false
  }

  private draw(atOnce = false): void {
    if (this.total === 0) return
    const now = performance.now()
    if (!atOnce && this.shown && now - this.drawnAt < between) return
    const full = Math.round((width * this.done) / this.total)
    this.streams.stderr.write(`\r[${'#'.repeat(full)}${'-'.repeat(width - full)}] ${this.done}/${this.total}`)
    this.shown = true
    this.drawnAt = now
  }
}
