import { timingSafeEqual } from 'node:crypto'
import type Provider from 'oidc-provider'
import { errors, type ResourceServer } from 'oidc-provider'
import type { ReadyPerson } from './ready-persons.js'

/**
 * Logs ready-made people in by name and password (RFC 6749, 4.3). The identity provider of an office has a page for that; the
 * token that comes out is the same.
 */
export function registerPasswordGrant(
  provider: Provider,
  persons: readonly ReadyPerson[],
  resource: string,
  server: ResourceServer
): void {
  provider.registerGrantType<{ username?: string; password?: string }>(
    'password',
    async context => {
      const { client, params } = context.oidc
      const person = persons.find(({ username }) => username === params.username)
      if (!person || !isSame(person.password, params.password ?? '')) throw new errors.InvalidGrant('wrong log-in')
      const token = new provider.AccessToken({
        client,
        accountId: person.username,
        resourceServer: new provider.ResourceServer(resource, server),
        grantId: '',
        gty: 'password'
      })
      const access_token = await token.save()
      context.body = { access_token, token_type: token.tokenType, expires_in: token.expiration }
    },
    ['username', 'password']
  )
}

function isSame(known: string, given: string): boolean {
  const [a, b] = [Buffer.from(known), Buffer.from(given)]
  return a.length === b.length && timingSafeEqual(a, b)
}
