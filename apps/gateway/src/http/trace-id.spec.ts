import { SystemClock, UuidV7 } from '#platform'
import { traceIdOf } from './trace-id.js'

const ids = new UuidV7(new SystemClock())
const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736'
const PARENT = '00f067aa0ba902b7'

describe('the trace id', () => {
  it.each([[`00-${TRACE}-${PARENT}-01`], [`01-${TRACE}-${PARENT}-01-more`]])('is taken from %s', header => {
    expect(traceIdOf(header, ids)).toBe(TRACE)
  })

  it.each([
    [undefined],
    [''],
    [`ff-${TRACE}-${PARENT}-01`],
    [`00-${TRACE}-${PARENT}-01-more`],
    [`00-${'0'.repeat(32)}-${PARENT}-01`],
    [`00-${TRACE}-${'0'.repeat(16)}-01`],
    [`00-${TRACE.toUpperCase()}-${PARENT}-01`],
    [`00-${TRACE}-${PARENT}`],
    [[`00-${TRACE}-${PARENT}-01`]]
  ])('is fresh when the header is %j', header => {
    const fresh = traceIdOf(header, ids)
    expect(fresh).toMatch(/^[0-9a-f]{32}$/)
    expect(fresh).not.toBe(TRACE)
    expect(traceIdOf(header, ids)).not.toBe(fresh)
  })
})
