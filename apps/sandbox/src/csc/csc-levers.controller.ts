import { Controller, Get, HttpCode, Post } from '@nestjs/common'
import { Ledger } from '../world/ledger.js'
import { remoteCredentials } from './remote-credential.js'
import { RemoteSealService } from './remote-seal-service.js'

/** What a test may ask of the remote seal service behind its back. */
interface CscReading {
  /** Signatures that the HSM has made, and in how many calls. */
  signatures: number
  calls: number
  byCredential: Record<string, number>
  locked: string[]
  /** What the person with the device reads from it now. */
  oneTimePassword: string
}

/** Levers of the remote seal service. */
@Controller('control/csc')
export class CscLeversController {
  constructor(
    private readonly service: RemoteSealService,
    private readonly ledger: Ledger
  ) {}

  @Get()
  read(): CscReading {
    const signed = this.ledger.entries({ surface: 'csc', action: 'signed' })
    const byCredential: Record<string, number> = {}
    for (const { credential, count } of signed) {
      byCredential[String(credential)] = (byCredential[String(credential)] ?? 0) + Number(count)
    }
    return {
      signatures: Object.values(byCredential).reduce((sum, count) => sum + count, 0),
      calls: signed.length,
      byCredential,
      locked: remoteCredentials.filter(one => this.service.approvals.isLocked(one)).map(({ id }) => id),
      oneTimePassword: this.service.approvals.oneTimePassword
    }
  }

  /** The person with the telephone approves everything that waits. */
  @Post('approve')
  @HttpCode(200)
  approve(): { approved: number } {
    return { approved: this.service.pending.approveAll() }
  }

  /** The operator of the service opens all locks. */
  @Post('unlock')
  @HttpCode(200)
  unlock(): CscReading {
    this.service.approvals.unlock()
    return this.read()
  }
}
