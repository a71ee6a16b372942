import { type CanActivate, type ExecutionContext, Inject, Injectable, SetMetadata } from '@nestjs/common'
import { Reflector } from '@nestjs/core'
import type { FastifyRequest } from 'fastify'
import { type OperatorScope, OperatorTokens } from '../operator-token/operator-tokens.js'
import { PURDE_SETTINGS, type PurdeSettings } from './purde-settings.js'
import { TooManyRequests } from './ua-error.js'

const SCOPE = 'purde-scope'

/** Names the scope that a token needs for a route; without it `read_messages`. */
export const Scope = (scope: OperatorScope) => SetMetadata(SCOPE, scope)

/** Lets requests through that hold a token for the mailbox of the path, at a polite rate. */
@Injectable()
export class AccessGuard implements CanActivate {
  private readonly buckets = new Map<string, { tokens: number; at: number }>()

  constructor(
    private readonly tokens: OperatorTokens,
    private readonly reflector: Reflector,
    @Inject(PURDE_SETTINGS) private readonly settings: PurdeSettings
  ) {}

  /** @throws HttpException 401 or 403 for the token, TooManyRequests */
  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<FastifyRequest<{ Params: { ade: string } }>>()
    const scope = this.reflector.get<OperatorScope | undefined>(SCOPE, context.getHandler()) ?? 'read_messages'
    await this.tokens.requireOperatorToken(request, request.params.ade, scope)
    this.count(request.params.ade)
    return true
  }

  /** A bucket that holds the requests of one second; measured on the machine's clock, which nobody can move. */
  private count(ade: string): void {
    const { requestsPerSecond } = this.settings
    const now = performance.now()
    const bucket = this.buckets.get(ade) ?? { tokens: requestsPerSecond, at: now }
    const refilled = Math.min(requestsPerSecond, bucket.tokens + ((now - bucket.at) / 1000) * requestsPerSecond)
    if (refilled < 1) throw new TooManyRequests(1)
    this.buckets.set(ade, { tokens: refilled - 1, at: now })
  }
}
