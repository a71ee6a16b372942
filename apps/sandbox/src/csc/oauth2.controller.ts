import { Body, Controller, Headers, HttpCode, type HttpException, Post, Res } from '@nestjs/common'
import type { FastifyReply } from 'fastify'
import { Ledger } from '../world/ledger.js'
import { accessTokenLife } from './access-tokens.js'
import { type CscErrorCode, cscError, invalidRequest } from './csc-error.js'
import { RemoteSealService } from './remote-seal-service.js'
import { RequestFields } from './request-fields.js'

/** Tokens for the remote seal service: OAuth 2.0 client credentials (RFC 6749 4.4) and revocation (RFC 7009). */
@Controller('csc/oauth2')
export class Oauth2Controller {
  constructor(
    private readonly service: RemoteSealService,
    private readonly ledger: Ledger
  ) {}

  @Post('token')
  @HttpCode(200)
  grant(
    @Body() form: unknown,
    @Headers('authorization') authorization: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply
  ): Record<string, unknown> {
    const fields = new RequestFields(form)
    const grantType = fields.text('grant_type')
    if (grantType !== 'client_credentials') {
      throw this.#refused('unsupported_grant_type', 'only client_credentials is served')
    }
    this.#requireClient(fields, authorization, reply)
    const scope = fields.optionalText('scope') ?? 'service'
    // The scope "credential" is for people only: it is given by the authorisation endpoint, which is not served.
    if (scope !== 'service') throw this.#refused('invalid_scope', 'only the scope service is served')
    this.ledger.write({ surface: 'csc', action: 'token-granted' })
    reply.header('cache-control', 'no-store')
    return { access_token: this.service.tokens.grant(), token_type: 'Bearer', expires_in: accessTokenLife, scope }
  }

  @Post('revoke')
  @HttpCode(204)
  revoke(
    @Body() form: unknown,
    @Headers('authorization') authorization: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply
  ): void {
    const fields = new RequestFields(form)
    this.#requireClient(fields, authorization, reply)
    this.service.tokens.end(fields.text('token'))
  }

  // RFC 6749 2.3.1: by HTTP Basic or in the body, not both.
  #requireClient(fields: RequestFields, authorization: string | undefined, reply: FastifyReply): void {
    const { clientId, clientSecret } = this.service.approvals.secrets
    const basic = /^Basic +([A-Za-z0-9+/]+=*)$/i.exec(authorization ?? '')?.[1]
    if (basic && fields.has('client_secret')) throw invalidRequest('two ways of authentication at once')
    const [id, secret] = basic
      ? Buffer.from(basic, 'base64').toString('utf8').split(':').map(decoded)
      : [fields.optionalText('client_id'), fields.optionalText('client_secret')]
    if (id === clientId && secret === clientSecret) return
    if (basic) reply.header('www-authenticate', 'Basic realm="csc"')
    throw this.#refused('invalid_client', 'client authentication failed', 401)
  }

  #refused(error: CscErrorCode, description: string, status = 400): HttpException {
    this.ledger.write({ surface: 'csc', action: 'token-refused', error })
    return cscError(error, description, status)
  }
}

// RFC 6749 2.3.1: both parts are form-encoded first.
function decoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    return ''
  }
}
