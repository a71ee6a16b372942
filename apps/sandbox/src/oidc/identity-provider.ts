import type { IncomingMessage } from 'node:http'
import type { FastifyInstance } from 'fastify'
import Provider, { type Adapter, type Configuration, errors, type ResourceServer } from 'oidc-provider'
import type { Pki } from '../pki/pki.js'
import type { Ledger } from '../world/ledger.js'
import type { Origin } from '../world/origin.js'
import type { StateStore } from '../world/state-store.js'
import type { WorldClock } from '../world/world-clock.js'
import { registerPasswordGrant } from './password-grant.js'
import { readyClients } from './ready-clients.js'
import { readyPersons } from './ready-persons.js'

/** Path of the issuer; discovery lies at `/oidc/.well-known/openid-configuration`. */
export const issuerPath = '/oidc'

/** Whom the access tokens are for. */
export const audience = 'goniec'

/** The program through which people log in; a public client. */
export const portalClient = 'portal'

// Resource indicators must be URIs (RFC 8707 2); the audience in the token is the plain name.
const resource = 'urn:goniec'

/** Life of an access token, in seconds. */
const accessTokenLife = 600

const gatewayServer: ResourceServer = {
  scope: '',
  audience,
  accessTokenFormat: 'jwt',
  accessTokenTTL: accessTokenLife,
  jwt: { sign: { alg: 'ES256' } }
}

/** What the identity provider needs of the world. */
export interface IdentityWorld {
  pki: Pki
  clock: WorldClock
  store: StateStore
  ledger: Ledger
  origin: Origin
}

/**
 * Mounts the identity provider of the gateway's callers: OpenID discovery, JWKS, client credentials of programs and log-ins of
 * people, which give JWT access tokens (RFC 9068, ES256) with the claims `goniec_tenant` and `goniec_roles`; those of people say
 * when they logged in (`auth_time`). Token times are the world's.
 */
export function mountIdentityProvider(fastify: FastifyInstance, world: IdentityWorld): void {
  let handle: ReturnType<Provider['callback']> | undefined

  // Taken before the framework parses bodies: the library reads requests itself.
  fastify.addHook('onRequest', (request, reply, done) => {
    if (!request.url.startsWith(`${issuerPath}/`)) return done()
    handle ??= makeProvider(world).callback()
    const raw: IncomingMessage & { originalUrl?: string } = request.raw
    raw.originalUrl = request.url
    raw.url = request.url.slice(issuerPath.length)
    reply.hijack()
    void handle(raw, reply.raw)
  })
}

function makeProvider({ pki, clock, store, ledger, origin }: IdentityWorld): Provider {
  const clients = readyClients(store)
  const persons = readyPersons(store)
  const configuration: Configuration = {
    adapter: NothingKept,
    clients: [
      ...clients.map(({ clientId, clientSecret }) => ({
        client_id: clientId,
        client_secret: clientSecret,
        grant_types: ['client_credentials'],
        redirect_uris: [],
        response_types: [],
        token_endpoint_auth_method: 'client_secret_basic' as const
      })),
      {
        client_id: portalClient,
        grant_types: ['password'],
        redirect_uris: [],
        response_types: [],
        token_endpoint_auth_method: 'none' as const
      }
    ],
    clientDefaults: { id_token_signed_response_alg: 'ES256' },
    jwks: {
      keys: [{ ...pki.bareKey('oidc').export({ format: 'jwk' }), use: 'sig', alg: 'ES256', kid: 'oidc' }]
    },
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => resource,
        getResourceServerInfo: (_context, indicator) => {
          if (indicator !== resource) throw new errors.InvalidTarget()
          return gatewayServer
        }
      }
    },
    // Interactive flows are not served, but the library wants a key for their cookies.
    cookies: { keys: [readyCookieKey(clients)] },
    ttl: { ClientCredentials: accessTokenLife, AccessToken: accessTokenLife },
    extraTokenClaims: (_context, token) => {
      const person = persons.find(({ username }) => 'accountId' in token && username === token.accountId)
      const caller = person ?? clients.find(({ clientId }) => clientId === token.clientId)
      return (
        caller && {
          goniec_tenant: caller.tenantId,
          goniec_roles: caller.roles,
          ...(person ? { auth_time: Math.floor(clock.now().getTime() / 1000) } : {})
        }
      )
    },
    formats: {
      customizers: {
        // The library reads the machine's time; its callers live in the world's.
        jwt: (_context, token, parts) => {
          const ahead = Math.floor(clock.offsetMs / 1000)
          const { iat, exp } = parts.payload as { iat: number; exp: number }
          parts.payload = { ...parts.payload, iat: iat + ahead, nbf: iat + ahead, exp: exp + ahead }
          ledger.write({ surface: 'oidc', action: 'token-granted', clientId: token.clientId })
        }
      }
    }
  }
  const provider = new Provider(origin.url + issuerPath, configuration)
  registerPasswordGrant(provider, persons, resource, gatewayServer)
  provider.on('server_error', (_context, error) => {
    ledger.write({ surface: 'oidc', action: 'failed', error: error.message })
  })
  return provider
}

/** Storage for the library: client credentials that give JWTs leave nothing behind to be stored. */
class NothingKept implements Adapter {
  async upsert(): Promise<void> {}
  async find(): Promise<undefined> {}
  async findByUserCode(): Promise<undefined> {}
  async findByUid(): Promise<undefined> {}
  async consume(): Promise<void> {}
  async destroy(): Promise<void> {}
  async revokeByGrantId(): Promise<void> {}
}

function readyCookieKey(clients: { clientSecret: string }[]): string {
  return clients.map(({ clientSecret }) => clientSecret).join('')
}
