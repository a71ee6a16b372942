import { fuzzSeals } from '../fuzz/seals.fuzz.js'

describe('sealed files of all formats that were tampered with', () => {
  it('are validated, raised and sealed again, or refused, in 300 cases', async () => {
    const { outcomes, slowest } = await fuzzSeals(300, 20261122)
    expect(slowest).toBeLessThan(2000)
    // Damage that never lets anything pass, or always, tries nothing.
    for (const outcome of [
      'raised',
      'sealed',
      'PAdES TOTAL-PASSED',
      'PAdES TOTAL-FAILED',
      'XAdES-enveloped TOTAL-FAILED'
    ])
      expect(outcomes.get(outcome)).toBeGreaterThan(3)
    expect(outcomes.size).toBeGreaterThan(15)
  }, 120_000)
})
