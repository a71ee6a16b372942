import { Refused } from '#platform/plain'
import { digitalSignature, type Identity, issue, makeSealer, timeStampingOnly } from '../../test/test-authority.js'
import { makePdf } from '../../test/test-pdfs.js'
import { makePkcs12 } from '../../test/test-pkcs12.js'
import { issueToken } from '../../test/test-tsa.js'
import { TrustStore } from '../certificate/trust-store.js'
import { defaultFormatPolicy } from '../format-policy.js'
import { Pkcs12SealKey } from '../keys/pkcs12.seal-key.js'
import type { Leaf, Material } from '../material.js'
import type { MaterialLookUp } from '../revocation/online-material-source.js'
import { sealingProblems } from '../sealing.errors.js'
import { BufferSource, readAll } from '../source.js'
import { LocalSealEngine } from './local-engine.js'

const clock = { now: () => new Date('2026-11-22T12:00:00Z') }

describe('raising a file with a signature of a stranger, whose authority nobody here knows', () => {
  let ours: Pkcs12SealKey
  let theirs: Pkcs12SealKey
  let tsa: Identity

  beforeAll(async () => {
    const keyOf = async (subject: string) => {
      const { institution } = await makeSealer(undefined, subject)
      return Pkcs12SealKey.open(await makePkcs12('x', [institution], [institution]), 'x', clock.now())
    }
    ours = await keyOf('CN=Ours')
    theirs = await keyOf('CN=Theirs')
    tsa = await issue({ subject: 'CN=TSA', extensions: [timeStampingOnly, digitalSignature] })
  })

  /** Knows its key and the time-stamp authority, and nobody else. */
  const engineOf = (key: Pkcs12SealKey) => {
    const known = [key.certificate, tsa.certificate]
    const collect = (leaves: readonly Leaf[]): Promise<Material> =>
      leaves.every(({ certificate }) => known.some(one => one.equals(certificate)))
        ? Promise.resolve({ certificates: leaves.map(one => one.certificate), ocspResponses: [], crls: [] })
        : Promise.reject(new Refused(sealingProblems['certificate-untrusted']))
    const gather: MaterialLookUp['gather'] = () => Promise.reject(new Error('nobody validates'))
    return new LocalSealEngine({
      keys: new Map([['key', key]]),
      trust: new TrustStore([]),
      clock,
      material: { collect, gather },
      tsa: {
        expectedTokenBytes: 4000,
        stamp: async imprint => {
          const token = await issueToken(tsa, imprint, undefined)
          return { token, genTime: clock.now(), serial: '1', policy: '1.2' }
        }
      }
    })
  }
  const sealed = async (by: Pkcs12SealKey, bytes: Buffer): Promise<Buffer> => {
    const document = { fileName: 'a.pdf', mediaType: 'application/pdf', source: new BufferSource(bytes) }
    const style = { key: 'key', level: 'B-B', formats: defaultFormatPolicy, whenAway: 'fail' } as const
    const [outcome] = await engineOf(by).seal([{ id: '1', documents: [document] }], style)
    if (!outcome?.ok) throw new Error(outcome?.problem.code)
    return readAll(outcome.sealed.source)
  }
  const raised = async (file: Buffer) => engineOf(ours).raise(new BufferSource(file), 'B-LT')

  it('raises our seal beside it, whichever was there first', async () => {
    const pdf = makePdf()
    for (const file of [await sealed(ours, await sealed(theirs, pdf)), await sealed(theirs, await sealed(ours, pdf))])
      expect((await raised(file)).size).toBeGreaterThan(file.length)
  })

  it('refuses where there is no seal of ours', async () => {
    await expect(raised(await sealed(theirs, makePdf()))).rejects.toMatchObject({
      type: sealingProblems['certificate-untrusted']
    })
  })
})
