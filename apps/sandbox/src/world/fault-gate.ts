import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Faults, FaultySurface } from './faults.js'
import type { Ledger } from './ledger.js'

const prefixes: [string, FaultySurface][] = [
  ['/tsa', 'tsa'],
  ['/api/se/', 'bae'],
  ['/api/v3/', 'purde'],
  ['/auth/', 'token']
]

/** Seconds that a surface which is down asks its callers to wait. */
const retryAfter = '1'

/** Applies the general faults to all surfaces, before and after their own work; each hit is written into the ledger. */
export function guardWithFaults(fastify: FastifyInstance, faults: Faults, ledger: Ledger): void {
  const answersToLose = new WeakSet<FastifyRequest>()

  fastify.addHook('onRequest', (request: FastifyRequest, reply: FastifyReply, done: () => void) => {
    const surface = prefixes.find(([prefix]) => request.url.startsWith(prefix))?.[1]
    const mode = surface ? faults.next(surface) : 'up'
    if (!surface || mode === 'up') return done()
    ledger.write({ surface, action: `fault-${mode}`, method: request.method })
    if (mode === 'lost-answer') {
      answersToLose.add(request)
      return done()
    }
    if (mode === 'down') {
      void reply.code(503).header('retry-after', retryAfter).type('text/plain').send('Service Unavailable')
      return
    }
    // hang: the request is taken out of the framework's hands and left alone until the caller or the sandbox goes away.
    reply.hijack()
  })

  fastify.addHook('onSend', (request: FastifyRequest, _reply: FastifyReply, payload: unknown, done: Done) => {
    if (answersToLose.has(request)) request.raw.socket.destroy()
    done(null, payload)
  })
}

type Done = (error: null, payload: unknown) => void
