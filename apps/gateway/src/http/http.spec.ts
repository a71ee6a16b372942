import type { NestFastifyApplication } from '@nestjs/platform-fastify'
import { startTestApp, World } from './testing/test-app.js'

describe('x', () => {
  const world = new World()
  let app: NestFastifyApplication
  beforeAll(async () => { app = await startTestApp(world) })
  afterAll(() => app.close())
  it('y', async () => {
    for (const url of ['/livez', '/readyz', '/v1/letters', '/nothing', '/%zz', '/docs', '/docs/swagger-ui.css', '/openapi.json', '/metrics', '/problems']) {
      const answer = await app.inject({ url })
      console.log(url, answer.statusCode, answer.headers, answer.body.slice(0, 300))
    }
    console.log(world.logLines.join(''))
  })
})
