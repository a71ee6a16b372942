import { Controller, Get, Res } from '@nestjs/common'
import { ApiExcludeController } from '@nestjs/swagger'
import type { FastifyReply } from 'fastify'
import { Public } from '../http/caller.guard.js'
import { Metrics } from './metrics.js'

/** For Prometheus. Open like the health checks: keep it inside your network. */
@ApiExcludeController()
@Public()
@Controller('metrics')
export class MetricsController {
  constructor(private readonly metrics: Metrics) {}

  @Get()
  async text(@Res() reply: FastifyReply): Promise<void> {
    const text = await this.metrics.text()
    void reply.type(this.metrics.registry.contentType).send(text)
  }
}
