import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What goes wrong with one request: before or after the operator acted on it. */
export type Fault =
  | 'cut-before'
  | 'cut-after'
  | 'hang-before'
  | 'hang-after'
  | 'busy'
  | 'unavailable'
  | 'bad-gateway-after'
  | 'garbage-after'
  | 'unauthorised'

interface StoredFile {
  readonly filename: string
  readonly size: number
  readonly hash: string
}

interface Stored {
  readonly id: string
  readonly metadata: Record<string, unknown> & { to: { eDeliveryAddress: string }[] }
  readonly attachments: StoredFile[]
}

interface Reply {
  readonly status: number
  readonly body?: unknown
  readonly bytes?: Buffer
}

const no = (error: string, error_description: string): Reply => ({ status: 400, body: [{ error, error_description }] })
const ok = (body: unknown, status = 200): Reply => ({ status, body })

/**
 * A small operator on a real socket: drafts, sending tasks, OUTBOX and SENT, evidence. It keeps the one rule all rests
 * on: sending consumes a draft. It shares no code with the client.
 */
export class FakeUaApi {
  /** Decides about faults; gets the running number of the request and what it is. */
  plan: (call: { n: number; what: string }) => Fault | undefined = () => undefined
  /** Whether `additionalData` comes back: not known of the real operator. */
  echoesMarker = true
  mailboxFull = false
  /** Tasks stay PENDING for this many looks. */
  slowness = 0
  readonly drafts = new Map<string, Stored>()
  readonly outbox: Stored[] = []
  readonly sent: Stored[] = []
  /** Messages that are in a list still, and nowhere else any more. */
  readonly gone = new Set<string>()
  readonly evidence: { id: string; messageId: string; type: string; bytes: Buffer | undefined; downloaded: boolean }[] =
    []
  readonly calls: string[] = []
  /** The same calls as they came: path with address and query. */
  readonly targets: string[] = []
  /** Recipients for whom the task fails. */
  readonly refusing = new Set<string>()
  private readonly tasks = new Map<string, { looks: number; line: unknown; message?: Stored }>()
  private serial = 0
  private server: Server | undefined

  constructor(private readonly now: () => Date) {}

