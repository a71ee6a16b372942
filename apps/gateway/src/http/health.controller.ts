import { Controller, Get } from '@nestjs/common'
import { ApiOperation, ApiProperty, ApiResponse, ApiTags } from '@nestjs/swagger'
import { Unavailable } from '#platform'
import { Public } from './caller.guard.js'
import { gatewayProblems } from './gateway.errors.js'
import { Readiness, type ProbeResult } from './readiness.js'

class LivenessAnswer {
  @ApiProperty({ enum: ['alive'] }) status!: 'alive'
}

class ProbeAnswer implements ProbeResult {
  @ApiProperty({ example: 'database' }) name!: string
  @ApiProperty({ description: 'Without it no letter can be taken in.' }) critical!: boolean
  @ApiProperty() ok!: boolean
  @ApiProperty({ required: false, description: 'Code of the problem, when not ok.' }) code?: string
  @ApiProperty({ format: 'date-time' }) checkedAt!: string
}

class ReadinessAnswer {
  @ApiProperty({ enum: ['ready', 'degraded'], description: 'degraded: letters are taken in, but will have to wait.' })
  status!: 'ready' | 'degraded'
  @ApiProperty({ type: [ProbeAnswer] }) probes!: ProbeAnswer[]
}

/** For orchestrators and monitors; open to anybody, says nothing about letters. */
@ApiTags('health')
@Public()
@Controller()
export class HealthController {
  constructor(private readonly readiness: Readiness) {}

  @Get('livez')
  @ApiOperation({ summary: 'Is the process alive?', description: 'Depends on nothing.' })
  @ApiResponse({ status: 200, type: LivenessAnswer })
  livez(): LivenessAnswer {
    return { status: 'alive' }
  }

  @Get('readyz')
  @ApiOperation({
    summary: 'Can letters be taken in?',
    description: 'Tries the database, the seal key and the services.'
  })
  @ApiResponse({ status: 200, type: ReadinessAnswer })
  @ApiResponse({
    status: 503,
    description: `\`${gatewayProblems['not-ready'].code}\`: ${gatewayProblems['not-ready'].en}`
  })
  async readyz(): Promise<ReadinessAnswer> {
    const probes = await this.readiness.results()
    const failing = probes.filter(probe => !probe.ok)
    if (failing.some(probe => probe.critical))
      throw new Unavailable(gatewayProblems['not-ready'], {
        failing: failing.map(({ name, code }) => `${name}: ${code}`),
        working: probes.filter(probe => probe.ok).map(({ name }) => name)
      })
    return { status: failing.length > 0 ? 'degraded' : 'ready', probes }
  }
}
