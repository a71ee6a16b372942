import { createHash } from 'node:crypto'
import { KEYS, startTestApp, World } from '../http/testing/test-app.js'

describe('the log of requests', () => {
  it('names the request in lines that are written for it, also when its body has come', async () => {
    const world = new World()
    const app = await startTestApp(world)
    const upload = (payload: string) =>
      app.inject({
        method: 'POST',
        url: '/v1/documents',
        headers: {
          authorization: KEYS.sender,
          'content-type': 'text/plain',
          'content-length': String(payload.length),
          'content-disposition': 'attachment; filename="a.txt"',
          'content-digest': `sha-256=:${createHash('sha256').update(payload).digest('base64')}:`
        },
        payload
      })
    const answers = await Promise.all([upload('one'), upload('another')])
    await app.close()
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([201, 201])
    const lines = world.logLines.map(line => JSON.parse(line)).filter(({ msg }) => msg === 'a document came')
    expect(lines.map(({ traceId }) => traceId).sort()).toEqual(answers.map(({ headers }) => headers['trace-id']).sort())
  })
})
