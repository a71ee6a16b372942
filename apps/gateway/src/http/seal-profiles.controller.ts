import { Controller, Get } from '@nestjs/common'
import { ApiBearerAuth, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger'
import type { Caller } from '#access'
import { ReadSeals } from '#seals'
import { ApiProblems } from './api-problems.js'
import { CurrentCaller } from './caller.guard.js'
import { SealProfilesAnswer } from './seal-answers.dto.js'

/** Which seals the caller may make. */
@ApiTags('seals')
@ApiBearerAuth()
@Controller('v1/seal-profiles')
export class SealProfilesController {
  constructor(private readonly readSeals: ReadSeals) {}

  @Get()
  @ApiOperation({ summary: 'Seal profiles that you may use (profile pieczęci)' })
  @ApiResponse({ status: 200, type: SealProfilesAnswer })
  @ApiProblems()
  async profiles(@CurrentCaller() caller: Caller): Promise<SealProfilesAnswer> {
    const profiles = await this.readSeals.profiles(caller)
    return {
      items: profiles.map(({ name, definition }) => ({
        name,
        level: definition.level,
        formats: definition.formats,
        visible: definition.design !== undefined,
        maxPerHour: definition.maxPerHour ?? null,
        secondPersonAbove: definition.secondPersonAbove ?? null
      }))
    }
  }
}
