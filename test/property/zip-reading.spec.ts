import { fuzzZip } from '../fuzz/zip.fuzz.js'

describe('containers that were tampered with', () => {
  it('end in an answer or a coded error, and nobody finds other files in them, in 500 cases', async () => {
    const { accepted } = await fuzzZip(500, 20261122)
    expect(accepted).toBeGreaterThan(20)
    expect(accepted).toBeLessThan(490)
  }, 60_000)
})
