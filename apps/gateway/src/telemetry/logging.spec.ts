import { Logger } from '@nestjs/common'
import { KEYS, LETTER, startTestApp, World } from '../http/testing/test-app.js'
import { describeError } from './describe-error.js'

describe('the log', () => {
  it('names requests by pattern and trace, and holds no URL, header or body', async () => {
    const world = new World()
    const app = await startTestApp(world)
    const answer = await app.inject({
      method: 'POST',
      url: `/v1/letters/${LETTER}/cancellation?reason=Kowalska`,
      headers: { authorization: KEYS.sender, 'x-note': 'Nowak' }
    })
    await app.inject({ url: '/livez' })
    await app.inject({ url: '/nowhere/44051401359' })
    new Logger('Spec').error(
      { err: new Error('x'), pesel: '44051401359', deep: { subject: 'Tajne', pdfPassword: 'Tajne' } },
      'something happened'
    )
    await app.close()
    const lines = world.logLines.map(line => JSON.parse(line))
    const requests = lines.filter(line => line.msg === 'request completed')
    expect(requests.map(({ req, res, route }) => [req, res, route])).toEqual([
      [{ method: 'POST' }, { status: 200 }, '/v1/letters/:letterId/cancellation'],
      [{ method: 'GET' }, { status: 404 }, undefined]
    ])
    expect(requests[0]).toMatchObject({ level: 'info', service: 'goniec', traceId: answer.headers['trace-id'] })
    expect(requests[0].time).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/)
    expect(lines.find(line => line.msg === 'something happened')).toMatchObject({
      pesel: '[blotted out]',
      deep: { subject: '[blotted out]', pdfPassword: '[blotted out]' },
      err: { type: 'Error', message: 'x' }
    })
    expect(world.logLines.join('')).not.toMatch(new RegExp(`Kowalska|Nowak|sender-key|44051401359|Tajne|${LETTER}`))
  })
})

describe('an error in the log', () => {
  it('keeps its kind, code and place, and loses what quotes data', () => {
    const parse = () => {
      try {
        JSON.parse('{"pesel": 44051401359x')
      } catch (error) {
        return error
      }
    }
    const driver = Object.assign(new Error('duplicate key value (44051401359)'), {
      severity: 'ERROR',
      routine: '_bt_check_unique',
      code: '23505',
      constraint: 'letter_pkey',
      detail: 'Key (pesel)=(44051401359)'
    })
    const orm = Object.assign(new Error('44051401359'), { name: 'QueryFailedError', parameters: ['44051401359'] })
    orm.cause = driver
    for (const error of [parse(), driver, orm])
      expect(JSON.stringify(describeError(error))).not.toContain('44051401359')
    expect(describeError(orm)).toMatchObject({
      type: 'QueryFailedError',
      cause: { code: '23505', constraint: 'letter_pkey', routine: '_bt_check_unique' }
    })
    expect(describeError(orm).stack[0]).toMatch(/^at /)
  })

  it('ends, even when it is its own cause', () => {
    const error = new Error('round')
    error.cause = error
    expect(JSON.stringify(describeError(error)).length).toBeLessThan(50_000)
    expect(describeError('a string')).toEqual({ type: 'string', stack: [] })
  })
})
