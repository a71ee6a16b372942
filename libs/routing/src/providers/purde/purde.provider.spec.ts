import { createHash } from 'node:crypto'
import type { Collected } from '#letter'
import { Clock, OutboundHttp, UuidV7, type BearerTokens } from '#platform'
import {
  deliveryProviderContract,
  drive,
  TestAttempt,
  type ProviderWorld
} from '../../../test/delivery-provider.contract.js'
import { FakeUaApi } from '../../../test/fake-ua-api.js'
import type { SealedParcel, SealedPart } from '../../provider.js'
import { PollingBudget } from './polling-budget.js'
import { PurdeProvider } from './purde.provider.js'
import { UaApiClient } from './ua-api.client.js'

const SENDER = 'AE:PL-10000-20001-GMINA-27'
const RECIPIENT = 'AE:PL-30000-40002-ODBIE-32'
// how long silence is waited out: long enough for an answer on a busy machine
const PATIENCE_MS = 1000
const START = new Date('2026-03-02T10:00:00Z')

class HandClock extends Clock {
  at = START.getTime()
  now(): Date {
    return new Date(this.at)
  }
}

function part(fileName: string, bytes: Buffer): SealedPart {
  return {
    fileName,
    mediaType: 'application/pdf',
    size: bytes.length,
    sha256: createHash('sha256').update(bytes).digest('hex'),
    sha3_512: createHash('sha3-512').update(bytes).digest('hex'),
    async *open() {
      await Promise.resolve()
      for (let at = 0; at < bytes.length; at += 1000) yield bytes.subarray(at, at + 1000)
    }
  }
}

interface PurdeWorld extends ProviderWorld {
  readonly provider: PurdeProvider
  parcel: SealedParcel
  readonly operator: FakeUaApi
  readonly faults: unknown[]
  readonly clock: HandClock
}

async function openWorld(options: { marker: boolean; budget?: number; inlineBytes?: number }): Promise<PurdeWorld> {
  const clock = new HandClock()
  const operator = new FakeUaApi(() => clock.now())
  operator.echoesMarker = options.marker
  const http = new OutboundHttp({
    baseUrl: await operator.open(),
    totalTimeoutMs: PATIENCE_MS,
    circuit: { failures: 1000, openMs: 1000 }
  })
  const tokens: BearerTokens = { tokenFor: () => Promise.resolve({ kind: 'token', token: 't' }) }
  const ids = new UuidV7(clock)
  const perMinute = options.budget ?? 100_000
  const faults: unknown[] = []
  const provider = new PurdeProvider({
    client: new UaApiClient(http, tokens, clock, ids, PATIENCE_MS),
    budget: new PollingBudget(clock, { collect: perMinute, inquire: perMinute }),
    clock,
    ids,
    settings: { taskDelaysMs: [1, 1], settleMs: 60_000, inlineBytes: options.inlineBytes ?? 15_000_000 },
    onFault: fault => faults.push(fault)
  })
  let from = 0
  return {
    provider,
    operator,
    faults,
    clock,
    parcel: {
      letterId: '0195-letter',
      senderAde: SENDER,
      recipientAde: RECIPIENT,
      subject: 'Decyzja w sprawie Anny Przykładowej',
      text: 'W załączeniu decyzja.',
      reference: 'ABC.1.2026',
      parts: [part('decyzja.pdf', Buffer.alloc(3000, 7)), part('zalacznik.pdf', Buffer.from('małe'))]
    },
    taken: () => operator.taken('0195-letter'),
    requests: () => operator.calls.length,
    disturb(plan) {
      from = operator.calls.length
      operator.plan = ({ n }) => plan(n - from)
    },
    refuse: () => operator.refusing.add(RECIPIENT),
    slow: () => (operator.slowness = 6),
    timePasses: () => (clock.at += 61_000),
    secrets: ['Przykładowej', 'załączeniu', 'ABC.1.2026', SENDER, RECIPIENT, '44051401359'],
    close: () => {
      http.close()
      operator.close()
      return Promise.resolve()
    }
  }
}

