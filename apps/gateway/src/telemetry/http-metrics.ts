import type { FastifyInstance } from 'fastify'
import { Histogram } from 'prom-client'
import { Metrics } from './metrics.js'

/** Durations of requests by method, route pattern and class of status; paths would make a series per letter. */
export class HttpMetrics {
  private readonly durations: Histogram

  constructor(metrics: Metrics) {
    this.durations = new Histogram({
      name: 'goniec_http_request_duration_seconds',
      help: 'Time from the arrival of a request to the end of its answer.',
      labelNames: ['method', 'route', 'status'],
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
      registers: [metrics.registry]
    })
  }

  /** Watches every answer of a server. */
  observe(fastify: FastifyInstance): void {
    fastify.addHook('onResponse', async (request, reply) => {
      const route = request.is404 ? '(unknown)' : (request.routeOptions.url ?? '(unknown)')
      const status = `${Math.floor(reply.statusCode / 100)}xx`
      this.durations.observe({ method: request.method, route, status }, reply.elapsedTime / 1000)
    })
  }
}
