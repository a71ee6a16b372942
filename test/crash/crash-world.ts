import { createHash } from 'node:crypto'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import type { EvidenceView } from '#dispatch'
import { ApiClient } from '../../apps/launcher/src/api-client.js'
import { startSystem, type System } from '../../apps/launcher/src/system.js'
import { pdf, SENDER } from '../acceptance/world.js'
import type { Books, BookedEvidence, BookedLetter, Submission, WorldEntry } from './books.js'

/** Longest wait for a fact, in milliseconds; a letter that was being worked on rests ten seconds after a crash. */
const PATIENCE_MS = 120_000

/** Answers after which the same request is simply sent again: not now, and somebody else is at this very key. */
const AGAIN = [409, 503]

/** Gateway and sandbox as processes of their own, over a database that the test brings. */
export class CrashWorld {
  readonly submissions: Submission[] = []
  private seen = 0

  private constructor(
    readonly dir: string,
    readonly system: System,
    private readonly database: pg.Pool,
    /** Every line that the gateway printed, in all of its lives. */
    readonly lines: readonly string[]
  ) {}

  static async start(databaseUrl: string, gatewayEnv: NodeJS.ProcessEnv = {}): Promise<CrashWorld> {
    const dir = await crashDir()
    const lines: string[] = []
    const system = await startSystem({
      dir,
      databaseUrl,
      gatewayPort: 0,
      sandboxPort: 0,
      gatewayEnv: { GONIEC_LOG_LEVEL: 'error', ...gatewayEnv },
      sandboxEnv: { SANDBOX_PURDE_RATE: '10000' },
      onLine: (program, line) => program === 'gateway' && lines.push(line)
    })
    const database = new pg.Pool({ connectionString: databaseUrl, max: 2, connectionTimeoutMillis: 2000 })
    database.on('error', () => undefined)
    return new CrashWorld(dir, system, database, lines)
  }

  /** Kills the gateway the hard way and waits until it is gone. */
  async killGateway(): Promise<void> {
    const { pid, ended } = this.system.gateway
    process.kill(pid, 'SIGKILL')
    await ended
  }

  /** Hands a letter in, however often it takes, always under the same key. */
  async submit(key: string, recipient: string): Promise<void> {
    const submission: Submission = { key, answered: [] }
    this.submissions.push(submission)
    const bytes = pdf(key)
    const document = await this.insist(api =>
      api.json<{ id: string }>('POST', '/v1/documents', bytes, documentHeaders(bytes))
    )
    const letter = Buffer.from(
      JSON.stringify({
        senderAde: SENDER,
        addressee: { ade: recipient },
        subject: 'Decyzja',
        text: 'W załączeniu decyzja.',
        documents: [document.id]
      })
    )
    const headers = { 'content-type': 'application/json', 'idempotency-key': key }
    submission.answered.push(
      (await this.insist(api => api.json<{ id: string }>('POST', '/v1/letters', letter, headers))).id
    )
    // a caller that is not sure asks again: the same key must give the same letter, for ever
    submission.answered.push(
      (await this.insist(api => api.json<{ id: string }>('POST', '/v1/letters', letter, headers))).id
    )
  }

  /** Letters that callers know of. */
  get acknowledged(): number {
    return this.submissions.filter(submission => submission.answered.length > 0).length
  }

  /** A number that grows with everything that happens: letters acknowledged, and what the world saw. */
  async marks(): Promise<number> {
    const [last] = (await this.ledger(this.seen)).slice(-1)
    this.seen = last?.seq ?? this.seen
    return this.acknowledged + this.seen
  }

  /** How many letters are not archived yet; undefined while the database is away. */
  async unfinished(): Promise<number | undefined> {
    const found = await this.database
      .query<{ n: string }>(`select count(*) as n from letter where progress <> 'archived'`)
      .catch(() => undefined)
    return found && Number(found.rows[0]!.n)
  }

  /**
   * Waits until every letter is archived and was asked for once more after that: a download that died on its way comes
   * back only with this last look.
   */
  async untilArchived(): Promise<void> {
    const settled = async () => {
      if ((await this.unfinished()) !== 0) return false
      const { rows } = await this.database.query<{ n: string }>(
        `select count(*) as n from letter where coalesce(reconciled_at, created_at) <= updated_at`
      )
      return rows[0]!.n === '0'
    }
    await until('every letter is archived', settled).catch(async (error: Error) => {
      const { rows } = await this.database.query(
        `select l.id, l.progress, l.legal_status, l.waiting_code, string_agg(e.type, ' ' order by e.seq) as events
           from letter l join letter_event e on e.letter_id = l.id where progress <> 'archived' group by 1, 2, 3, 4`
      )
      throw new Error(`${error.message}: ${JSON.stringify(rows, null, 1)}`)
    })
  }

