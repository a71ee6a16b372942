import { pdf, World } from './world.js'

describe('a letter that is delivered', () => {
  let world: World
  beforeAll(async () => (world = await World.start()))
  afterAll(() => world.close())

  it('goes the whole way to a public body, which receives on arrival', async () => {
    const id = await world.send('AE:PL-30000-40001-URZAD-23')
    const letter = await world.until(id, l => l.progress === 'archived')

    expect(letter.legalStatus).toBe('delivered')
    expect(world.taken(id)).toBe(1)
    const evidence = await world.evidence(id)
    const kinds = evidence.map(item => item.kind)
    expect(kinds).toEqual(expect.arrayContaining(['A.1', 'D.1', 'E.1', 'BP.WX', 'BP.OX']))
    expect(evidence.every(item => item.indication === 'PASSED')).toBe(true)
    // the moment of delivery is the one that the proof of receipt states, to the second
    const receipt = evidence.find(item => item.kind === 'BP.OX')!
    expect(letter.deliveredAt).toBe(new Date(receipt.facts!['receivedAt'] as string).toISOString())
    // no 14-day rule towards a public body
    expect(letter.expectedDelivery).toBeNull()
  })

  it('tells its way in order, each step once', async () => {
    const id = await world.send('AE:PL-30000-40002-ODBIE-32')
    await world.until(id, l => l.progress === 'archived')
    const types = (await world.timeline(id)).map(entry => entry.type)
    const steps = types.filter(type => type !== 'EvidenceReceived' && type !== 'DeliveryExpected')
    expect(steps).toEqual([
      'LetterAccepted',
      'LetterSealed',
      'AddresseeFound',
      'ChannelChosen',
      'AttemptStarted',
      'LetterHandedOver',
      'LetterArchived'
    ])
  })

  it('keeps the earlier bytes of a sealed PDF and everything else beside its signature', async () => {
    const original = pdf()
    const id = await world.send('AE:PL-30000-40001-URZAD-23', original)
    const letter = await world.until(id, l => l.sealedDocuments.length > 0)
    const sealed = await world.api('auditor').bytes(`/v1/letters/${id}/documents/${letter.sealedDocuments[0]!.id}`)
    expect(sealed.subarray(0, original.length).equals(original)).toBe(true)
    expect(sealed.length).toBeGreaterThan(original.length)

    const text = Buffer.from('zwykły tekst')
    const other = await world.send('AE:PL-30000-40001-URZAD-23', text, 'notatka.txt')
    const { sealedDocuments } = await world.until(other, l => l.progress === 'archived')
    expect(sealedDocuments.map(d => d.fileName)).toEqual(['notatka.txt', 'notatka.txt.CAdES'])
  })
})
