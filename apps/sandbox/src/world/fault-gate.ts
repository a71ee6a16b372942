import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { FaultMode, Faults, FaultySurface } from './faults.js'
import type { Ledger } from './ledger.js'

const prefixes: [string, FaultySurface][] = [
  ['/tsa-2', 'tsa-2'],
  ['/tsa', 'tsa'],
  ['/api/se/', 'bae'],
  ['/api/v3/', 'purde'],
  ['/auth/', 'token'],
  ['/pki/ocsp/', 'ocsp'],
  ['/pki/crl/', 'crl'],
  ['/csc/', 'csc']
]

/** Seconds that a surface which is down asks its callers to wait. */
export const retryAfter = '1'

const hits = new WeakMap<FastifyRequest, FaultMode>()

/** The fault that has hit this request, for surfaces with faults of their own; `up` when none has. */
export function faultOf(request: FastifyRequest): FaultMode {
  return hits.get(request) ?? 'up'
}

/** Applies the general faults to all surfaces, before and after their own work; each hit is written into the ledger. */
export function guardWithFaults(fastify: FastifyInstance, faults: Faults, ledger: Ledger): void {
  fastify.addHook('onRequest', (request: FastifyRequest, reply: FastifyReply, done: () => void) => {
    const surface = prefixes.find(([prefix]) => request.url.startsWith(prefix))?.[1]
    const mode = surface ? faults.next(surface, request.url) : 'up'
    if (!surface || mode === 'up') return done()
    hits.set(request, mode)
    ledger.write({ surface, action: `fault-${mode}`, method: request.method })
    if (mode === 'down') {
      void reply.code(503).header('retry-after', retryAfter).type('text/plain').send('Service Unavailable')
      return
    }
    // hang: the request is taken out of the framework's hands and left alone until the caller or the sandbox goes away.
    if (mode === 'hang') {
      reply.hijack()
      return
    }
    // lost-answer is done below; the other modes are the surface's own business.
    done()
  })

  fastify.addHook('onSend', (request: FastifyRequest, _reply: FastifyReply, payload: unknown, done: Done) => {
    if (faultOf(request) === 'lost-answer') request.raw.socket.destroy()
    done(null, payload)
  })
}

type Done = (error: null, payload: unknown) => void
