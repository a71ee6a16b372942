import { createHash } from 'node:crypto'
import { request } from 'node:http'
import { DataSource } from 'typeorm'
import { SystemClock, UuidV7 } from '#platform'
import { profileDefinition, ProvisionProfiles } from '#seals'
import type { World } from './world.js'

/** An answer of the gateway, whatever its body is. */
export interface SealAnswer {
  readonly status: number
  readonly headers: Headers
  readonly bytes: Buffer
  /** The body as JSON. */
  readonly json: Record<string, any> // eslint-disable-line @typescript-eslint/no-explicit-any
}

/** What a seal is asked with. */
export interface SealAsk {
  readonly credential: string
  readonly query: Record<string, string>
  readonly fileName?: string
  readonly mediaType?: string
  readonly body?: Buffer
  readonly headers?: Record<string, string>
}

/** POST /v1/seals. */
export async function postSeal(gateway: string, ask: SealAsk): Promise<SealAnswer> {
  const { credential, query, fileName = 'pismo.pdf', mediaType = 'application/pdf', body, headers } = ask
  const response = await fetch(`${gateway}/v1/seals?${new URLSearchParams(query).toString()}`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${credential}`,
      ...(body
        ? {
            'content-type': mediaType,
            'content-disposition': `attachment; filename*=UTF-8''${encodeURIComponent(fileName)}`
          }
        : {}),
      ...headers
    },
    ...(body ? { body: new Uint8Array(body) } : {})
  })
  return answerOf(response)
}

/** Any request, with JSON in where there is a body. */
export async function call(
  gateway: string,
  credential: string,
  method: string,
  path: string,
  body?: object,
  headers: Record<string, string> = {}
): Promise<SealAnswer> {
  const response = await fetch(gateway + path, {
    method,
    headers: {
      authorization: `Bearer ${credential}`,
      ...(body && !Buffer.isBuffer(body) ? { 'content-type': 'application/json' } : {}),
      ...headers
    },
    ...(body ? { body: Buffer.isBuffer(body) ? new Uint8Array(body) : JSON.stringify(body) } : {})
  })
  return answerOf(response)
}

async function answerOf(response: Response): Promise<SealAnswer> {
  const bytes = Buffer.from(await response.arrayBuffer())
  return {
    status: response.status,
    headers: response.headers,
    bytes,
    get json() {
      return JSON.parse(bytes.toString('utf8')) as Record<string, unknown>
    }
  }
}

/** SHA-256, hexadecimal. */
export const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex')

/** Content-Digest of bytes (RFC 9530). */
export const digest = (bytes: Buffer): string => `sha-256=:${createHash('sha256').update(bytes).digest('base64')}:`

/** Writes profiles and grants as an administrator does, and gives them back to be changed. */
export async function administer<T>(world: World, work: (profiles: ProvisionProfiles) => Promise<T>): Promise<T> {
  const clock = new SystemClock()
  const owner = await new DataSource({ type: 'postgres', url: world.databaseUrl, poolSize: 1 }).initialize()
  try {
    return await work(new ProvisionProfiles(owner, new UuidV7(clock), clock))
  } finally {
    await owner.destroy()
  }
}

/** A profile of the first tenant that every sender may use. */
export async function makeProfile(world: World, name: string, definition: object, subject = 'role:sender') {
  await administer(world, async profiles => {
    await profiles.profile(world.tenants[0]!, name, profileDefinition.parse({ key: 'institution', ...definition }))
    await profiles.grant(world.tenants[0]!, name, subject, 'use')
  })
}

/** The stable id of an API key's holder. */
export const callerOf = (key: string): string =>
  `key:${key.slice(4, 36).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')}`

interface IdentityProvider {
  issuer: string
  clients: { clientId: string; clientSecret: string }[]
  portal: string
  persons: { username: string; password: string }[]
}

async function identityProvider(world: World): Promise<IdentityProvider> {
  const response = await fetch(`${world.sandbox.url}/control/credentials`)
  return ((await response.json()) as { oidc: IdentityProvider }).oidc
}

/** A token that the sandbox's identity provider issues to a program. */
export async function tokenOf(world: World, clientId: string): Promise<string> {
  const { issuer, clients } = await identityProvider(world)
  const { clientSecret } = clients.find(client => client.clientId === clientId)!
  const basic = Buffer.from(`${clientId}:${clientSecret}`).toString('base64')
  return granted(issuer, { grant_type: 'client_credentials' }, { authorization: `Basic ${basic}` })
}

/** A token of a person who has logged in there. */
export async function personTokenOf(world: World, username: string): Promise<string> {
  const { issuer, portal, persons } = await identityProvider(world)
  const { password } = persons.find(person => person.username === username)!
  return granted(issuer, { grant_type: 'password', client_id: portal, username, password })
}

async function granted(issuer: string, body: Record<string, string>, headers: Record<string, string> = {}) {
  const answer = await fetch(`${issuer}/token`, { method: 'POST', headers, body: new URLSearchParams(body) })
  return ((await answer.json()) as { access_token: string }).access_token
}

/** A request whose body is written piece by piece, and whose answer is counted and hashed but not kept. */
export function stream(
  url: string,
  headers: Record<string, string>,
  pieces: Iterable<Buffer>
): Promise<{ status: number; headers: NodeJS.Dict<string | string[]>; size: number; sha256: Buffer; start: Buffer }> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method: 'POST', headers, agent: false }, response => {
      const hash = createHash('sha256')
      const start: Buffer[] = []
      let size = 0
      response.on('data', (piece: Buffer) => {
        if (size < 4096) start.push(piece)
        size += piece.length
        hash.update(piece)
      })
      response.once('error', reject)
      response.once('end', () =>
        resolve({
          status: response.statusCode!,
          headers: response.headers,
          size,
          sha256: hash.digest(),
          start: Buffer.concat(start)
        })
      )
    })
    sent.once('error', reject)
    const write = async () => {
      for (const piece of pieces)
        if (!sent.write(piece)) await new Promise<void>(resume => sent.once('drain', () => resume()))
      sent.end()
    }
    write().catch(reject)
  })
}