deliveryProviderContract('PURDE, marker given back', () => openWorld({ marker: true }))
deliveryProviderContract('PURDE, marker not given back', () => openWorld({ marker: false }))
deliveryProviderContract('PURDE with uploads', () => openWorld({ marker: true, inlineBytes: 100 }))

describe('PURDE provider', () => {
  let world: PurdeWorld
  let attempt: TestAttempt
  beforeEach(async () => {
    world = await openWorld({ marker: true })
    attempt = new TestAttempt(world.parcel.letterId, START)
  })
  afterEach(() => world.close())
  const sendTimes = () => world.operator.calls.filter(call => call === 'POST /drafts/send').length

  it('sends what was sealed, with digests, marker and reference', async () => {
    await world.provider.handOver(world.parcel, attempt)
    const [message] = world.operator.sent
    expect(message?.metadata).toMatchObject({
      from: { eDeliveryAddress: SENDER },
      to: [{ eDeliveryAddress: RECIPIENT }],
      subject: world.parcel.subject,
      caseId: 'ABC.1.2026',
      shippingService: 'electronic',
      additionalData: { goniec: '0195-letter' }
    })
    expect(message?.attachments.map(file => file.hash)).toEqual(world.parcel.parts.map(one => one.sha3_512))
  })

  it('uploads what is too large for the draft, byte for byte, and does not upload twice after a lost answer', async () => {
    await world.close()
    world = await openWorld({ marker: true, inlineBytes: 1000 })
    const large = Buffer.from(Array.from({ length: 50_000 }, (_, n) => (n * 31) % 256))
    world.parcel = { ...world.parcel, parts: [part('duzy.zip', large), part('maly.pdf', Buffer.from('x'))] }
    world.operator.plan = ({ n }) => (n === 2 ? 'cut-after' : undefined)
    expect((await world.provider.handOver(world.parcel, attempt)).outcome).toBe('deferred')
    expect((await drive(world, attempt))?.outcome).toBe('accepted')
    expect(world.operator.calls.filter(call => call.endsWith('/upload'))).toHaveLength(1)
    const hashes = world.operator.sent[0]!.attachments.map(file => file.hash)
    expect(new Set(hashes)).toEqual(new Set(world.parcel.parts.map(one => one.sha3_512)))
    expect(world.operator.drafts.size).toBe(0)
  })

  it('finds its own draft after a lost creation instead of making another', async () => {
    world.operator.plan = ({ n }) => (n === 1 ? 'cut-after' : undefined)
    expect(await world.provider.handOver(world.parcel, attempt)).toMatchObject({
      outcome: 'deferred',
      code: 'purde/draft-answer-lost'
    })
    expect((await world.provider.handOver(world.parcel, attempt)).outcome).toBe('accepted')
    expect(world.operator.calls.filter(call => call === 'POST /drafts')).toHaveLength(1)
  })

  it('does not believe a “not now” to the sending itself: it looks', async () => {
    world.operator.plan = ({ what }) => (what === 'POST /drafts/send' ? 'unavailable' : undefined)
    expect(await world.provider.handOver(world.parcel, attempt)).toMatchObject({
      outcome: 'unknown',
      code: 'purde/answer-lost',
      retryAfterMs: 2000
    })
    world.operator.plan = () => undefined
    expect((await drive(world, attempt))?.outcome).toBe('accepted')
    expect(world.operator.sent).toHaveLength(1)
  })

  it('sends the same draft again only after two looks, settled apart', async () => {
    world.operator.plan = ({ what }) => (what === 'POST /drafts/send' ? 'cut-before' : undefined)
    expect((await world.provider.handOver(world.parcel, attempt)).outcome).toBe('unknown')
    expect((await world.provider.handOver(world.parcel, attempt)).outcome).toBe('unknown')
    world.operator.plan = () => undefined
    const inquire = () => world.provider.inquire(world.parcel, attempt)
    expect(await inquire()).toEqual({ outcome: 'unknown', code: 'purde/looking-again', retryAfterMs: 60_000 })
    world.clock.at += 59_000
    expect(await inquire()).toEqual({ outcome: 'unknown', code: 'purde/looking-again', retryAfterMs: 1_000 })
    world.clock.at += 1_000
    expect(await inquire()).toEqual({ outcome: 'not-taken' })
    expect(sendTimes()).toBe(1)
    expect((await world.provider.handOver(world.parcel, attempt)).outcome).toBe('accepted')
    expect(world.operator.calls.filter(call => call === 'POST /drafts')).toHaveLength(1)
    expect(world.taken()).toBe(1)
  })

  it('keeps looking when neither draft nor letter is anywhere, and never sends', async () => {
    world.operator.plan = ({ what }) => (what === 'POST /drafts/send' ? 'cut-before' : undefined)
    await world.provider.handOver(world.parcel, attempt)
    world.operator.drafts.clear()
    world.operator.plan = () => undefined
    const seen: { outcome: string; code?: string }[] = []
    expect(await drive(world, attempt, seen as never)).toBeUndefined()
    expect(new Set(seen.slice(1).map(outcome => outcome.code))).toEqual(new Set(['purde/not-found-yet']))
    expect(sendTimes()).toBe(1)
  })

  it('sends once though the lost request arrives after both looks, just before the draft is sent again', async () => {
    world.operator.plan = ({ what }) => (what === 'POST /drafts/send' ? 'cut-before' : undefined)
    await world.provider.handOver(world.parcel, attempt)
    world.operator.plan = () => undefined
    await world.provider.inquire(world.parcel, attempt)
    world.timePasses()
    expect(await world.provider.inquire(world.parcel, attempt)).toEqual({ outcome: 'not-taken' })
    world.operator.arrivesLate(attempt.committed['draftId']!)
    const again = await world.provider.handOver(world.parcel, attempt)
    expect(again).toEqual({ outcome: 'unknown', code: 'purde/draft-gone' })
    expect((await drive(world, attempt))?.outcome).toBe('accepted')
    expect(world.taken()).toBe(1)
  })

  it('never takes a letter with another marker for its own, however alike', async () => {
    await world.provider.handOver({ ...world.parcel, letterId: 'twin' }, new TestAttempt('twin', START))
    world.operator.plan = ({ what }) => (what === 'POST /drafts/send' ? 'cut-before' : undefined)
    await world.provider.handOver(world.parcel, attempt)
    world.operator.drafts.clear()
    world.operator.plan = () => undefined
    expect(await world.provider.inquire(world.parcel, attempt)).toMatchObject({ code: 'purde/not-found-yet' })
  })

  it('does not take a twin for this letter', async () => {
    await world.close()
    world = await openWorld({ marker: false })
    const twin = { ...world.parcel, letterId: 'twin' }
    expect((await world.provider.handOver(twin, new TestAttempt('twin', START))).outcome).toBe('accepted')
    world.operator.plan = ({ what }) => (what === 'POST /drafts/send' ? 'cut-after' : undefined)
    expect((await world.provider.handOver(world.parcel, attempt)).outcome).toBe('unknown')
    world.operator.plan = () => undefined
    expect(await world.provider.inquire(world.parcel, attempt)).toMatchObject({ code: 'purde/several-alike' })
    const twinId = world.operator.sent[0]!.id
    const knowing = Object.assign(new TestAttempt(attempt.letterId, START), {
      committed: attempt.committed,
      claimedByOthers: () => Promise.resolve(new Set([twinId]))
    })
    const found = await world.provider.inquire(world.parcel, knowing)
    expect(found).toMatchObject({ outcome: 'accepted', messageId: world.operator.outbox[0]!.id })
  })

  it('does not find letters that are older than the attempt', async () => {
    await world.close()
    world = await openWorld({ marker: false })
    await world.provider.handOver({ ...world.parcel, letterId: 'old' }, new TestAttempt('old', START))
    world.clock.at += 7_200_000
    const late = new TestAttempt(world.parcel.letterId, world.clock.now())
    world.operator.plan = ({ what }) => (what === 'POST /drafts/send' ? 'cut-before' : undefined)
    await world.provider.handOver(world.parcel, late)
    world.operator.drafts.clear()
    world.operator.plan = () => undefined
    expect(await world.provider.inquire(world.parcel, late)).toMatchObject({ code: 'purde/not-found-yet' })
  })

  it('asks few questions about many alike, even when one of them has gone', async () => {
    await world.close()
    world = await openWorld({ marker: false })
    world.operator.plan = ({ what }) => (what === 'POST /drafts/send' ? 'cut-after' : undefined)
    await world.provider.handOver(world.parcel, attempt)
    world.operator.plan = () => undefined
    const [ours] = world.operator.outbox.splice(0)
    const others = Array.from({ length: 19 }, (_, n) => ({ ...ours!, id: `PPSA-E-other-${n}`, attachments: [] }))
    world.operator.sent.push(...others, ours!)
    world.operator.gone.add('PPSA-E-other-7')
    const before = world.operator.calls.length
    const found = await world.provider.inquire(world.parcel, attempt)
    expect(found).toMatchObject({ outcome: 'accepted', messageId: ours!.id })
    // the draft, two folders, and a search by halves
    expect(world.operator.calls.length - before).toBeLessThanOrEqual(3 + 11)
  })

  it('searches many pages of sent letters', async () => {
    world.operator.plan = ({ what }) => (what === 'POST /drafts/send' ? 'cut-after' : undefined)
    await world.provider.handOver(world.parcel, attempt)
    const [ours] = world.operator.outbox.splice(0)
    const other = { ...ours!, metadata: { ...ours!.metadata, subject: 'Inna' } }
    for (let n = 0; n < 1200; n++) world.operator.sent.push({ ...other, id: `PPSA-E-other-${n}` })
    world.operator.sent.push(ours!)
    world.operator.plan = () => undefined
    const found = await world.provider.inquire(world.parcel, attempt)
    expect(found).toMatchObject({ outcome: 'accepted', messageId: ours!.id })
  })

  it('explains a full mailbox in both languages, keeps the words of the operator, and leaves the draft', async () => {
    world.operator.mailboxFull = true
    const refused = await world.provider.handOver(world.parcel, attempt)
    expect(refused).toMatchObject({
      outcome: 'refused',
      code: 'purde/mailbox-full',
      pl: expect.stringContaining('pełna') as string,
      en: expect.stringContaining('full') as string,
      providerText: 'MAILBOX_FULL: W skrzynce nadawcy brak wolnego miejsca.'
    })
    expect(world.operator.drafts.size).toBe(1)
  })

  it('takes the reason of a failed task, without personal numbers', async () => {
    world.operator.refusing.add(RECIPIENT)
    expect(await world.provider.handOver(world.parcel, attempt)).toMatchObject({
      outcome: 'refused',
      code: 'purde/recipient-refused',
      providerText: 'E1: Adresat nie istnieje, PESEL ***.'
    })
  })

  it('sends nothing when the archive gives other bytes than were sealed', async () => {
    const [first, ...rest] = world.parcel.parts
    for (const inlineBytes of [15_000_000, 100]) {
      await world.close()
      world = await openWorld({ marker: true, inlineBytes })
      const other = part('x.pdf', Buffer.alloc(3000, 8))
      const changed: SealedPart = { ...first!, open: () => other.open() }
      const parcel = { ...world.parcel, parts: [changed, ...rest] }
      const outcome = await world.provider.handOver(parcel, new TestAttempt(parcel.letterId, START))
      expect(outcome).toMatchObject({ outcome: 'refused', code: 'purde/part-changed' })
      expect(sendTimes()).toBe(0)
    }
  })

  it('asks no more than its budget allows', async () => {
    await world.close()
    world = await openWorld({ marker: true, budget: 2 })
    world.operator.plan = ({ what }) => (what === 'POST /drafts/send' ? 'cut-before' : undefined)
    await world.provider.handOver(world.parcel, attempt)
    await world.provider.inquire(world.parcel, attempt)
    await world.provider.inquire(world.parcel, attempt)
    const before = world.requests()
    expect(await world.provider.inquire(world.parcel, attempt)).toEqual({
      outcome: 'cannot-ask',
      code: 'purde/budget-spent',
      retryAfterMs: 30_000
    })
    expect(world.requests()).toBe(before)
  })

  describe('evidence', () => {
    const all = async (items: AsyncIterable<Collected>) => {
      const list: Collected[] = []
      for await (const item of items) list.push(item)
      return list
    }
    beforeEach(() => {
      const bytes = (n: number) => Buffer.from(`<dowod n="${n}"/>`)
      world.operator.evidence.push(
        { id: 'e1', messageId: 'm1', type: 'A.1', bytes: bytes(1), downloaded: false },
        { id: 'e2', messageId: 'm2', type: 'D1', bytes: undefined, downloaded: false },
        { id: 'e3', messageId: 'm1', type: 'BP.OX', bytes: bytes(3), downloaded: false }
      )
    })

    it('collects all that is new, and one that cannot be had stops no other', async () => {
      const items = await all(world.provider.collect(SENDER))
      expect(items).toEqual([
        {
          kind: 'evidence',
          evidence: {
            providerEvidenceId: 'e1',
            messageId: 'm1',
            kind: 'A.1',
            bytes: Buffer.from('<dowod n="1"/>'),
            mediaType: 'application/xml',
            listedEventTime: new Date('2026-03-02T10:00:00Z')
          }
        },
        { kind: 'not-downloaded', providerEvidenceId: 'e2', messageId: 'm2', code: 'purde/evidence-not-given' },
        expect.objectContaining({ kind: 'evidence' })
      ])
      expect(await all(world.provider.collect(SENDER))).toEqual([items[1]])
    })

    it('gets back what was downloaded and lost on our side', async () => {
      await all(world.provider.collect(SENDER))
      const again = await all(world.provider.collectForMessage(SENDER, 'm1', new Set(['e1'])))
      expect(again).toMatchObject([{ kind: 'evidence', evidence: { providerEvidenceId: 'e3' } }])
    })

    it('slows down when told to, and leaves the rest for another time when that is not enough', async () => {
      let busy = 1
      const downloads = (what: string) => what.startsWith('GET /evidences/purde/')
      world.operator.plan = ({ what }) => (downloads(what) && busy-- > 0 ? 'busy' : undefined)
      const paced = await all(world.provider.collect(SENDER))
      expect(paced.map(item => item.kind)).toEqual(['not-downloaded', 'evidence', 'evidence'])
      for (const item of world.operator.evidence) item.downloaded = false
      world.operator.plan = ({ what }) => (downloads(what) ? 'busy' : undefined)
      const stopped = await all(world.provider.collect(SENDER))
      expect(stopped).toEqual([{ kind: 'not-listed', code: 'purde/provider-busy', retryAfterMs: 0 }])
      expect(world.operator.evidence.some(item => item.downloaded)).toBe(false)
    })

    it('tells when the list cannot be had', async () => {
      world.operator.plan = () => 'unavailable'
      expect(await all(world.provider.collect(SENDER))).toEqual([
        { kind: 'not-listed', code: 'purde/provider-unavailable', retryAfterMs: 2000 }
      ])
    })
  })
})
