import fc from 'fast-check'
import type {
  Accepted,
  Attempt,
  AttemptNotes,
  DeliveryProvider,
  HandOver,
  Inquiry,
  Refusal,
  SealedParcel
} from '../src/provider.js'
import type { Fault } from './fake-ua-api.js'

/** A provider with a network of its own behind it, which the contract can disturb and count. */
export interface ProviderWorld {
  readonly provider: DeliveryProvider
  readonly parcel: SealedParcel
  /** How many letters the network took for this parcel. */
  taken(): number
  /** How many requests the network has seen. */
  requests(): number
  /** From now on: which fault, if any, strikes the n-th request from here (1 is the next). */
  disturb(plan: (n: number) => Fault | undefined): void
  /** The network refuses this parcel for good. */
  refuse(): void
  /** The network takes the parcel, but is long in saying so. */
  slow(): void
  /** Lets so much time pass that a second look may decide. */
  timePasses(): void
  /** Words that must not be logged: parts of the parcel that are personal. */
  readonly secrets: readonly string[]
  close(): Promise<void>
}

/** An attempt whose notes live in memory, with a death that can be arranged around any of its commits. */
export class TestAttempt implements Attempt {
  readonly id = 'attempt-1'
  committed: AttemptNotes = {}
  commits = 0
  /** Dies at the n-th commit: before it is durable, or right after. */
  death: { at: number; when: 'before' | 'after' } | undefined

  constructor(
    readonly letterId: string,
    readonly startedAt: Date
  ) {}

  get notes(): AttemptNotes {
    return this.committed
  }

  async remember(notes: AttemptNotes): Promise<void> {
    this.commits += 1
    const dies = this.death?.at === this.commits ? this.death.when : undefined
    // What a database row would hold.
    if (dies !== 'before') this.committed = JSON.parse(JSON.stringify(notes)) as AttemptNotes
    await Promise.resolve()
    if (dies) throw new Error('the process was killed here')
  }
}

/** Works an attempt to its end as the hand-over step does; undefined when it stays open. */
export async function drive(
  world: ProviderWorld,
  attempt: Attempt,
  seen: (HandOver | Inquiry)[] = []
): Promise<Accepted | Refusal | undefined> {
  let look = false
  for (let turn = 0; turn < 40; turn++) {
    const outcome: HandOver | Inquiry = look
      ? await world.provider.inquire(world.parcel, attempt)
      : await world.provider.handOver(world.parcel, attempt)
    seen.push(outcome)
    if (outcome.outcome === 'accepted' || outcome.outcome === 'refused') return outcome
    look = outcome.outcome !== 'not-taken' && outcome.outcome !== 'deferred'
    world.timePasses()
  }
  return undefined
}

const FAULTS: readonly Fault[] = [
  'cut-before',
  'cut-after',
  'busy',
  'unavailable',
  'bad-gateway-after',
  'garbage-after',
  'unauthorised'
]

