import type { NestFastifyApplication } from '@nestjs/platform-fastify'
import { startTestApp, World } from './testing/test-app.js'

// the document is looked into freely; its types would only repeat the expectations
// eslint-disable-next-line @typescript-eslint/no-explicit-any
type Json = Record<string, any>

describe('the description of the API', () => {
  let app: NestFastifyApplication
  let api: Json

  beforeAll(async () => {
    app = await startTestApp(new World())
    api = (await app.inject({ url: '/openapi.json' })).json()
  })
  afterAll(() => app.close())

  const operations = () =>
    Object.entries<Json>(api.paths).flatMap(([path, item]) =>
      Object.entries<Json>(item).map(([method, operation]) => ({ name: `${method} ${path}`, operation }))
    )

  it('is OpenAPI 3.1 and knows every route of the interface', () => {
    expect(api.openapi).toBe('3.1.0')
    expect(
      operations()
        .map(({ name }) => name)
        .sort()
    ).toEqual([
      'get /livez',
      'get /readyz',
      'get /v1/documents/{documentId}',
      'get /v1/documents/{documentId}/content',
      'get /v1/letters',
      'get /v1/letters/{letterId}',
      'get /v1/letters/{letterId}/documents/{documentId}',
      'get /v1/letters/{letterId}/evidence',
      'get /v1/letters/{letterId}/evidence/{evidenceId}',
      'get /v1/letters/{letterId}/timeline',
      'get /v1/seal-batches',
      'get /v1/seal-batches/{batchId}',
      'get /v1/seal-batches/{batchId}/download',
      'get /v1/seal-batches/{batchId}/events',
      'get /v1/seal-batches/{batchId}/items',
      'get /v1/seal-batches/{batchId}/items/{position}/content',
      'get /v1/seal-profiles',
      'get /v1/seal-uses',
      'get /v1/seals/{sealId}',
      'post /v1/documents',
      'post /v1/letters',
      'post /v1/letters/search',
      'post /v1/letters/{letterId}/cancellation',
      'post /v1/seal-batches',
      'post /v1/seal-batches/{batchId}/cancellation',
      'post /v1/seal-batches/{batchId}/decision',
      'post /v1/seals',
      'post /v1/validations'
    ])
  })

  it('names for every guarded operation a credential, and problems with codes and both languages', () => {
    for (const { name, operation } of operations().filter(({ name }) => name.includes('/v1/'))) {
      expect([name, operation.security]).toEqual([name, [{ bearer: [] }]])
      for (const status of ['401', '403', '500', '503']) {
        const { schema, examples } = operation.responses[status].content['application/problem+json']
        expect(schema).toEqual({ $ref: '#/components/schemas/ProblemAnswer' })
        for (const [code, { value }] of Object.entries<Json>(examples)) {
          expect(value).toMatchObject({ code, status: Number(status) })
          expect(value.pl).not.toBe(value.en)
        }
      }
    }
  })

  it('has no empty schema and no dangling reference', () => {
    const references = [...JSON.stringify(api).matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g)].map(
      ([, name]) => name!
    )
    expect(references.length).toBeGreaterThan(10)
    for (const name of references) expect(Object.keys(api.components.schemas)).toContain(name)
    for (const [name, schema] of Object.entries<Json>(api.components.schemas))
      expect([name, Object.keys(schema.properties ?? {}).length > 0]).toEqual([name, true])
    for (const { name, operation } of operations()) {
      const [ok] = Object.entries<Json>(operation.responses).filter(([status]) => status.startsWith('2'))
      expect([name, Object.keys(ok![1].content).length > 0]).toEqual([name, true])
    }
  })

  it('says of a new letter what is required and how long', () => {
    const { NewLetterDto } = api.components.schemas
    expect(NewLetterDto.required.sort()).toEqual(['addressee', 'documents', 'senderAde', 'subject', 'text'])
    expect(NewLetterDto.properties.subject).toMatchObject({ minLength: 1, maxLength: 255 })
    expect(NewLetterDto.properties.documents).toMatchObject({ minItems: 1, maxItems: 50 })
  })

  it('can be tried on a page of which everything comes from here, under a strict policy', async () => {
    const page = await app.inject({ url: '/docs' })
    expect(page.statusCode).toBe(200)
    expect(page.body).not.toMatch(/(src|href)=["']https?:/)
    expect(page.body).not.toMatch(/<script(?![^>]*\bsrc=)[^>]*>\s*\S/)
    const policy = String(page.headers['content-security-policy'])
    expect(policy).not.toContain('unsafe-inline')
    expect(policy).toMatch(/style-src 'self' 'sha256-/)
    for (const [, asset] of page.body.matchAll(/(?:src|href)=["']\.\/([^"']+)["']/g)) {
      const answer = await app.inject({ url: `/${asset}` })
      expect([asset, answer.statusCode]).toEqual([asset, 200])
    }
  })
})
