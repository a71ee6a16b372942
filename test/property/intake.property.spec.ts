import fc from 'fast-check'
import { pdf, SENDER, World } from '../acceptance/world.js'

describe('taking letters in, in any order and all at once', () => {
  let world: World
  let documents: string[]
  beforeAll(async () => {
    world = await World.start({ GONIEC_ROLE: 'api' })
    documents = []
    for (let n = 0; n < 2; n++) documents.push(await world.api().upload('pismo.pdf', 'application/pdf', pdf()))
  })
  afterAll(() => world.close())

  let run = 0

  const post = async (key: string, document: string) => {
    const response = await fetch(`${world.gateway.url}/v1/letters`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${world.key()}`,
        'content-type': 'application/json',
        'idempotency-key': key
      },
      body: JSON.stringify({
        senderAde: SENDER,
        addressee: { ade: 'AE:PL-30000-40001-URZAD-23' },
        subject: 'Decyzja',
        text: '',
        documents: [document]
      })
    })
    return { status: response.status, body: await response.text() }
  }

  it('one key is one letter with one content, whatever the interleaving', async () => {
    // keys, contents and how many requests are under way together
    const plan = fc.array(
      fc.array(fc.record({ key: fc.integer({ min: 0, max: 2 }), content: fc.integer({ min: 0, max: 1 }) }), {
        minLength: 1,
        maxLength: 6
      }),
      { minLength: 1, maxLength: 4 }
    )
    await fc.assert(
      fc.asyncProperty(plan, async waves => {
        const prefix = `bieg-${run++}`
        const seen = new Map<number, Map<string, Set<number>>>()
        for (const wave of waves) {
          const answers = await Promise.all(
            wave.map(async ({ key, content }) => ({
              key,
              content,
              ...(await post(`${prefix}-${key}`, documents[content]!))
            }))
          )
          for (const { key, content, status, body } of answers) {
            expect([202, 409, 422]).toContain(status)
            if (status !== 202) continue
            const bodies = seen.get(key) ?? new Map<string, Set<number>>()
            seen.set(key, bodies)
            bodies.set(body, (bodies.get(body) ?? new Set()).add(content))
          }
        }
        for (const bodies of seen.values()) {
          // one answer per key, and always to the same content
          expect(bodies.size).toBe(1)
          expect([...bodies.values()][0]!.size).toBe(1)
        }
        const [letters] = await world.sql<{ n: string }>('select count(*) as n from letter where id = any($1)', [
          [...seen.values()].flatMap(bodies => [...bodies.keys()].map(body => (JSON.parse(body) as { id: string }).id))
        ])
        expect(Number(letters!.n)).toBe(seen.size)
        const [all] = await world.sql<{ letters: string; submissions: string }>(
          'select (select count(*) from letter) as letters, (select count(*) from submission) as submissions'
        )
        expect(all!.letters).toBe(all!.submissions)
      }),
      { numRuns: 25 }
    )
  }, 60_000)
})
