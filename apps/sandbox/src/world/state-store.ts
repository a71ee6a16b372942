import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** The shortest and the longest wait between a `save` and the write to disk, in milliseconds. */
const SHORTEST_WAIT = 50
const LONGEST_WAIT = 5_000

/**
 * The sandbox's memory between runs: one JSON file `state.json` with one named part per room of the sandbox.
 *
 * `save` keeps the value by reference and writes soon (debounced), so a live object may be saved again and again at no cost;
 * the file is replaced by rename, so a crash leaves the old state or the new one, never half of it.
 */
export class StateStore {
  readonly #file: string
  readonly #parts: Record<string, unknown>
  #timer: NodeJS.Timeout | undefined
  #lastWriteMs = 0

  /** @param dir folder of the sandbox (SANDBOX_DIR); made when missing. Throws when `state.json` there is not JSON. */
  constructor(readonly dir: string) {
    mkdirSync(dir, { recursive: true })
    this.#file = join(dir, 'state.json')
    this.#parts = readParts(this.#file)
  }

  /** What was saved under this name, or undefined. The caller owns the shape. */
  load<T>(name: string): T | undefined {
    return this.#parts[name] as T | undefined
  }

  /** Keeps a JSON value under this name; it is serialised when it is written, not now. */
  save(name: string, value: unknown): void {
    this.#parts[name] = value
    // A big state takes long to serialise: the wait grows with it, so that writing never takes more than about a tenth of the time.
    const wait = Math.min(LONGEST_WAIT, Math.max(SHORTEST_WAIT, this.#lastWriteMs * 10))
    this.#timer ??= setTimeout(() => this.flush(), wait).unref()
  }

  /** Writes now what has not been written yet. */
  flush(): void {
    if (!this.#timer) return
    clearTimeout(this.#timer)
    this.#timer = undefined
    const begun = performance.now()
    const fresh = `${this.#file}.new`
    // The state holds secrets of the identity provider's clients.
    writeFileSync(fresh, JSON.stringify(this.#parts), { mode: 0o600 })
    renameSync(fresh, this.#file)
    this.#lastWriteMs = performance.now() - begun
  }
}

function readParts(file: string): Record<string, unknown> {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {}
    throw new Error(`the sandbox cannot read its own state in ${file}`, { cause: error })
  }
}
