import { All, Controller, HttpCode, Post } from '@nestjs/common'
import { Origin } from '../world/origin.js'
import { cscError } from './csc-error.js'
import { describeService } from './csc-info.js'

/** What anybody may ask of the remote seal service, and the answer to methods that it has not. */
@Controller('csc')
export class CscInfoController {
  constructor(private readonly origin: Origin) {}

  @Post('v1/info')
  @HttpCode(200)
  infoV1(): Record<string, unknown> {
    return describeService('v1', this.origin.url)
  }

  @Post('v2/info')
  @HttpCode(200)
  infoV2(): Record<string, unknown> {
    return describeService('v2', this.origin.url)
  }

  @All(['v1/*', 'v2/*'])
  unknown(): never {
    throw cscError('not_implemented', 'The method is not implemented', 501)
  }
}