  /** Both sides of the story, for comparison. */
  async books(): Promise<Books> {
    const letters = await this.database.query<BookedLetter>(
      `select id, progress, legal_status as "legalStatus", message_id as "messageId" from letter`
    )
    const kept = await this.database.query<{ id: string; evidenceId: string }>(
      `select id, provider_evidence_id as "evidenceId" from evidence`
    )
    const providersId = new Map(kept.rows.map(row => [row.id, row.evidenceId]))
    const api = this.api('auditor')
    const evidence: BookedEvidence[] = []
    for (const { id: letterId } of letters.rows) {
      const { body } = await api.get<{ items: EvidenceView[] }>(`/v1/letters/${letterId}/evidence`)
      for (const { id, kind } of body.items) {
        const bytes = await api.bytes(`/v1/letters/${letterId}/evidence/${id}`)
        const sha256 = createHash('sha256').update(bytes).digest('hex')
        evidence.push({ letterId, evidenceId: providersId.get(id) ?? '?', kind, sha256 })
      }
    }
    return { submissions: this.submissions, letters: letters.rows, world: await this.ledger(), evidence }
  }

  /** How often the operator's mailbox did this. */
  async hits(action: string): Promise<number> {
    return (await this.ledger()).filter(entry => entry.action === action).length
  }

  /** Makes a part of the world fail for a share of the requests. */
  async setFault(surface: string, mode: string, share = 1): Promise<void> {
    await fetch(`${this.system.sandbox.url}/control/faults`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ surface, mode, share })
    })
  }

  async close(): Promise<void> {
    await this.database.end()
    await this.system.stop()
    await rm(this.dir, { recursive: true, force: true })
  }

  private api(role: 'sender' | 'auditor'): ApiClient {
    return new ApiClient(this.system.gateway.url, this.system.callers.find(caller => caller.roles.includes(role))!.key)
  }

  private async ledger(since = 0): Promise<(WorldEntry & { seq: number })[]> {
    const answer = await fetch(`${this.system.sandbox.url}/control/ledger?surface=purde&since=${since}`)
    return ((await answer.json()) as { entries: (WorldEntry & { seq: number })[] }).entries
  }

  /** Asks until there is an answer: a gateway that dies in between is nothing special here. */
  private async insist<T>(ask: (api: ApiClient) => Promise<{ status: number; body: T }>): Promise<T> {
    let result: T | undefined
    let last: unknown
    await until('the gateway answers', async () => {
      const answer = await ask(this.api('sender')).catch((error: unknown) => void (last = error))
      if (answer) last = answer.body
      if (!answer || AGAIN.includes(answer.status)) return false
      if (answer.status >= 300)
        throw new Error(`answered ${answer.status}: ${JSON.stringify(answer.body)}\n${this.lines.slice(-5).join('\n')}`)
      result = answer.body
      return true
    }).catch((error: Error) => {
      const words = last instanceof Error ? `${last.message} ${String(last.cause)}` : JSON.stringify(last)
      throw new Error(`${error.message}, last: ${words}\n${this.lines.slice(-40).join('\n')}`)
    })
    return result!
  }
}

/** A new folder that a database server run under another account may pass through. */
export async function crashDir(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'goniec-crash-'))
  await chmod(dir, 0o711)
  return dir
}

/** Looks again and again until something is so. */
export async function until(what: string, fact: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + PATIENCE_MS
  while (!(await fact())) {
    if (performance.now() > end) throw new Error(`it never came about that ${what}`)
    await new Promise(resolve => setTimeout(resolve, 20))
  }
}

/** Repeatable chance (mulberry32): whole numbers from 0 to below `n`. */
export function chance(seed: number): (n: number) => number {
  let state = seed >>> 0
  return n => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * n)
  }
}

/** The seed of this run: `GONIEC_CRASH_SEED`, or a new one; printed, so that a bad run can be had again. */
export function seedOfRun(): number {
  const seed = Number(process.env['GONIEC_CRASH_SEED'] ?? Math.floor(Math.random() * 2 ** 31))
  process.stdout.write(`crash tests: GONIEC_CRASH_SEED=${seed}\n`)
  return seed
}

function documentHeaders(bytes: Buffer): Record<string, string> {
  return {
    'content-type': 'application/pdf',
    'content-digest': `sha-256=:${createHash('sha256').update(bytes).digest('base64')}:`,
    'content-disposition': `attachment; filename="pismo.pdf"`
  }
}
