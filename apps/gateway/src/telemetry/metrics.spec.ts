import { Logger } from '@nestjs/common'
import { KEYS, LETTER, startTestApp, World } from '../http/testing/test-app.js'
import { Metrics, type GaugeValue, type MetricsSource } from './metrics.js'

class ListSource implements MetricsSource {
  readonly gauges = [
    { name: 'goniec_letters', help: 'Letters.', labels: ['progress'] },
    { name: 'goniec_unknown', help: 'Unknown.' }
  ]
  constructor(public read: () => Promise<GaugeValue[]>) {}
}

const linesOf = (text: string, name: string) => text.split('\n').filter(line => line.startsWith(name))

describe('metrics', () => {
  // failures are part of these stories; the log has a spec of its own
  beforeAll(() => Logger.overrideLogger(false))

  it('show what the sources say now, and nothing that they no longer say', async () => {
    const source = new ListSource(async () => [
      { name: 'goniec_letters', labels: { progress: 'held' }, value: 3 },
      { name: 'goniec_unknown', value: 1 }
    ])
    const metrics = new Metrics([source])
    const first = await metrics.text()
    expect(linesOf(first, 'goniec_letters')).toEqual(['goniec_letters{progress="held"} 3'])
    expect(linesOf(first, 'goniec_unknown')).toEqual(['goniec_unknown 1'])
    expect(first).toContain('process_resident_memory_bytes')
    source.read = async () => [{ name: 'goniec_letters', labels: { progress: 'archived' }, value: 4 }]
    const second = await metrics.text()
    expect(linesOf(second, 'goniec_letters')).toEqual(['goniec_letters{progress="archived"} 4'])
    expect(linesOf(second, 'goniec_unknown')).toEqual([])
  })

  it('leave a gap and count it when a source fails', async () => {
    const source = new ListSource(async () => [{ name: 'goniec_unknown', value: 1 }])
    const metrics = new Metrics([source])
    await metrics.text()
    source.read = () => Promise.reject(new Error('away'))
    const text = await metrics.text()
    expect(linesOf(text, 'goniec_unknown')).toEqual([])
    expect(linesOf(text, 'goniec_metrics_source_failures_total')).toEqual(['goniec_metrics_source_failures_total 1'])
  })

  it.each(['AE:PL-30000-40001-URZAD-23', '44051401359'])('let nobody be named in a label: %s', async label => {
    const source = new ListSource(async () => [{ name: 'goniec_letters', labels: { progress: label }, value: 1 }])
    const text = await new Metrics([source]).text()
    expect(text).not.toContain(label)
    expect(linesOf(text, 'goniec_metrics_source_failures_total')).toEqual(['goniec_metrics_source_failures_total 1'])
  })

  it('count requests by route pattern and class of status', async () => {
    const app = await startTestApp(new World())
    await app.inject({ url: `/v1/letters/${LETTER}`, headers: { authorization: KEYS.sender } })
    await app.inject({ url: `/v1/letters/${LETTER}` })
    await app.inject({ url: '/wp-login.php' })
    const { body, headers } = await app.inject({ url: '/metrics' })
    expect(headers['content-type']).toContain('text/plain; version=0.0.4')
    expect(linesOf(body, 'goniec_http_request_duration_seconds_count')).toEqual([
      'goniec_http_request_duration_seconds_count{method="GET",route="/v1/letters/:letterId",status="2xx"} 1',
      'goniec_http_request_duration_seconds_count{method="GET",route="/v1/letters/:letterId",status="4xx"} 1',
      'goniec_http_request_duration_seconds_count{method="GET",route="(unknown)",status="4xx"} 1'
    ])
    expect(body).not.toContain(LETTER)
    await app.close()
  })
})
