import { join } from 'node:path'
import { NestFactory } from '@nestjs/core'
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify'
import { mountIdentityProvider } from './oidc/identity-provider.js'
import { OperatorTokens } from './operator-token/operator-tokens.js'
import { Pki } from './pki/pki.js'
import { Revocations } from './pki/revocations.js'
import { SandboxModule } from './sandbox.module.js'
import { TimestampAuthority } from './tsa/timestamp-authority.js'
import { guardWithFaults } from './world/fault-gate.js'
import { Faults } from './world/faults.js'
import { type HeldPort, holdPort } from './world/free-port.js'
import { Ledger } from './world/ledger.js'
import { Origin } from './world/origin.js'
import { StateStore } from './world/state-store.js'
import { WorldClock } from './world/world-clock.js'
import type { World } from './world/world.module.js'

/** Largest request body that is kept in memory, in bytes: several attachments of 15 MB as base64. */
const bodyLimit = 100 * 1024 * 1024

/** Where the sandbox listens and keeps its things. */
export interface SandboxOptions {
  /** 0, the default, lets the system choose. */
  port?: number
  /** Default 127.0.0.1. */
  host?: string
  /** Folder for state, ledger and keys. */
  dir: string
  /**
   * Folder for keys when several sandboxes share them. Where its certificates name another sandbox's address, they are issued
   * anew over the same keys and roots in `<dir>/pki`, which is also where keys are made when nothing is said here.
   */
  pkiDir?: string
  /** Address under which callers reach the sandbox, when it is not the one it listens on (for example in a container). */
  url?: string
}

/** A running sandbox. */
export interface Sandbox {
  url: string
  clock: WorldClock
  ledger: Ledger
  pki: Pki
  faults: Faults
  /** Stops listening, cuts open connections, writes the state down. */
  close(): Promise<void>
}

/** Opens the world in a folder and lets it listen. */
export async function createSandbox(options: SandboxOptions): Promise<Sandbox> {
  const { port = 0, host = '127.0.0.1' } = options
  // The certificates name the address, so it must be known before there are any.
  const held = port === 0 ? await holdPort(host) : undefined
  try {
    return await openSandbox(options, host, held?.port ?? port, held)
  } catch (error) {
    await held?.release()
    throw error
  }
}

async function openSandbox(options: SandboxOptions, host: string, port: number, held?: HeldPort): Promise<Sandbox> {
  const origin = new Origin()
  origin.announce(options.url ?? reachableUrl(host, port))
  const world = await openWorld(options, origin)
  const { clock, ledger, pki, faults, store } = world
  const app = await makeApp(world)
  held?.handOver(app.getHttpServer())
  await app.listen(port, host)
  return {
    url: origin.url,
    clock,
    ledger,
    pki,
    faults,
    close: async () => {
      await app.close()
      store.flush()
      ledger.close()
    }
  }
}

async function openWorld({ dir, pkiDir }: SandboxOptions, origin: Origin): Promise<World> {
  const store = new StateStore(dir)
  const clock = new WorldClock(store)
  const ownDir = join(dir, 'pki')
  const shared = pkiDir === undefined ? {} : { ownDir }
  const pki = await Pki.open(pkiDir ?? ownDir, clock, { origin: origin.url, ...shared })
  return {
    store,
    clock,
    pki,
    origin,
    revocations: new Revocations(store, clock),
    ledger: new Ledger(dir, clock),
    faults: new Faults(store),
    tsa: new TimestampAuthority(pki.seal('tsa'), clock),
    secondTsa: new TimestampAuthority(pki.seal('tsa-2'), clock),
    operatorTokens: new OperatorTokens(pki, clock, origin)
  }
}

async function makeApp(world: World): Promise<NestFastifyApplication> {
  // fifty identifiers of messages fit into one path (UA API, GET /{eDeliveryAddress}/messages/{messageId})
  const routerOptions = { maxParamLength: 4096 }
  const adapter = new FastifyAdapter({ bodyLimit, forceCloseConnections: true, routerOptions })
  const fastify = adapter.getInstance()
  guardWithFaults(fastify, world.faults, world.ledger)
  mountIdentityProvider(fastify, world)
  fastify.addContentTypeParser(
    ['application/timestamp-query', 'application/ocsp-request'],
    { parseAs: 'buffer' },
    (_request: unknown, body: Buffer, done: (error: null, body: Buffer) => void) => done(null, body)
  )
  // RFC 6750 3: a missing or spent token is answered with the scheme that is wanted.
  fastify.addHook('onSend', (request, reply, payload, done) => {
    const tokensWanted = request.url.startsWith('/api/') || request.url.startsWith('/csc/v')
    if (reply.statusCode === 401 && tokensWanted) reply.header('www-authenticate', 'Bearer')
    done(null, payload)
  })
  const logger = ['error', 'fatal'] as ('error' | 'fatal')[]
  return NestFactory.create<NestFastifyApplication>(SandboxModule.of(world), adapter, { logger, abortOnError: false })
}

function reachableUrl(host: string, port: number): string {
  const reachable = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host
  return `http://${reachable.includes(':') ? `[${reachable}]` : reachable}:${port}`
}
