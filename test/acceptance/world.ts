import { createHash } from 'node:crypto'
import { mkdtempSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import pg from 'pg'
import type { EvidenceView, LetterView, TimelineEntry } from '#dispatch'
import { startGateway, type Gateway } from '../../apps/gateway/src/gateway.js'
import { ApiClient } from '../../apps/launcher/src/api-client.js'
import { gatewayEnv, provision, type DemoCaller } from '../../apps/launcher/src/world.js'
import { createSandbox } from '../../apps/sandbox/src/sandbox.js'
import { Clock } from '../../libs/platform/src/clock.js'
import { createTestDatabase, type TestDatabase } from '../../libs/platform/src/testing/test-database.js'

/** Longest wait for a fact, in milliseconds: generous, because a wait that ends early costs nothing. */
const PATIENCE_MS = 25_000

type CallerRole = 'sender' | 'auditor' | 'operator'

export const SENDER = 'AE:PL-10000-20001-GMINA-27'

export type Sandbox = Awaited<ReturnType<typeof createSandbox>>

/** What a spec wants otherwise than usual. */
export interface WorldOptions {
  /** A database of the spec's own instead of a clone of the run's template. */
  database?: TestDatabase
  /** Further settings that depend on where the sandbox listens. */
  envFor?: (sandbox: Sandbox) => NodeJS.ProcessEnv | Promise<NodeJS.ProcessEnv>
}

/** Gateway, sandbox and database for one spec file, in this very process, over real sockets. */
export class World {
  private constructor(
    readonly sandbox: Sandbox,
    readonly gateway: Gateway,
    readonly callers: DemoCaller[],
    readonly databaseUrl: string,
    /** Settings that the gateway was started with. */
    readonly env: NodeJS.ProcessEnv,
    private readonly closers: (() => Promise<unknown>)[]
  ) {}

  /** Both time-stamp authorities at once: one of them alone is stood in for by the other. */
  timeStampsAre(mode: 'up' | 'down' | 'hang'): void {
    for (const surface of ['tsa', 'tsa-2'] as const) this.sandbox.faults.set(surface, mode)
  }

  static async start(env: NodeJS.ProcessEnv = {}, options: WorldOptions = {}): Promise<World> {
    const dir = mkdtempSync(join(tmpdir(), 'goniec-world-'))
    const database = options.database ?? (await createTestDatabase())
    const sandbox = await createSandbox({
      port: 0,
      dir: join(dir, 'sandbox'),
      pkiDir: join(tmpdir(), 'goniec-test-pki')
    })
    const callers = await provision(dir, database.url, sandbox.url)
    const complete = {
      ...(await gatewayEnv(dir, database.url, sandbox.url)),
      GONIEC_PORT: '0',
      GONIEC_LOG_LEVEL: 'fatal',
      GONIEC_COLLECT_SHORTEST_SECONDS: '0.2',
      GONIEC_COLLECT_LONGEST_SECONDS: '1',
      GONIEC_RETRY_DELAYS: '1',
      GONIEC_PURDE_SETTLE_MS: '300',
      ...env,
      ...(await options.envFor?.(sandbox))
    }
    const gateway = await startGateway(complete)
    return new World(sandbox, gateway, callers, database.url, complete, [
      () => rm(dir, { recursive: true, force: true }),
      () => database.drop()
    ])
  }

  /** Tenants of this world, in the order of the sandbox. */
  get tenants(): string[] {
    return [...new Set(this.callers.map(caller => caller.tenantId))]
  }

  /** API key of a caller. */
  key(role: CallerRole = 'sender', tenant = 0): string {
    return this.callers.find(c => c.tenantId === this.tenants[tenant] && c.roles.includes(role))!.key
  }

  /** A caller of the API; by default the sender of the first tenant. */
  api(role: CallerRole = 'sender', tenant = 0): ApiClient {
    return new ApiClient(this.gateway.url, this.key(role, tenant))
  }

  /** Uploads a document and sends it to an address; gives the letter's id. */
  async send(to: string | object, document = pdf(), fileName = 'pismo.pdf', extra: object = {}): Promise<string> {
    const api = this.api()
    const type = fileName.endsWith('.pdf') ? 'application/pdf' : 'application/octet-stream'
    const id = await api.upload(fileName, type, document)
    const letter = await api.send(`test-${id}`, {
      senderAde: SENDER,
      addressee: typeof to === 'string' ? { ade: to } : to,
      subject: 'Decyzja',
      text: 'W załączeniu decyzja.',
      documents: [id],
      ...extra
    })
    return letter.id
  }

  async letter(id: string): Promise<LetterView> {
    return (await this.api('auditor').get<LetterView>(`/v1/letters/${id}`)).body
  }

  async timeline(id: string): Promise<TimelineEntry[]> {
    return (await this.api('auditor').get<{ items: TimelineEntry[] }>(`/v1/letters/${id}/timeline`)).body.items
  }

  async evidence(id: string): Promise<EvidenceView[]> {
    return (await this.api('auditor').get<{ items: EvidenceView[] }>(`/v1/letters/${id}/evidence`)).body.items
  }

  /**
   * Moves the world's clock, and waits until the gateway's has followed. Whoever asked for a token in between was
   * refused, because the two clocks were apart, and would sit out the pause that follows a refusal: that is ended here.
   */
  async advance(by: string): Promise<Date> {
    const target = this.sandbox.clock.advance(by)
    const clock = this.gateway.app.get(Clock)
    await until(`the gateway's clock at ${target.toISOString()}`, () => clock.now() >= target)
    await until('jobs from before have ended', async () => {
      const [active] = await this.sql<{ n: string }>(`select count(*) as n from jobs.job where state = 'active'`)
      return active!.n === '0'
    })
    await this.sql(`update jobs.job set start_after = now() where state = 'created' and start_after > now()`)
    return target
  }

  /** Rows as the owner of the database sees them: all of them. */
  async sql<T>(text: string, values: unknown[] = []): Promise<T[]> {
    const client = new pg.Client({ connectionString: this.databaseUrl })
    await client.connect()
    try {
      return (await client.query(text, values)).rows as T[]
    } finally {
      await client.end()
    }
  }

  /** Waits until a letter is as wanted; fails with what it is instead. */
  async until(id: string, wanted: (letter: LetterView) => boolean, patienceMs = PATIENCE_MS): Promise<LetterView> {
    let letter = await this.letter(id)
    const end = performance.now() + patienceMs
    while (!wanted(letter)) {
      if (performance.now() > end)
        throw new Error(
          `the letter never became as wanted: ${JSON.stringify(letter, null, 1)}\n` +
            (await this.timeline(id)).map(entry => `${entry.type} ${JSON.stringify(entry.facts)}`).join('\n')
        )
      await pause(50)
      letter = await this.letter(id)
    }
    return letter
  }

  /** How many letters with our letter id the world took for delivery. */
  taken(letterId: string): number {
    const entries = this.sandbox.ledger.entries({ surface: 'purde', action: 'letter-taken' })
    return entries.filter(entry => (entry['marker'] as { goniec?: string } | undefined)?.goniec === letterId).length
  }

  async close(): Promise<void> {
    this.sandbox.faults.reset()
    await this.gateway.close()
    await this.sandbox.close()
    for (const closer of this.closers) await closer()
  }
}

/** Waits for a fact, looking again and again; fails when it does not come true. */
export async function until(fact: string, isTrue: () => boolean | Promise<boolean>): Promise<void> {
  const end = performance.now() + PATIENCE_MS
  while (!(await isTrue())) {
    if (performance.now() > end) throw new Error(`never became true: ${fact}`)
    await pause(50)
  }
}

/** A small PDF, different each time, so that every letter has bytes of its own. */
export function pdf(text = Math.random().toString(36)): Buffer {
  const stream = `BT /F1 12 Tf 72 700 Td (${text}) Tj ET`
  const objects = [
    '<< /Type /Catalog /Pages 2 0 R >>',
    '<< /Type /Pages /Kids [3 0 R] /Count 1 >>',
    '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>',
    `<< /Length ${stream.length} >>\nstream\n${stream}\nendstream`,
    '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>'
  ]
  let body = '%PDF-1.7\n'
  const offsets = objects.map((object, index) => {
    const at = body.length
    body += `${index + 1} 0 obj\n${object}\nendobj\n`
    return at
  })
  const table = offsets.map(at => `${String(at).padStart(10, '0')} 00000 n \n`).join('')
  const id = createHash('sha256').update(text).digest('hex').slice(0, 32)
  return Buffer.from(
    `${body}xref\n0 6\n0000000000 65535 f \n${table}trailer\n` +
      `<< /Size 6 /Root 1 0 R /ID [<${id}> <${id}>] >>\nstartxref\n${body.length}\n%%EOF\n`,
    'latin1'
  )
}
