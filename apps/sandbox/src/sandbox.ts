import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { NestFactory } from '@nestjs/core'
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify'
import { mountIdentityProvider } from './oidc/identity-provider.js'
import { OperatorTokens } from './operator-token/operator-tokens.js'
import { Pki } from './pki/pki.js'
import { SandboxModule } from './sandbox.module.js'
import { TimestampAuthority } from './tsa/timestamp-authority.js'
import { guardWithFaults } from './world/fault-gate.js'
import { Faults } from './world/faults.js'
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
  /** Folder for keys and certificates when several sandboxes share them; default `<dir>/pki`. */
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
  const { port = 0, host = '127.0.0.1', dir } = options
  const world = await openWorld(dir, options.pkiDir ?? join(dir, 'pki'))
  const { clock, ledger, pki, faults, store, origin } = world
  const app = await makeApp(world)
  await app.listen(port, host)
  origin.announce(options.url ?? listeningUrl(app, host))
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

async function openWorld(dir: string, pkiDir: string): Promise<World> {
  const store = new StateStore(dir)
  const clock = new WorldClock(store)
  const pki = await Pki.open(pkiDir, clock)
  const origin = new Origin()
  return {
    store,
    clock,
    pki,
    origin,
    ledger: new Ledger(dir, clock),
    faults: new Faults(store),
    tsa: new TimestampAuthority(pki.seal('tsa'), clock),
    operatorTokens: new OperatorTokens(pki, clock, origin)
  }
}

async function makeApp(world: World): Promise<NestFastifyApplication> {
  const adapter = new FastifyAdapter({ bodyLimit, forceCloseConnections: true })
  const fastify = adapter.getInstance()
  guardWithFaults(fastify, world.faults, world.ledger)
  mountIdentityProvider(fastify, world)
  fastify.addContentTypeParser(
    'application/timestamp-query',
    { parseAs: 'buffer' },
    (_request: unknown, body: Buffer, done: (error: null, body: Buffer) => void) => done(null, body)
  )
  // RFC 6750 3: a missing or spent token is answered with the scheme that is wanted.
  fastify.addHook('onSend', (request, reply, payload, done) => {
    if (reply.statusCode === 401 && request.url.startsWith('/api/')) reply.header('www-authenticate', 'Bearer')
    done(null, payload)
  })
  const logger = ['error', 'fatal'] as ('error' | 'fatal')[]
  return NestFactory.create<NestFastifyApplication>(SandboxModule.of(world), adapter, { logger, abortOnError: false })
}

function listeningUrl(app: NestFastifyApplication, host: string): string {
  const { port } = app.getHttpServer().address() as AddressInfo
  const reachable = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host
  return `http://${reachable.includes(':') ? `[${reachable}]` : reachable}:${port}`
}
