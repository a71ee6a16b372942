import { Refused, Unavailable } from '#platform/plain'
import { digitalSignature, issue, timeStampingOnly } from '../test/test-authority.js'
import { issueToken } from '../test/test-tsa.js'
import type { Leaf, Material, MaterialSource } from './material.js'
import { OwnFirst } from './own-first.js'
import { sealingProblems } from './sealing.errors.js'

const leafOf = (name: string): Leaf => ({ certificate: Buffer.from(name), candidates: [] })
const [ours, theirs] = [leafOf('ours'), leafOf('theirs')]

/** Answers with the certificate itself, or with a problem; remembers who was said to be the operator's own. */
class Scripted implements MaterialSource {
  readonly own: string[] = []

  constructor(private readonly troubles: Record<string, Error> = {}) {}

  collect(leaves: readonly Leaf[]): Promise<Material> {
    for (const { certificate, own } of leaves) {
      if (own) this.own.push(certificate.toString())
      const trouble = this.troubles[certificate.toString()]
      if (trouble) return Promise.reject(trouble)
    }
    const certificates = leaves.map(({ certificate }) => certificate)
    return Promise.resolve({ certificates, ocspResponses: [Buffer.from('same')], crls: [] })
  }
}

const untrusted = new Refused(sealingProblems['certificate-untrusted'])
const ownFirst = (source: MaterialSource) => new OwnFirst(source, [ours.certificate])

describe('material for our seal beside signatures of strangers', () => {
  it.each([
    ['asked for together', (source: OwnFirst) => source.collect([theirs, ours])],
    [
      'one after the other',
      async (source: OwnFirst) => [await source.collect([theirs]), await source.collect([ours])][1]!
    ]
  ])(
    'is ours whatever is known of the strangers, and says which certificate is the operator’s own: %s',
    async (_, ask) => {
      const scripted = new Scripted({ theirs: untrusted })
      const source = ownFirst(scripted)
      expect((await ask(source)).certificates).toEqual([ours.certificate])
      expect(scripted.own).toEqual(['ours'])
      source.assertComplete()
    }
  )

  it('holds what is known of strangers too, nothing twice', async () => {
    const found = await ownFirst(new Scripted()).collect([theirs, ours])
    expect(found.certificates).toEqual([theirs.certificate, ours.certificate])
    expect(found.ocspResponses).toEqual([Buffer.from('same')])
  })

  it('must be complete for ours, and nobody may be away', async () => {
    await expect(ownFirst(new Scripted({ ours: untrusted })).collect([ours])).rejects.toBe(untrusted)
    const away = new Unavailable(sealingProblems['revocation-unavailable'])
    const work = ownFirst(new Scripted({ theirs: away })).collect([ours, theirs])
    await expect(work).rejects.toBe(away)
  })

  it('must be complete for the authorities whose time stamps we ask for', async () => {
    const authority = await issue({ subject: 'CN=TSA', extensions: [timeStampingOnly, digitalSignature] })
    const token = await issueToken(authority, Buffer.alloc(32), undefined)
    const source = ownFirst({ collect: () => Promise.reject(untrusted) })
    const leaf = { certificate: authority.certificate, candidates: [] }
    expect((await source.collect([leaf])).certificates).toEqual([])
    const tsa = source.noting({
      expectedTokenBytes: 1,
      stamp: () => Promise.resolve({ token, genTime: new Date(0), serial: '1', policy: '1.2' })
    })
    await tsa.stamp(Buffer.alloc(32))
    await expect(source.collect([leaf])).rejects.toBe(untrusted)
  })

  it('must be complete for everybody where no seal of ours is', async () => {
    const source = ownFirst(new Scripted({ theirs: untrusted }))
    await source.collect([theirs])
    expect(() => source.assertComplete()).toThrow(untrusted)
  })
})
