import { closeSync, mkdirSync, openSync, readFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import type { WorldClock } from './world-clock.js'

/** A fact to be written down: which surface saw it, what happened, and any further facts (JSON values, no personal data). */
export interface LedgerFacts {
  surface: string
  action: string
  [fact: string]: unknown
}

/** A fact as written: numbered from 1 without gaps, with the world's time and the machine's time (ISO 8601, UTC). */
export interface LedgerEntry extends LedgerFacts {
  seq: number
  worldTime: string
  realTime: string
}

/** Which entries are wanted; every given part must match. `since` means seq greater than this number. */
export interface LedgerFilter {
  surface?: string
  action?: string
  since?: number
  /** Further facts that must be equal (compared as text). */
  where?: Record<string, string>
}

/**
 * What the world has seen: an append-only file `ledger.ndjson`, one JSON object a line, also kept in memory.
 * Tests ask it "how many letters did the world see?", so an entry is in the file before `write` returns.
 */
export class Ledger {
  readonly #clock: WorldClock
  readonly #entries: LedgerEntry[]
  readonly #file: number
  readonly #waiting = new Set<() => void>()

  /** @param dir folder of the sandbox (SANDBOX_DIR) */
  constructor(dir: string, clock: WorldClock) {
    this.#clock = clock
    mkdirSync(dir, { recursive: true })
    const path = join(dir, 'ledger.ndjson')
    this.#file = openSync(path, 'a+')
    const { entries, torn } = readEntries(path)
    this.#entries = entries
    if (torn) writeSync(this.#file, '\n')
  }

  /** Writes one fact down. */
  write(facts: LedgerFacts): LedgerEntry {
    const entry: LedgerEntry = {
      seq: (this.#entries.at(-1)?.seq ?? 0) + 1,
      worldTime: this.#clock.now().toISOString(),
      realTime: new Date().toISOString(),
      ...facts
    }
    writeSync(this.#file, JSON.stringify(entry) + '\n')
    this.#entries.push(entry)
    for (const look of this.#waiting) look()
    return entry
  }

  /** The entries that match, oldest first; all of them without a filter. */
  entries(filter: LedgerFilter = {}): LedgerEntry[] {
    const { surface, action, since, where } = filter
    const wanted = Object.entries(where ?? {})
    return this.#entries.filter(
      entry =>
        (surface === undefined || entry.surface === surface) &&
        (action === undefined || entry.action === action) &&
        (since === undefined || entry.seq > since) &&
        wanted.every(([fact, value]) => asText(entry[fact]) === value)
    )
  }

  /** Waits until at least this many entries match and gives them. Waits for ever if they never come. */
  seen(filter: LedgerFilter, count = 1): Promise<LedgerEntry[]> {
    return new Promise(resolve => {
      const look = () => {
        const entries = this.entries(filter)
        if (entries.length < count) return
        this.#waiting.delete(look)
        resolve(entries)
      }
      this.#waiting.add(look)
      look()
    })
  }

  /** Closes the file; nothing can be written afterwards. */
  close(): void {
    closeSync(this.#file)
  }
}

function asText(fact: unknown): string | undefined {
  return typeof fact === 'string' ? fact : JSON.stringify(fact)
}

// A process killed in the middle of a write leaves half a line: it is kept in the file but is no entry.
function readEntries(path: string): { entries: LedgerEntry[]; torn: boolean } {
  const text = readFileSync(path, 'utf8')
  const entries: LedgerEntry[] = []
  for (const line of text.split('\n')) {
    const entry = parseLine(line)
    if (entry) entries.push(entry)
  }
  return { entries, torn: text !== '' && !text.endsWith('\n') }
}

function parseLine(line: string): LedgerEntry | undefined {
  if (line === '') return undefined
  try {
    return JSON.parse(line) as LedgerEntry
  } catch {
    return undefined
  }
}