  async open(): Promise<string> {
    this.server = createServer((request, response) => void this.serve(request, response))
    await new Promise<void>(resolve => this.server!.listen(0, '127.0.0.1', resolve))
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/api/v3`
  }

  close(): void {
    this.server?.closeAllConnections()
    this.server?.close()
  }

  /** Letters the operator took to be sent, by the marker in them. */
  taken(letterId: string): number {
    const all = [...this.outbox, ...this.sent]
    return all.filter(message => (message.metadata['additionalData'] as { goniec: string }).goniec === letterId).length
  }

  /** A sending request that was under way somewhere reaches the operator only now. */
  arrivesLate(draftId: string): void {
    this.send(draftId)
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = []
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk)
    const url = new URL(request.url ?? '', 'http://x')
    const path = decodeURIComponent(url.pathname).replace(/^\/api\/v3\/AE:[^/]+/, '')
    const what = `${request.method} ${path}`
    this.calls.push(what)
    this.targets.push(`${request.method} ${request.url}`)
    const fault = this.plan({ n: this.calls.length, what })
    if (fault === 'cut-before') return void response.destroy()
    if (fault === 'hang-before') return
    if (fault === 'busy') return void response.writeHead(429, { 'retry-after': '0' }).end()
    if (fault === 'unavailable') return void response.writeHead(503, { 'retry-after': '2' }).end()
    if (fault === 'unauthorised') return void response.writeHead(401).end()
    const reply = this.act(request, what, url.searchParams, Buffer.concat(chunks))
    if (fault === 'cut-after') return void response.destroy()
    if (fault === 'hang-after') return
    if (fault === 'bad-gateway-after') return void response.writeHead(502).end()
    if (fault === 'garbage-after') return void response.writeHead(200).end('<html>maintenance</html>')
    if (reply.bytes) response.writeHead(reply.status, { 'content-type': 'application/xml' }).end(reply.bytes)
    else response.writeHead(reply.status, { 'content-type': 'application/json' }).end(JSON.stringify(reply.body))
  }

  private act(request: IncomingMessage, what: string, query: URLSearchParams, body: Buffer): Reply {
    const id = what.split('/').at(-1)!
    if (what === 'POST /drafts') return this.createDraft(JSON.parse(body.toString()) as Record<string, unknown>)
    if (what === 'POST /drafts/send') return this.send((JSON.parse(body.toString()) as { messageId: string }).messageId)
    if (what === 'GET /drafts') return this.page([...this.drafts.values()], query)
    if (what.startsWith('GET /drafts/')) {
      const draft = this.drafts.get(id)
      return draft ? ok(this.show(draft, query.get('format') === 'full')) : no('NOT_FOUND', 'Nie znaleziono.')
    }
    if (what.startsWith('POST /') && what.endsWith('/attachments/upload')) return this.upload(what, request, body)
    if (what === 'GET /messages') return this.page(query.get('label') === 'OUTBOX' ? this.outbox : this.sent, query)
    if (what.startsWith('GET /messages/tasks/')) return this.task(what)
    if (what === 'GET /messages/evidences') return this.listEvidence(item => !item.downloaded)
    if (/^GET \/messages\/[^/]+\/evidences$/.test(what)) {
      const messageId = what.split('/')[2]
      return this.listEvidence(item => item.messageId === messageId)
    }
    if (what.startsWith('GET /evidences/purde/')) {
      const item = this.evidence.find(one => one.id === id)
      if (!item?.bytes) return no('NOT_FOUND', 'Nie znaleziono dowodu.')
      item.downloaded = true
      return { status: 200, bytes: item.bytes }
    }
    if (what.startsWith('GET /messages/')) {
      const here = [...this.outbox, ...this.sent].filter(message => !this.gone.has(message.id))
      const found = id.split(',').map(one => here.find(message => message.id === one))
      return found.every(message => message)
        ? ok(found.map(message => this.show(message!, true)))
        : no('NOT_FOUND', '?')
    }
    return { status: 404, body: {} }
  }

  private createDraft(body: Record<string, unknown>): Reply {
    const metadata = body['messageMetadata'] as Stored['metadata']
    const files = (body['attachments'] ?? []) as { file: { fileMetadata: StoredFile; file: string } }[]
    for (const { file } of files) {
      const bytes = Buffer.from(file.file, 'base64')
      const hash = createHash('sha3-512').update(bytes).digest('hex')
      if (bytes.length !== file.fileMetadata.size || hash !== file.fileMetadata.hash)
        return no('ATTACHMENT', 'Skrót załącznika się nie zgadza.')
    }
    const attachments = files.map(({ file: { fileMetadata } }) => {
      const { filename, size, hash } = fileMetadata
      return { filename, size, hash }
    })
    const id = `draft-${++this.serial}`
    this.drafts.set(id, { id, metadata: { ...metadata, timestamp: this.now().toISOString() }, attachments })
    return ok({ messageId: id })
  }

  private upload(what: string, request: IncomingMessage, body: Buffer): Reply {
    const draft = this.drafts.get(what.split('/')[1]!)
    const boundary = /boundary=(\S+)/.exec(request.headers['content-type'] ?? '')?.[1]
    if (!draft || !boundary) return no('NOT_FOUND', 'Nie znaleziono.')
    const parts = body.toString('latin1').split(`--${boundary}`).slice(1, -1)
    const field = (name: string) => parts.find(part => part.includes(`name="${name}"`))?.split('\r\n\r\n')
    const bytes = Buffer.from(field('file')!.slice(1).join('\r\n\r\n').slice(0, -2), 'latin1')
    const filename = field('filename')![1]!.slice(0, -2)
    if (String(bytes.length) !== field('size')![1]!.slice(0, -2)) return no('ATTACHMENT', 'Zły rozmiar załącznika.')
    if (draft.attachments.some(file => file.filename === filename)) return no('ATTACHMENT', 'Nazwa się powtarza.')
    const hash = createHash('sha3-512').update(bytes).digest('hex')
    draft.attachments.push({ filename, size: bytes.length, hash })
    return ok({ attachmentId: `file-${++this.serial}` })
  }

  private send(draftId: string): Reply {
    if (this.mailboxFull) return no('MAILBOX_FULL', 'W skrzynce nadawcy brak wolnego miejsca.')
    const draft = this.drafts.get(draftId)
    if (!draft) return no('NOT_FOUND', 'Nie ma takiej wersji roboczej.')
    this.drafts.delete(draftId)
    const messageTaskId = `task-${++this.serial}`
    const recipient = draft.metadata.to[0]!
    if (this.refusing.has(recipient.eDeliveryAddress)) {
      const line = { addressee: recipient, error: 'E1', error_description: 'Adresat nie istnieje, PESEL 44051401359.' }
      this.tasks.set(messageTaskId, { looks: 0, line })
      this.drafts.set(`draft-${++this.serial}`, draft)
    } else {
      const message = { ...draft, id: `PPSA-E-${++this.serial}` }
      this.outbox.unshift(message)
      this.tasks.set(messageTaskId, { looks: 0, line: { messageId: message.id, addressee: recipient }, message })
    }
    return ok({ messageTaskId }, 202)
  }

  private task(what: string): Reply {
    const [, , , id, status] = what.split('/')
    const task = this.tasks.get(id!)
    if (!task) return no('NOT_FOUND', 'Nie ma takiego zadania.')
    if (!status) return ok([task.line])
    task.looks += 1
    const finished = task.looks > this.slowness
    if (finished && task.message && this.outbox.includes(task.message)) {
      this.outbox.splice(this.outbox.indexOf(task.message), 1)
      this.sent.unshift(task.message)
    }
    return ok({ messageTaskStatus: finished ? 'FINISHED' : 'PENDING' })
  }

  private page(all: readonly Stored[], query: URLSearchParams): Reply {
    const offset = Number(query.get('offset') ?? 0)
    const rows = all.slice(offset, offset + Number(query.get('limit') ?? 20))
    return ok({ messages: rows.map(row => this.show(row, false)), total: all.length, resultSize: rows.length })
  }

  private show({ id, metadata, attachments }: Stored, full: boolean): unknown {
    const { additionalData, ...rest } = metadata
    const files = attachments.map((fileMetadata, n) => ({ order: n + 1, file: { fileMetadata } }))
    return {
      messageMetadata: { ...rest, messageId: id, ...(full && this.echoesMarker && { additionalData }) },
      ...(full && { attachments: files })
    }
  }

  private listEvidence(wanted: (item: FakeUaApi['evidence'][number]) => boolean): Reply {
    const evidences = this.evidence.filter(wanted).map(({ id, messageId, type, downloaded }) => {
      return { evidenceId: id, messageId, type, downloaded, eventDate: '2026-03-02T10:00:00Z' }
    })
    return ok({ evidences })
  }
}
