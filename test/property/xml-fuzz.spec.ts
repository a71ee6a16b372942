import { fuzzXml } from '../fuzz/xml.fuzz.js'

describe('XML that was tampered with', () => {
  it('ends in a result or a coded problem, in 500 cases', async () => {
    const { accepted } = await fuzzXml(500, 20261122)
    // some changes do no harm; were there none, the fuzzer would only try rubbish
    expect(accepted).toBeGreaterThan(20)
    expect(accepted).toBeLessThan(490)
  })
})
