import { createHash } from 'node:crypto'
import type { EvidenceView } from '#dispatch'
import { until, World } from './world.js'

const ODBIE = 'AE:PL-30000-40002-ODBIE-32'
const DUBEL = 'AE:PL-30000-40007-DUBEL-28'
const OBCYD = 'AE:PL-30000-40014-OBCYD-30'
const FALSZ = 'AE:PL-30000-40015-FALSZ-25'

describe('evidence', () => {
  let world: World
  beforeAll(async () => (world = await World.start()))
  afterAll(() => world.close())

  const delivered = async (ade: string) => {
    const id = await world.send(ade)
    return world.until(id, l => l.progress === 'archived')
  }
  const issuedFor = (messageId: string) =>
    world.sandbox.ledger.entries({ action: 'evidence-issued', where: { messageId } })
  const provenKinds = (evidence: EvidenceView[]) =>
    [...new Set(evidence.filter(item => item.indication === 'PASSED').map(item => item.provenKind))].sort()

  it('is kept byte for byte as the world issued it, and handed out so to an auditor', async () => {
    const { id, messageId } = await delivered(ODBIE)
    const issued = issuedFor(messageId!).map(entry => entry['sha256'])
    expect(issued.length).toBeGreaterThan(3)
    await until('all evidence is here', async () => (await world.evidence(id)).length >= issued.length)
    const evidence = await world.evidence(id)
    expect(evidence.map(item => item.sha256).sort()).toEqual([...issued].sort())
    for (const item of evidence) {
      const bytes = await world.api('auditor').bytes(`/v1/letters/${id}/evidence/${item.id}`)
      expect(createHash('sha256').update(bytes).digest('hex')).toBe(item.sha256)
      expect(bytes).toHaveLength(item.size)
    }
  })

  it('counts the same when it comes twice, anew and in disorder', async () => {
    const plain = await delivered(ODBIE)
    const mixed = await delivered(DUBEL)
    await until('all evidence is here', async () => (await world.evidence(mixed.id)).length >= 8)
    const [one, other] = [await world.evidence(plain.id), await world.evidence(mixed.id)]
    expect(other.length).toBe(one.length + 2)
    expect(other.every(item => item.indication === 'PASSED')).toBe(true)
    expect(other.filter(item => item.kind === 'A.1')).toHaveLength(3)
    expect(provenKinds(other)).toEqual(provenKinds(one))
    const letter = await world.letter(mixed.id)
    expect(letter.legalStatus).toBe(plain.legalStatus)
    const receipt = other.find(item => item.kind === 'BP.OX')!
    expect(letter.deliveredAt).toBe(new Date(receipt.facts!['receivedAt'] as string).toISOString())
    expect(Date.parse(letter.dispatchedAt!)).toBeLessThanOrEqual(Date.parse(letter.deliveredAt!) + 1000)
    // the list was in disorder indeed: what was delivered came before what was dispatched
    const kinds = issuedFor(mixed.messageId!).map(entry => entry['type'])
    expect(kinds.indexOf('BP.OX')).toBeLessThan(kinds.indexOf('A.1'))
  })

  it('of a stranger’s letter is kept, and touches no letter of ours', async () => {
    const { id, legalStatus, messageId } = await delivered(OBCYD)
    expect(legalStatus).toBe('delivered')
    const [flawed] = world.sandbox.ledger
      .entries({ action: 'evidence-issued' })
      .filter(entry => entry['flaw'] === 'of-unknown-message')
    const unknown = flawed!['messageId'] as string
    expect(unknown).not.toBe(messageId)
    const orphans = () =>
      world.sql<{ sha256: string; checks: string }>(
        `select encode(e.sha256, 'hex') as sha256,
                (select count(*) from evidence_check c where c.evidence_id = e.id) as checks
           from evidence e where e.message_id = $1`,
        [unknown]
      )
    await until('the stranger’s evidence is kept', async () => (await orphans()).length === 1)
    expect(await orphans()).toEqual([{ sha256: flawed!['sha256'], checks: '0' }])
    expect((await world.evidence(id)).map(item => item.sha256)).not.toContain(flawed!['sha256'])
  })

  it('that is forged is kept and shown, and proves nothing', async () => {
    const { id, messageId } = await delivered(FALSZ)
    const forged = issuedFor(messageId!).filter(entry => entry['flaw'])
    expect(forged.map(entry => [entry['type'], entry['flaw']])).toEqual([
      ['E.1', 'sealed-by-stranger'],
      ['A.1', 'changed-after-sealing']
    ])
    const evidence = await world.evidence(id)
    for (const { sha256 } of forged) {
      const shown = evidence.find(item => item.sha256 === sha256)!
      expect(shown.indication).not.toBe('PASSED')
      expect(shown.subIndication).toEqual(expect.any(String))
    }
    expect(evidence.filter(item => item.indication !== 'PASSED')).toHaveLength(2)
    // the status moved only with true evidence, and by it alone
    const received = (await world.timeline(id)).filter(entry => entry.type === 'EvidenceReceived')
    for (const { facts } of received) {
      const { before, after } = facts['legalStatus'] as { before: string; after: string }
      if (facts['indication'] !== 'PASSED') expect(after).toBe(before)
    }
    const letter = await world.letter(id)
    const truth = evidence.find(item => item.kind === 'BP.OX')!
    expect([letter.legalStatus, letter.deliveredAt]).toEqual([
      'delivered',
      new Date(truth.facts!['receivedAt'] as string).toISOString()
    ])
  })
})
