import type { LetterSummary } from '#dispatch'
import { startProgram } from '../../apps/launcher/src/program.js'
import { existsSync } from 'node:fs'
import { pdf, SENDER, World } from './world.js'

interface Page {
  items: LetterSummary[]
  nextCursor?: string
}

describe('reading letters', () => {
  let world: World
  let all: string[]
  // nobody works on letters here: 25 of them stay as they were taken in
  beforeAll(async () => {
    world = await World.start({ GONIEC_ROLE: 'api' })
    all = []
    for (let n = 0; n < 25; n++)
      all.push(
        await world.send(n % 5 ? 'AE:PL-30000-40001-URZAD-23' : 'AE:PL-30000-40002-ODBIE-32', pdf(), 'pismo.pdf', {
          reference: `OŚ.${n % 2}`
        })
      )
  })
  afterAll(() => world.close())

  const page = async (query: string) => (await world.api('auditor').get<Page>(`/v1/letters?${query}`)).body
  const pages = async (between: () => Promise<unknown>) => {
    const seen: string[] = []
    let cursor: string | undefined
    do {
      const { items, nextCursor } = await page(`limit=4${cursor ? `&cursor=${cursor}` : ''}`)
      seen.push(...items.map(item => item.id))
      cursor = nextCursor
      if (cursor) await between()
    } while (cursor)
    return seen
  }

  it('goes page by page, newest first, each letter once, also while others come in', async () => {
    const newestFirst = [...all].reverse()
    expect(await pages(async () => undefined)).toEqual(newestFirst)
    const later: string[] = []
    const seen = await pages(async () => later.push(await world.send('AE:PL-30000-40001-URZAD-23')))
    expect(seen).toEqual(newestFirst)
    expect(later.length).toBe(6)
    all.push(...later)
    expect((await page('limit=100')).items).toHaveLength(31)
  })

  it('filters', async () => {
    expect((await page('reference=O%C5%9A.1&limit=100')).items).toHaveLength(12)
    expect((await page('progress=accepted&limit=100')).items).toHaveLength(all.length)
    expect((await page('progress=archived')).items).toEqual([])
    expect((await page('legalStatus=delivered')).items).toEqual([])
    expect((await page(`senderAde=${SENDER}&limit=100`)).items).toHaveLength(all.length)
    const search = await world
      .api('auditor')
      .json<Page>('POST', '/v1/letters/search', Buffer.from('{"addresseeAde":"AE:PL-30000-40002-ODBIE-32"}'), {
        'content-type': 'application/json'
      })
    expect(search.body.items.map(item => item.id).sort()).toEqual(all.filter((_, n) => n < 25 && n % 5 === 0).sort())
    const middle = (await world.letter(all[10]!)).createdAt
    const from = (await page(`createdFrom=${middle}&limit=100`)).items.map(item => item.id)
    const to = (await page(`createdTo=${middle}&limit=100`)).items.map(item => item.id)
    expect(from).toContain(all[10])
    expect(to).not.toContain(all[10])
    expect([...from, ...to].sort()).toEqual([...all].sort())
  })

  it.each([
    'limit=0',
    'limit=101',
    'limit=x',
    'cursor=abc',
    'progress=lost',
    'createdFrom=wczoraj',
    'addresseeAde=x',
    'x=1'
  ])('refuses a question that it does not understand: %s', async query => {
    const { status, body } = await world.api('auditor').get<{ code: string }>(`/v1/letters?${query}`)
    expect([status, body.code]).toEqual([400, 'gateway/query-invalid'])
  })
})

