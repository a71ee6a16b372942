import { createHash } from 'node:crypto'
import { BlobStore } from '../../libs/letter/src/blob-store.js'
import { Database } from '../../libs/platform/src/database/database.js'
import { tokenOf } from '../../apps/sandbox/test/operator-client.js'
import { pdf, SENDER, World } from './world.js'

const anna = {
  givenName: 'Anna',
  familyName: 'Odbierająca',
  address: { countryCode: 'PL', city: 'Przykładowo', street: 'Polna', buildingNumber: '5', flatNumber: '1' }
}
const office = {
  entityName: 'Urząd Wojewódzki w Przykładowie',
  address: { countryCode: 'PL', city: 'Przykładowo', street: 'Wojewódzka', buildingNumber: '4', postalCode: '00-000' }
}

describe('an addressee who is known by', () => {
  let world: World
  beforeAll(async () => (world = await World.start()))
  afterAll(() => world.close())

  it.each([
    ['NIP', { nip: '999-001-01-88' }, 'AE:PL-30000-40001-URZAD-23', 'delivered'],
    ['REGON', { regon: '990010664' }, 'AE:PL-30000-40001-URZAD-23', 'delivered'],
    ['KRS', { krs: '0009910130' }, 'AE:PL-30000-40012-RELAY-25', 'undelivered'],
    ['PESEL', { pesel: '91821110072' }, 'AE:PL-30000-40002-ODBIE-32', 'delivered'],
    ['names and place', anna, 'AE:PL-30000-40002-ODBIE-32', 'delivered'],
    ['the name of an office and its seat', office, 'AE:PL-30000-40001-URZAD-23', 'delivered'],
    ['an address written small', { ade: 'ae:pl-30000-40002-odbie-32' }, 'AE:PL-30000-40002-ODBIE-32', 'delivered']
  ])('%s gets the letter at the address that BAE knows', async (_what, addressee, ade, legalStatus) => {
    const id = await world.send(addressee)
    const letter = await world.until(id, l => l.progress === 'archived')
    expect([letter.addressee.ade, letter.legalStatus]).toEqual([ade, legalStatus])
    const [taken] = world.sandbox.ledger
      .entries({ action: 'letter-taken' })
      .filter(entry => (entry['marker'] as { goniec: string }).goniec === id)
    expect(taken!['recipient']).toBe(ade)
  })

  it('BAE’s answer is kept byte for byte, with the question that it answers', async () => {
    const id = await world.send({ pesel: '91821110072' })
    await world.until(id, l => l.progress === 'archived')
    const [lookUp] = await world.sql<{ request: string; response: string; http_status: number; operation: string }>(
      `select request_blob_id as request, response_blob_id as response, http_status, operation
         from look_up where letter_id = $1`,
      [id]
    )
    const bytes = (blobId: string) =>
      world.gateway.app
        .get(Database)
        .inTenant(world.tenants[0]!, tx => world.gateway.app.get(BlobStore).readAll(tx, blobId, 1_000_000))
    const [request, response] = [await bytes(lookUp!.request), await bytes(lookUp!.response)]
    expect(JSON.parse(request.toString())).toMatchObject({
      senderEda: SENDER,
      officialIds: [{ id: '91821110072', referenceRegistry: 'pesel' }]
    })
    const again = await fetch(`${world.sandbox.url}/api/se/v4/search/bae_search`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${await tokenOf(world.sandbox, SENDER)}` },
      body: new Uint8Array(request)
    })
    expect([lookUp!.http_status, again.status]).toEqual([200, 200])
    expect(response.equals(Buffer.from(await again.arrayBuffer()))).toBe(true)
  })
})

describe('papers of a letter', () => {
  let world: World
  beforeAll(async () => (world = await World.start()))
  afterAll(() => world.close())

  /** SHA-256 of everything that the world was given as an attachment. */
  const received = () =>
    new Set(world.sandbox.ledger.entries({ action: 'attachment-received' }).map(entry => entry['sha256']))

  it('reach the world as they were sealed, several of several kinds', async () => {
    const api = world.api()
    const files: [string, string, Buffer][] = [
      ['decyzja.pdf', 'application/pdf', pdf()],
      ['uzasadnienie.txt', 'text/plain', Buffer.from('zażółć gęślą jaźń')],
      [
        'załącznik.docx',
        'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
        Buffer.from('PK\x03\x04')
      ]
    ]
    const documents = []
    for (const file of files) documents.push(await api.upload(...file))
    const { id } = await api.send('kilka', {
      senderAde: SENDER,
      addressee: { ade: 'AE:PL-30000-40001-URZAD-23' },
      subject: 'Decyzja',
      text: '',
      documents
    })
    const letter = await world.until(id, l => l.progress === 'archived')
    expect(letter.documents.map(document => document.fileName)).toEqual(files.map(([name]) => name))
    expect(letter.sealedDocuments.map(document => document.fileName)).toEqual([
      'decyzja.pdf',
      'uzasadnienie.txt',
      'uzasadnienie.txt.CAdES',
      'załącznik.docx',
      'załącznik.docx.CAdES'
    ])
    // what is not a PDF goes as it is, and every paper is what the auditor can download
    expect(letter.sealedDocuments[1]!.sha256).toBe(createHash('sha256').update(files[1]![2]).digest('hex'))
    for (const { id: paper, sha256 } of letter.sealedDocuments) {
      expect(received()).toContain(sha256)
      const bytes = await world.api('auditor').bytes(`/v1/letters/${id}/documents/${paper}`)
      expect(createHash('sha256').update(bytes).digest('hex')).toBe(sha256)
    }
  })

  it('of 20 MB are taken, sealed and uploaded', async () => {
    const large = pdf('x'.repeat(20_000_000))
    const id = await world.send('AE:PL-30000-40001-URZAD-23', large)
    const letter = await world.until(id, l => l.progress === 'archived', 80_000)
    const [sealed] = letter.sealedDocuments
    expect(sealed!.size).toBeGreaterThan(large.length)
    expect(received()).toContain(sealed!.sha256)
    expect(letter.legalStatus).toBe('delivered')
  }, 90_000)
})
