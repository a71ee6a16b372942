import * as fc from 'fast-check'
import { Refused } from '#platform/plain'
import { makeSealer } from '../../../test/test-authority.js'
import { readCredential } from './credential.js'
import { problemOf } from './csc-problem.js'
import { readServiceInfo } from './service-info.js'

/** What `read` comes to: anything but a value or a coded refusal is thrown on. */
function outcome(read: () => unknown): 'value' | 'refused' {
  try {
    read()
    return 'value'
  } catch (error) {
    if (error instanceof Refused) return 'refused'
    throw error
  }
}

describe('answers of a service that mean no good', () => {
  it('end in a coded refusal, whatever they are', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom('v1', 'v2'), (body, api) => {
        expect(outcome(() => readServiceInfo(body, api))).toBe('refused')
        expect(outcome(() => readCredential(body, api, 'ab'.repeat(32), true))).toBe('refused')
        expect(problemOf(400, body, undefined).kind).toMatch(/^(refused|pin|sad|token|later)$/)
      }),
      { numRuns: 500 }
    )
  })

  it('end in a credential or a coded refusal when a good one is changed in one place', async () => {
    const { institution, authority } = await makeSealer()
    const good = {
      key: { status: 'enabled', algo: ['1.2.840.10045.4.3.2'], len: 256 },
      cert: {
        status: 'valid',
        certificates: [institution, authority].map(({ certificate }) => certificate.toString('base64'))
      },
      authMode: 'explicit',
      SCAL: '2',
      PIN: { presence: 'true' },
      OTP: { presence: 'false' },
      multisign: 5
    }
    const pinned = await fingerprint(institution.certificate)
    expect(readCredential(good, 'v1', pinned, true)).toMatchObject({ scal: 2, multisign: 5, pin: { id: 'PIN' } })
    const outcomes = new Set<string>()
    const paths = [
      ['key'],
      ['key', 'algo'],
      ['cert'],
      ['cert', 'certificates'],
      ['authMode'],
      ['PIN'],
      ['OTP'],
      ['multisign']
    ]
    fc.assert(
      fc.property(fc.constantFrom(...paths), fc.jsonValue(), (path, value) => {
        const changed = structuredClone(good) as unknown as Record<string, unknown>
        const parent = path.length === 1 ? changed : (changed[path[0]!] as Record<string, unknown>)
        parent[path.at(-1)!] = value
        outcomes.add(outcome(() => readCredential(changed, 'v1', pinned, true)))
      }),
      { numRuns: 500 }
    )
    expect(outcomes).toEqual(new Set(['value', 'refused']))
  })

  it('end in a coded refusal when the certificate is damaged', async () => {
    const { institution } = await makeSealer()
    const pinned = await fingerprint(institution.certificate)
    for (let at = 0; at < institution.certificate.length; at++) {
      const damaged = Buffer.from(institution.certificate)
      damaged[at] = damaged[at]! ^ 0x41
      const body = { key: { status: 'enabled', algo: [] }, cert: { certificates: [damaged.toString('base64')] } }
      expect(outcome(() => readCredential(body, 'v1', pinned, true))).toBe('refused')
    }
  })
})

async function fingerprint(certificate: Buffer): Promise<string> {
  return Buffer.from(await crypto.subtle.digest('SHA-256', new Uint8Array(certificate))).toString('hex')
}
