import { Body, Controller, HttpCode, HttpException, Post, Query } from '@nestjs/common'
import { Ledger } from '../world/ledger.js'
import { Origin } from '../world/origin.js'
import { WorldClock } from '../world/world-clock.js'
import { Pki } from '../pki/pki.js'
import { ClientAssertions } from './client-assertion.js'
import { accessTokenLife, OperatorTokens, realmPath, tokenPath } from './operator-tokens.js'

const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'

/** The operator's token endpoint (OAuth 2.0 client credentials with private_key_jwt; errors as Keycloak gives them). */
@Controller()
export class TokenController {
  readonly #assertions: ClientAssertions

  constructor(
    pki: Pki,
    private readonly tokens: OperatorTokens,
    private readonly clock: WorldClock,
    private readonly origin: Origin,
    private readonly ledger: Ledger
  ) {
    this.#assertions = new ClientAssertions(pki)
  }

  @Post(tokenPath)
  @HttpCode(200)
  async grant(
    @Body() form: Record<string, unknown> | undefined,
    @Query('login_hint') loginHint: string | undefined
  ): Promise<Record<string, unknown>> {
    const { grant_type, client_assertion_type, client_assertion, client_id } = form ?? {}
    if (grant_type !== 'client_credentials') {
      throw this.#refused(400, 'unsupported_grant_type', 'only client_credentials is served to systems')
    }
    if (client_assertion_type !== assertionType || typeof client_assertion !== 'string') {
      throw this.#refused(400, 'invalid_client', 'a client assertion of type jwt-bearer is needed')
    }
    const audiences = this.#ownNames().flatMap(name => [name + realmPath, name + tokenPath])
    const system = await this.#assertions.check(client_assertion, audiences, this.clock.now())
    if ('reason' in system) {
      throw this.#refused(
        system.status,
        'invalid_client',
        `Client authentication with signed JWT failed: ${system.reason}`
      )
    }
    const { office, clientId } = system
    if (client_id !== undefined && client_id !== clientId) {
      throw this.#refused(400, 'invalid_client', 'client_id differs from the assertion')
    }
    if (loginHint !== `ADE.${office.ade}`) {
      throw this.#refused(400, 'invalid_request', 'login_hint must be ADE.<address of the system>')
    }
    const access_token = await this.tokens.grant(office)
    this.ledger.write({ surface: 'token', action: 'token-granted', ade: office.ade })
    return { access_token, expires_in: accessTokenLife, token_type: 'Bearer', scope: 'system-attributes' }
  }

  // The same machine under its two usual names: clients are configured with either.
  #ownNames(): string[] {
    const { url } = this.origin
    return [url, url.replace('//127.0.0.1', '//localhost')]
  }

  #refused(status: number, error: string, error_description: string): HttpException {
    this.ledger.write({ surface: 'token', action: 'token-refused', error })
    return new HttpException({ error, error_description }, status)
  }
}