describe('what may be read of a letter', () => {
  let world: World
  beforeAll(async () => (world = await World.start()))
  afterAll(() => world.close())

  it('a timeline in order, papers and evidence, and no personal data in the numbers', async () => {
    const original = pdf()
    const id = await world.send({ pesel: '91821110072' }, original)
    const letter = await world.until(id, l => l.progress === 'archived')
    const timeline = await world.timeline(id)
    expect(timeline.map(entry => entry.seq)).toEqual(timeline.map((_, index) => index + 1))
    const recorded = timeline.map(entry => Date.parse(entry.recordedAt))
    expect(recorded).toEqual([...recorded].sort((a, b) => a - b))
    expect(JSON.stringify(timeline)).not.toMatch(/91821110072|AE:PL|Odbierająca|Decyzja/i)
    const auditor = world.api('auditor')
    const paper = `/v1/letters/${id}/documents/${letter.documents[0]!.id}`
    expect((await auditor.bytes(paper)).equals(original)).toBe(true)
    const [proof] = await world.evidence(id)
    expect((await auditor.bytes(`/v1/letters/${id}/evidence/${proof!.id}`)).toString()).toContain('<')
    for (const path of [paper, `/v1/letters/${id}`, `/v1/letters/${id}/evidence/${proof!.id}`])
      expect((await world.api('auditor', 1).get(path)).status).toBe(404)
    // papers and evidence of one letter are not found under another
    const other = await world.send('AE:PL-30000-40001-URZAD-23')
    expect((await auditor.get(paper.replace(id, other))).status).toBe(404)
    expect((await auditor.get(`/v1/letters/${other}/evidence/${proof!.id}`)).status).toBe(404)

    const metrics = await (await fetch(`${world.gateway.url}/metrics`)).text()
    const ours = metrics.split('\n').filter(line => line.startsWith('goniec_'))
    expect(ours.length).toBeGreaterThan(0)
    expect(metrics).not.toContain('AE:PL')
    expect(ours.map(line => line.replace(/ \S+$/, '')).filter(line => /\d{10}|[0-9a-f]{8}-/.test(line))).toEqual([])
  })
})

const built = existsSync('dist/apps/gateway/src/main.js')
if (!built) console.warn('SKIPPED: no build in dist/, the log of the gateway as a program is not looked at')

;(built ? describe : describe.skip)('the log of a gateway', () => {
  let world: World
  beforeAll(async () => (world = await World.start({ GONIEC_ROLE: 'api' })))
  afterAll(() => world.close())

  it('names nobody, whatever happens to a letter', async () => {
    const lines: string[] = []
    const { HOME, PATH } = process.env
    const worker = await startProgram(
      'dist/apps/gateway/src/main.js',
      'gateway',
      { HOME, PATH, ...world.env, GONIEC_ROLE: 'all', GONIEC_LOG_LEVEL: 'debug' },
      line => lines.push(line)
    )
    try {
      world.sandbox.faults.set('bae', 'down')
      const secret = { subject: 'Tajny tytuł sprawy', text: 'Tajna treść', reference: 'OŚ.TAJNA.1' }
      const ids = [await world.send({ pesel: '91821110072' }, pdf(), 'Tajne-pismo.pdf', secret)]
      await world.until(ids[0]!, l => l.waiting !== null)
      world.sandbox.faults.set('bae', 'up')
      ids.push(
        await world.send({ pesel: '97881710492' }, pdf(), 'Tajne-pismo.pdf', secret),
        await world.send('AE:PL-30000-40013-PELNA-30', pdf(), 'Tajne-pismo.pdf', secret),
        await world.send('AE:PL-30000-40015-FALSZ-25', pdf(), 'Tajne-pismo.pdf', secret)
      )
      for (const id of ids) await world.until(id, l => ['archived', 'held'].includes(l.progress))
      await fetch(`${worker.url}/v1/letters?senderAde=AE:PL-1`, { headers: { authorization: `Bearer ${world.key()}` } })
      await fetch(`${worker.url}/v1/letters/${ids[0]}`, {
        headers: { authorization: `Bearer ${world.key('auditor')}` }
      })
      await fetch(`${worker.url}/v1/letters`, { headers: { authorization: 'Bearer gnc_x' } })
    } finally {
      await worker.stop()
    }
    const log = lines.join('\n')
    // it did write something down, and the request by its route
    expect(log).toContain('/v1/letters/:letterId')
    for (const word of [
      '91821110072',
      '97881710492',
      'AE:PL',
      'Odbieraj',
      'ODBIERAJ',
      'Tajn',
      'TAJN',
      'gnc_',
      'Bearer'
    ])
      expect([word, lines.filter(line => line.includes(word))]).toEqual([word, []])
  }, 90_000)
})
