import type { Clock } from '#platform/plain'
import { Refused } from '#platform/plain'
import { buildAppearance, withPlacement } from '../appearance/build-appearance.js'
import type { SealDesign, SealPlacement } from '../appearance/seal-design.js'
import type { FileContext } from '../document.js'
import { families, recognise } from '../formats.js'
import type { SealAppearance } from '../pades/seal-appearance.js'
import { sealBatch, type SealOutcome, type SealRequest } from '../seal-batch.js'
import type { SealLevel } from '../seal-format.js'
import type { SealKey } from '../seal-key.js'
import { describeSealKey } from '../seal-key.js'
import { sealingProblems } from '../sealing.errors.js'
import type { RandomAccessSource } from '../source.js'
import type { TimestampAuthority } from '../timestamp/timestamp-authority.js'
import type { MaterialSource } from '../material.js'
import { OwnFirst } from '../own-first.js'
import type { MaterialLookUp } from '../revocation/online-material-source.js'
import type { TrustStore } from '../certificate/trust-store.js'
import type { TrustedList } from '../trusted-list/trusted-list.js'
import type { ValidationReport } from '../validation/report.js'
import { validate } from '../validation/validate.js'
import { SealEngine, type SealOrder, type SealStyle } from './seal-engine.js'

/** What an engine is made of. */
export interface EngineParts {
  readonly keys: ReadonlyMap<string, SealKey>
  readonly tsa?: TimestampAuthority
  readonly material?: MaterialSource & MaterialLookUp
  readonly trust: TrustStore
  /** Checked trusted lists, for the qualification. */
  readonly lists?: readonly TrustedList[]
  readonly clock: Clock
}

/** Built appearances kept at once; an installation has a handful of profiles. */
const mostAppearances = 100

/** The engine in this very thread: for the command line, for tests, and inside each worker. */
export class LocalSealEngine extends SealEngine {
  private readonly appearances = new Map<string, Promise<SealAppearance>>()

  constructor(private readonly parts: EngineParts) {
    super()
  }

  async seal(orders: readonly SealOrder[], style: SealStyle): Promise<SealOutcome[]> {
    const { tsa, material, clock } = this.parts
    const appearance = style.design === undefined ? undefined : await this.appearance(style)
    const requests = orders.map((order): SealRequest => {
      const { id, documents, format, level } = order
      const placed =
        appearance && order.placement ? withPlacement(appearance, order.placement as SealPlacement) : appearance
      const { reason, location } = style
      const pdf = { ...(reason ? { reason } : {}), ...(location ? { location } : {}), ...order.pdf }
      return { id, documents, format, level, pdf: { ...pdf, ...(placed ? { appearance: placed } : {}) } }
    })
    const { level, formats, whenAway } = style
    return sealBatch(requests, { key: this.key(style.key), level, formats, whenAway, clock, tsa, material })
  }

  async raise(file: RandomAccessSource, to: SealLevel, context: FileContext = {}): Promise<RandomAccessSource> {
    const { tsa, material, clock } = this.parts
    if (!tsa) throw new Refused(sealingProblems['timestamp-not-configured'])
    const own = [...this.parts.keys.values()].map(({ certificate }) => certificate)
    const needed = material && new OwnFirst(material, own)
    const tools = { ...context, tsa: needed?.noting(tsa) ?? tsa, material: needed, clock }
    const raised = await families[recognise(file)].raise(file, to, tools)
    needed?.assertComplete()
    return raised
  }

  async validate(file: RandomAccessSource, context: FileContext = {}): Promise<ValidationReport> {
    const { trust, clock, material, lists } = this.parts
    return validate(families[recognise(file)].read(file, context), { trust, at: clock.now(), material, lists })
  }

  keys() {
    return new Map([...this.parts.keys].map(([name, key]) => [name, describeSealKey(key)]))
  }

  async close(): Promise<void> {
    for (const key of this.parts.keys.values()) await key.close?.()
  }

  private key(name: string): SealKey {
    const key = this.parts.keys.get(name)
    if (!key) throw new Refused(sealingProblems['key-unknown'], { key: name })
    return key
  }

  /** Built once per design; a profile whose design changes has another one. */
  private appearance({ key, design, reason = '', location = '' }: SealStyle): Promise<SealAppearance> {
    const text = JSON.stringify([key, reason, location, design])
    const known = this.appearances.get(text)
    if (known) return known
    if (this.appearances.size >= mostAppearances) this.appearances.clear()
    const { organization = '' } = describeSealKey(this.key(key)).subject
    // checked there: a profile is only JSON
    const built = buildAppearance(design as SealDesign, { organization, reason, location })
    this.appearances.set(text, built)
    // a design that is wrong is told each time, and does not stay
    built.catch(() => this.appearances.delete(text))
    return built
  }
}
