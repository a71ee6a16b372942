import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv } from 'ajv'
import { parse } from 'yaml'
import { OutboundHttp, SystemClock, UuidV7, type HttpExchange } from '#platform'
import { FakeUaApi } from '../../../test/fake-ua-api.js'
import type { SealedPart } from '../../provider.js'
import { divideParts, draftOf } from './draft.js'
import { UaApiClient } from './ua-api.client.js'

interface Parameter {
  name: string
  in: string
  schema: { enum?: string[]; type?: string; maximum?: number }
}
interface Contract {
  paths: Record<string, Record<string, { parameters?: Parameter[] }>>
  components: { schemas: Record<string, { properties?: Record<string, unknown>; required?: string[] }> }
}

const file = join(process.env.GONIEC_SHARED ?? '../shared', 'contracts/uaapi_3.0.8.2.yaml')
const here = existsSync(file)
if (!here) console.warn(`SKIPPED: requests against the contract of UA API (${file} is not here)`)
const test = here ? it : it.skip

const ADE = 'AE:PL-10000-20001-GMINA-27'

describe('requests to UA API 3.0.8.2', () => {
  test('have paths, queries and bodies that the official contract describes', async () => {
    const contract = parse(readFileSync(file, 'utf8')) as Contract
    const operator = new FakeUaApi(() => new Date('2026-03-02T10:00:00Z'))
    const exchanges: HttpExchange[] = []
    const http = new OutboundHttp({ baseUrl: await operator.open(), onExchange: exchange => exchanges.push(exchange) })
    const clock = new SystemClock()
    const ids = new UuidV7(clock)
    const client = new UaApiClient(http, { tokenFor: () => Promise.resolve({ kind: 'token', token: 't' }) }, clock, ids)
    const part = (fileName: string, bytes: Buffer): SealedPart => ({
      fileName,
      mediaType: 'application/pdf',
      size: bytes.length,
      sha256: createHash('sha256').update(bytes).digest('hex'),
      sha3_512: createHash('sha3-512').update(bytes).digest('hex'),
      async *open() {
        yield await Promise.resolve(bytes)
      }
    })
    const parcel = {
      letterId: 'l',
      senderAde: ADE,
      recipientAde: 'AE:PL-30000-40002-ODBIE-32',
      subject: 'Decyzja',
      text: 'W załączeniu.',
      reference: 'ABC.1.2026',
      threadId: 'thread',
      parts: [part('a.pdf', Buffer.alloc(10, 1)), part('b.pdf', Buffer.alloc(200, 2))]
    }
    try {
      const { inline, uploads } = divideParts(parcel.parts, 100)
      const created = await client.createDraft(ADE, await draftOf(parcel, inline, ids))
      const draftId = created.kind === 'ok' ? created.value.messageId : 'none'
      const page = { offset: 0, limit: 100 }
      const results = [
        created,
        await client.upload(ADE, draftId, uploads[0]!),
        await client.draft(ADE, draftId, 'full'),
        await client.draft(ADE, draftId, 'metadata'),
        await client.drafts(ADE, page),
        await client.sendDraft(ADE, draftId)
      ]
      const sent = results.at(-1) as { value: { messageTaskId: string } }
      const message = operator.outbox[0]!.id
      operator.evidence.push({ id: 'e', messageId: message, type: 'A.1', bytes: Buffer.from('x'), downloaded: false })
      results.push(
        await client.taskStatus(ADE, sent.value.messageTaskId),
        await client.taskResult(ADE, sent.value.messageTaskId),
        await client.messages(ADE, 'OUTBOX', page),
        await client.messages(ADE, 'SENT', page),
        await client.fullMessages(ADE, [message]),
        await client.newEvidence(ADE),
        await client.evidenceOf(ADE, message),
        await client.downloadEvidence(ADE, 'e')
      )
      expect(results.map(result => result.kind)).toEqual(results.map(() => 'ok'))
    } finally {
      http.close()
      operator.close()
    }

    const paths = Object.keys(contract.paths)
    expect(operator.targets.length).toBe(exchanges.length)
    for (const target of operator.targets) {
      const [method, rest] = target.split(' /api/v3') as [string, string]
      const url = new URL(rest, 'http://x')
      // The most literal template wins, as in OpenAPI: `/drafts/send` before `/drafts/{messageId}`.
      const template = paths.filter(path => fits(path, url.pathname)).sort((a, b) => braces(a) - braces(b))[0]
      const operation = template === undefined ? undefined : contract.paths[template]?.[method.toLowerCase()]
      expect(operation ? 'described' : `not in the contract: ${target}`).toBe('described')
      for (const [name, value] of url.searchParams) {
        const parameter = operation?.parameters?.find(one => one.in === 'query' && one.name === name)
        expect(parameter ? 'described' : `no parameter ${name} at ${template}`).toBe('described')
        const { enum: values, type, maximum } = parameter!.schema
        if (values) expect(values).toContain(value)
        if (type === 'integer') expect(Number(value)).toBeLessThanOrEqual(maximum ?? Infinity)
      }
    }

    const { schemas } = contract.components
    // Objects of the contract are open; closed, they also catch a field that we misspell.
    for (const schema of Object.values(schemas))
      if (schema.properties && !('additionalProperties' in schema))
        Object.assign(schema, { additionalProperties: false })
    const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: false })
    ajv.addSchema({ $id: 'contract', components: contract.components })
    const faults = (schema: string, body: unknown) => {
      const validate = ajv.compile(
        JSON.parse(JSON.stringify(schemas[schema]).replaceAll('"#/', '"contract#/')) as Record<string, unknown>
      )
      return validate(body) ? [] : validate.errors
    }
    const bodyOf = (pathTemplate: string): unknown => {
      const body = exchanges.find(one => one.method === 'POST' && one.pathTemplate === pathTemplate)?.requestBody
      return JSON.parse(body!.toString())
    }
    const draft = bodyOf('/{ade}/drafts') as Record<string, unknown>
    expect(faults('Message', draft)).toEqual([])
    expect(faults('Message', { ...draft, textbody: '' })).not.toEqual([])
    expect(faults('SendDraft', bodyOf('/{ade}/drafts/send'))).toEqual([])
  })
})

const braces = (path: string) => path.split('{').length

function fits(template: string, path: string): boolean {
  return new RegExp(`^${template.replace(/\{\w+\}/g, '[^/]+')}$`).test(path)
}
