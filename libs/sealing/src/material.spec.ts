import { Refused, Unavailable } from '#platform/plain'
import { type Leaf, type Material, type MaterialSource, ownFirst } from './material.js'
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

describe('material for our seal beside signatures of strangers', () => {
  it('is ours whatever is known of the strangers, and says which certificate is the operator’s own', async () => {
    const source = new Scripted({ theirs: untrusted })
    const found = await ownFirst(source, [ours.certificate]).collect([theirs, ours])
    expect(found.certificates).toEqual([ours.certificate])
    expect(source.own).toEqual(['ours'])
  })

  it('holds what is known of strangers too, nothing twice', async () => {
    const found = await ownFirst(new Scripted(), [ours.certificate]).collect([theirs, ours])
    expect(found.certificates).toEqual([theirs.certificate, ours.certificate])
    expect(found.ocspResponses).toEqual([Buffer.from('same')])
  })

  it('must be complete for ours, and nobody may be away', async () => {
    await expect(ownFirst(new Scripted({ ours: untrusted }), [ours.certificate]).collect([ours])).rejects.toBe(
      untrusted
    )
    const away = new Unavailable(sealingProblems['revocation-unavailable'])
    const work = ownFirst(new Scripted({ theirs: away }), [ours.certificate]).collect([ours, theirs])
    await expect(work).rejects.toBe(away)
  })

  it('must be complete for everybody where no seal of ours is', async () => {
    const work = ownFirst(new Scripted({ theirs: untrusted }), [ours.certificate]).collect([theirs])
    await expect(work).rejects.toBe(untrusted)
  })
})
