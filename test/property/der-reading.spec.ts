import { fuzzDer } from '../fuzz/der.fuzz.js'

describe('signatures that were tampered with', () => {
  it('end in an answer or a coded error, and hold over no other content, in 500 cases', async () => {
    const { accepted } = await fuzzDer(500, 20261122)
    expect(accepted).toBeGreaterThan(20)
    expect(accepted).toBeLessThan(490)
  }, 60_000)
})
