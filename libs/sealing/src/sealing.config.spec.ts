import { sealingConfig } from './sealing.config.js'

const key = { GONIEC_SEAL_PKCS12_FILE: 'a.p12', GONIEC_SEAL_PKCS12_PASSWORD_FILE: 'a.password' }
const tsa = { GONIEC_TSA_URL: 'http://127.0.0.1:4010/tsa', GONIEC_TSA_TRUST_FILE: 'tsa.pem' }
const problemsOf = (env: Record<string, string>) =>
  sealingConfig.safeParse(env).error?.issues.map(({ path }) => path.join('.')) ?? []

describe('configuration of sealing', () => {
  it('seals at B-T unless told otherwise, and says what that needs', () => {
    expect(sealingConfig.parse({ ...key, ...tsa })).toMatchObject({
      GONIEC_SEAL_LEVEL: 'B-T',
      GONIEC_TSA_TIMEOUT_MS: 10_000,
      GONIEC_TSA_MAX_SKEW_SECONDS: 300
    })
    expect(problemsOf(key)).toEqual(['GONIEC_TSA_URL', 'GONIEC_TSA_TRUST_FILE'])
    expect(problemsOf({ ...key, GONIEC_SEAL_LEVEL: 'B-B' })).toEqual([])
  })

  it('takes a key file instead of a key, several authorities, and says what long levels need', () => {
    const both = { ...tsa, GONIEC_TSA_URL: 'http://a.test/tsa, https://b.test/tsa' }
    expect(sealingConfig.parse({ GONIEC_SEAL_KEYS_FILE: 'keys.json', ...both }).GONIEC_TSA_URL).toEqual([
      'http://a.test/tsa',
      'https://b.test/tsa'
    ])
    expect(problemsOf({ ...key, ...tsa, GONIEC_SEAL_LEVEL: 'B-LTA' })).toEqual(['GONIEC_SEAL_TRUST_FILE'])
    expect(problemsOf({ GONIEC_SEAL_PKCS12_FILE: 'a.p12', ...tsa })).toEqual(['GONIEC_SEAL_PKCS12_PASSWORD_FILE'])
  })

  it('takes a file of time-stamp authorities instead of addresses', () => {
    const file = { GONIEC_TSA_FILE: 'tsa.json', GONIEC_TSA_TRUST_FILE: 'tsa.pem' }
    expect(problemsOf({ ...key, ...file })).toEqual([])
    expect(problemsOf({ ...key, GONIEC_TSA_FILE: 'tsa.json' })).toEqual(['GONIEC_TSA_TRUST_FILE'])
  })

  it('names every variable that is wrong', () => {
    const wrong = { ...tsa, GONIEC_TSA_URL: 'ftp://x', GONIEC_SEAL_LEVEL: 'B-X', GONIEC_TSA_POLICY: 'x' }
    expect(problemsOf(wrong).sort()).toEqual([
      'GONIEC_SEAL_LEVEL',
      'GONIEC_SEAL_PKCS12_FILE',
      'GONIEC_TSA_POLICY',
      'GONIEC_TSA_URL'
    ])
  })
})
