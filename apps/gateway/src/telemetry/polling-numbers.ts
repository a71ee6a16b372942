import type { PollingBudget } from '#routing'
import type { GaugeValue, MetricsSource } from './metrics.js'

/** How much of the polling budget is used, summed over addresses. */
export class PollingNumbers implements MetricsSource {
  readonly gauges = [
    { name: 'goniec_polling_granted', help: 'Questions put to the operator since start, by lane.', labels: ['lane'] },
    {
      name: 'goniec_polling_denied',
      help: 'Questions put off for lack of budget since start, by lane.',
      labels: ['lane']
    },
    {
      name: 'goniec_polling_per_minute',
      help: 'Budget of one address, questions per minute, by lane.',
      labels: ['lane']
    }
  ]

  constructor(private readonly budget: PollingBudget) {}

  async read(): Promise<GaugeValue[]> {
    return this.budget.numbers().flatMap(({ lane, perMinute, granted, denied }) => [
      { name: 'goniec_polling_granted', labels: { lane }, value: granted },
      { name: 'goniec_polling_denied', labels: { lane }, value: denied },
      { name: 'goniec_polling_per_minute', labels: { lane }, value: perMinute }
    ])
  }
}