/** What every provider promises. Call it from the provider's spec. */
export function deliveryProviderContract(name: string, open: () => Promise<ProviderWorld>): void {
  describe(`${name} keeps the contract of delivery providers`, () => {
    let world: ProviderWorld
    let attempt: TestAttempt
    beforeEach(async () => {
      world = await open()
      attempt = new TestAttempt(world.parcel.letterId, new Date('2026-03-02T10:00:00Z'))
    })
    afterEach(() => world.close())

    it('hands over, and the same attempt again hands over nothing more', async () => {
      const first = await world.provider.handOver(world.parcel, attempt)
      expect(first.outcome).toBe('accepted')
      const requests = world.requests()
      expect(await world.provider.handOver(world.parcel, attempt)).toEqual(first)
      expect(await world.provider.inquire(world.parcel, attempt)).toEqual(first)
      expect(world.requests()).toBe(requests)
      expect(world.taken()).toBe(1)
    })

    it('says of an attempt that never began that nothing was taken, without asking', async () => {
      expect(await world.provider.inquire(world.parcel, attempt)).toEqual({ outcome: 'not-taken' })
      expect(world.requests()).toBe(0)
    })

    it('sends once though the process dies around any of its commits', async () => {
      const whole = new TestAttempt(attempt.letterId, attempt.startedAt)
      await world.provider.handOver(world.parcel, whole)
      expect(whole.commits).toBeGreaterThan(2)
      for (let at = 1; at <= whole.commits; at++) {
        for (const when of ['before', 'after'] as const) {
          await world.close()
          world = await open()
          const mortal = new TestAttempt(attempt.letterId, attempt.startedAt)
          mortal.death = { at, when }
          const end = await drive(world, mortal)
          expect({ at, when, end: end?.outcome, taken: world.taken() }).toEqual({
            at,
            when,
            end: 'accepted',
            taken: 1
          })
        }
      }
    })

    it.each(FAULTS)('sends once though any one request meets %s', async fault => {
      await world.provider.handOver(world.parcel, new TestAttempt(attempt.letterId, attempt.startedAt))
      const requests = world.requests()
      for (let hit = 1; hit <= requests; hit++) {
        await world.close()
        world = await open()
        world.disturb(n => (n === hit ? fault : undefined))
        const end = await drive(world, new TestAttempt(attempt.letterId, attempt.startedAt))
        expect({ hit, end: end?.outcome, taken: world.taken() }).toEqual({ hit, end: 'accepted', taken: 1 })
      }
    })

    it('never sends twice, whatever goes wrong in whatever order', async () => {
      const anyFault = fc.option(fc.constantFrom(...FAULTS), { nil: undefined })
      const anyDeath = fc.option(
        fc.record({ at: fc.integer({ min: 1, max: 6 }), when: fc.constantFrom('before' as const, 'after' as const) }),
        { nil: undefined }
      )
      await fc.assert(
        fc.asyncProperty(fc.array(anyFault, { maxLength: 14 }), anyDeath, async (faults, death) => {
          const here = await open()
          try {
            here.disturb(n => faults[n - 1])
            const mortal = new TestAttempt(here.parcel.letterId, attempt.startedAt)
            mortal.death = death
            const end = await drive(here, mortal)
            expect(here.taken()).toBeLessThanOrEqual(1)
            if (end) expect({ end: end.outcome, taken: here.taken() }).toEqual({ end: 'accepted', taken: 1 })
          } finally {
            await here.close()
          }
        }),
        { numRuns: 60 }
      )
    })

    it('calls a time-out of the sending unknown, and finds the letter by looking', async () => {
      const reference = new TestAttempt(attempt.letterId, attempt.startedAt)
      await world.provider.handOver(world.parcel, reference)
      const requests = world.requests()
      const outcomes = new Set<string>()
      for (let hit = 1; hit <= requests; hit++) {
        await world.close()
        world = await open()
        world.disturb(n => (n === hit ? 'hang-after' : undefined))
        const mortal = new TestAttempt(attempt.letterId, attempt.startedAt)
        const first = await world.provider.handOver(world.parcel, mortal)
        outcomes.add(first.outcome)
        // From the moment a letter is out, no outcome may invite to send again.
        if (world.taken() === 1) expect(['unknown', 'pending', 'accepted']).toContain(first.outcome)
        expect((await drive(world, mortal))?.outcome).toBe('accepted')
        expect(world.taken()).toBe(1)
      }
      expect(outcomes).toContain('unknown')
    })

    it('tells a network that is down from one that refuses, and goes on when it is back', async () => {
      world.disturb(() => 'unavailable')
      const first = await world.provider.handOver(world.parcel, attempt)
      expect(first).toMatchObject({ outcome: 'deferred', retryAfterMs: 2000 })
      expect(world.taken()).toBe(0)
      world.disturb(() => undefined)
      expect((await world.provider.handOver(world.parcel, attempt)).outcome).toBe('accepted')
      expect(world.taken()).toBe(1)
    })

    it('refuses for good with a reason in both languages, and nothing is taken', async () => {
      world.refuse()
      const seen: (HandOver | Inquiry)[] = []
      const end = await drive(world, attempt, seen)
      expect(end).toMatchObject({
        outcome: 'refused',
        code: expect.stringMatching(/^[a-z]+\/[a-z-]+$/) as string,
        pl: expect.stringMatching(/\S/) as string,
        en: expect.stringMatching(/\S/) as string
      })
      expect(world.taken()).toBe(0)
      expect(seen.filter(outcome => outcome.outcome === 'refused')).toHaveLength(1)
    })

    it('says pending while the network has the letter in work', async () => {
      world.slow()
      const first = await world.provider.handOver(world.parcel, attempt)
      expect(first).toMatchObject({ outcome: 'pending' })
      expect((await drive(world, attempt))?.outcome).toBe('accepted')
      expect(world.taken()).toBe(1)
    })

    it('tells of its own broken parts without throwing, before anything is sent', async () => {
      const broken: SealedParcel = {
        ...world.parcel,
        parts: world.parcel.parts.map(part => ({
          ...part,
          open: () => {
            throw new Error('the archive is gone')
          }
        }))
      }
      expect((await world.provider.handOver(broken, attempt)).outcome).toBe('deferred')
      expect(world.taken()).toBe(0)
      expect((await drive(world, attempt))?.outcome).toBe('accepted')
      expect(world.taken()).toBe(1)
    })

    it('keeps personal data out of codes and logs', async () => {
      const written: string[] = []
      const spies = (['log', 'info', 'warn', 'error', 'debug'] as const).map(method =>
        jest.spyOn(console, method).mockImplementation((...words: unknown[]) => {
          written.push(words.map(String).join(' '))
        })
      )
      try {
        for (const fault of FAULTS) {
          await world.close()
          world = await open()
          world.disturb(n => (n % 2 === 0 ? fault : undefined))
          const seen: (HandOver | Inquiry)[] = []
          await drive(world, new TestAttempt(attempt.letterId, attempt.startedAt), seen)
          written.push(JSON.stringify(seen))
        }
      } finally {
        for (const spy of spies) spy.mockRestore()
      }
      expect(written.length).toBeGreaterThan(0)
      for (const secret of world.secrets) expect(written.join('\n')).not.toContain(secret)
    })
  })
}
