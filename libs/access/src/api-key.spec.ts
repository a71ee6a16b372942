import { SystemClock, UuidV7 } from '#platform'
import { issueApiKey, parseApiKey, sameDigest } from './api-key.js'

describe('API keys', () => {
  const ids = new UuidV7(new SystemClock())

  it('are taken apart into the id and the digest that was kept', () => {
    const issued = issueApiKey(ids)
    const parsed = parseApiKey(issued.text)
    expect(parsed?.id).toBe(issued.id)
    expect(sameDigest(parsed!.secretSha256, issued.secretSha256)).toBe(true)
  })

  it('do not match with another secret, and are refused when malformed', () => {
    const [one, two] = [issueApiKey(ids), issueApiKey(ids)]
    expect(sameDigest(parseApiKey(one.text)!.secretSha256, two.secretSha256)).toBe(false)
    for (const wrong of ['', 'gnc_', one.text.slice(0, -1), `${one.text}x`, one.text.replace('gnc_', 'abc_')])
      expect(parseApiKey(wrong)).toBeUndefined()
  })
})
