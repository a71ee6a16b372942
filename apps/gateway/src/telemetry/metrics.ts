import { Logger } from '@nestjs/common'
import { collectDefaultMetrics, Counter, Gauge, Registry } from 'prom-client'

/** Nest token of the list of sources (`MetricsSource[]`). */
export const METRICS_SOURCES = Symbol('METRICS_SOURCES')

/** A number that is looked up when somebody scrapes. */
export interface GaugeDescription {
  /** With its unit, such as `goniec_oldest_letter_age_seconds`. */
  name: string
  help: string
  labels?: readonly string[]
}

/** One value of one gauge. */
export interface GaugeValue {
  name: string
  labels?: Readonly<Record<string, string>>
  value: number
}

/** Where gauges come from: letters by state, oldest ages, polling budgets. Labels name states and kinds, never people. */
export interface MetricsSource {
  readonly gauges: readonly GaugeDescription[]
  /** The values of this moment; what is not given is not shown. */
  read(): Promise<GaugeValue[]>
}

/** Addresses and numbers of persons do not belong into metrics, whoever put them there. */
const PERSONAL = /AE:[A-Z]{2}-|\d{10,}/i

/** How long a source may take, in milliseconds. */
const TIMEOUT = 5000

/** The registry of metrics (Prometheus text format), with those of the process itself. */
export class Metrics {
  readonly registry = new Registry()
  private readonly log = new Logger(Metrics.name)
  private readonly gauges = new Map<string, Gauge>()
  private readonly failures: Counter

  constructor(private readonly sources: readonly MetricsSource[]) {
    collectDefaultMetrics({ register: this.registry })
    this.failures = new Counter({
      name: 'goniec_metrics_source_failures_total',
      help: 'Times that a source of gauges could not be read; its gauges are then missing.',
      registers: [this.registry]
    })
    for (const { name, help, labels = [] } of sources.flatMap(source => source.gauges))
      this.gauges.set(name, new Gauge({ name, help, labelNames: [...labels], registers: [this.registry] }))
  }

  /** Everything, as text. A source that fails leaves a gap, never an old number. */
  async text(): Promise<string> {
    await Promise.all(this.sources.map(source => this.refresh(source)))
    return this.registry.metrics()
  }

  private async refresh(source: MetricsSource): Promise<void> {
    let values: GaugeValue[] = []
    try {
      values = impersonal(await withinTime(source.read()))
    } catch (error) {
      this.failures.inc()
      this.log.warn({ err: error }, 'a source of metrics could not be read')
    }
    for (const { name } of source.gauges) this.gauges.get(name)!.reset()
    const unlabelled = new Set(source.gauges.filter(({ labels }) => !labels?.length).map(({ name }) => name))
    for (const { name, labels = {}, value } of values) {
      unlabelled.delete(name)
      this.gauges.get(name)!.set({ ...labels }, value)
    }
    // reset() leaves a gauge without labels at zero, which would be a lie
    for (const name of unlabelled) this.gauges.get(name)!.remove()
  }
}

function impersonal(values: GaugeValue[]): GaugeValue[] {
  for (const { name, labels = {} } of values)
    if (Object.values(labels).some(label => PERSONAL.test(label)))
      throw new Error(`personal data in a label of ${name}`)
  return values
}

async function withinTime<T>(work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('timed out')), TIMEOUT)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}
