import {
  createParamDecorator,
  Injectable,
  SetMetadata,
  type CanActivate,
  type CustomDecorator,
  type ExecutionContext
} from '@nestjs/common'
import { Reflector } from '@nestjs/core'
import type { FastifyRequest } from 'fastify'
import { Authenticate, type Caller } from '#access'

declare module 'fastify' {
  interface FastifyRequest {
    /** Who asks; set once the credential was checked. */
    caller?: Caller
  }
}

const PUBLIC = 'goniec:public'

/** Marks a controller that answers anybody: health, metrics, the catalogue of problems. */
export const Public = (): CustomDecorator => SetMetadata(PUBLIC, true)

/** Lets nobody in without a valid credential. Guards every controller, so that a new one is closed until it says otherwise. */
@Injectable()
export class CallerGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly authenticate: Authenticate
  ) {}

  /** @throws whatever `Authenticate` throws; the problem filter makes the answer */
  async canActivate(context: ExecutionContext): Promise<boolean> {
    if (this.reflector.getAllAndOverride<boolean>(PUBLIC, [context.getHandler(), context.getClass()])) return true
    const request = context.switchToHttp().getRequest<FastifyRequest>()
    request.caller = await this.authenticate.execute(request.headers.authorization)
    return true
  }
}

/** The caller of this request, as a parameter of a handler. */
export const CurrentCaller = createParamDecorator(
  (_: unknown, context: ExecutionContext): Caller => context.switchToHttp().getRequest<FastifyRequest>().caller!
)
