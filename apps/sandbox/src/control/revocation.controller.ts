import { Body, Controller, Delete, Get, HttpCode, HttpException, Post } from '@nestjs/common'
import { z } from 'zod'
import { Pki } from '../pki/pki.js'
import { type Revocation, type RevocationReason, revocationReasons, Revocations } from '../pki/revocations.js'
import { Ledger } from '../world/ledger.js'
import { WorldClock } from '../world/world-clock.js'
import { readOrder } from './read-order.js'

const reasons = Object.keys(revocationReasons) as [RevocationReason, ...RevocationReason[]]
const revokeOrder = z.strictObject({
  certificate: z.string(),
  reason: z.enum(reasons).default('unspecified'),
  at: z.iso.datetime().optional()
})

type Revoked = Readonly<Record<string, Revocation>>

/** Levers of the certification authorities: OCSP and the lists tell at once what was revoked here. */
@Controller('control')
export class RevocationController {
  constructor(
    private readonly pki: Pki,
    private readonly revocations: Revocations,
    private readonly clock: WorldClock,
    private readonly ledger: Ledger
  ) {}

  @Get('revocations')
  list(): Revoked {
    return this.revocations.all()
  }

  @Post('revoke')
  @HttpCode(200)
  revoke(@Body() body: unknown): Revoked {
    const { certificate, reason, at } = readOrder(revokeOrder, body)
    if (!this.pki.isIssued(certificate)) throw new HttpException({ error: 'no such certificate' }, 400)
    const since = at === undefined ? this.clock.now() : new Date(at)
    if (since > this.clock.now()) throw new HttpException({ error: 'nothing is revoked in advance' }, 400)
    const revocation = this.revocations.revoke(certificate, reason, since)
    this.ledger.write({ surface: 'control', action: 'revoked', certificate, ...revocation })
    return this.list()
  }

  @Delete('revocations')
  forget(): Revoked {
    this.revocations.forget()
    this.ledger.write({ surface: 'control', action: 'revocations-forgotten' })
    return this.list()
  }
}
