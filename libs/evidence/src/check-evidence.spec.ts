import { createHash } from 'node:crypto'
import { erdsEvidence, partInfo, proof, RECIPIENT, sealed, SENDER } from '../test/test-evidence.js'
import { goodSeal, makeWorld, type TestWorld } from '../test/world.js'
import { checkEvidence, type ExpectedEvidence } from './check-evidence.js'
import { evidenceProblems, problemOf } from './evidence.errors.js'

const SHA3 = 'http://www.w3.org/2007/05/xmldsig-more#sha3-512'
const hex = (bytes: string, name: string) => createHash(name).update(bytes).digest('hex')
const sent = (name: string, bytes: string) => ({
  name,
  size: bytes.length,
  sha256: hex(bytes, 'sha256'),
  sha3_512: hex(bytes, 'sha3-512')
})
const expected: ExpectedEvidence = {
  messageId: 'PPSA-E-1',
  senderAde: SENDER,
  recipientAde: RECIPIENT,
  parts: [sent('a.pdf', 'alpha'), sent('b.pdf', 'beta!')]
}

let world: TestWorld
beforeAll(async () => {
  world = await makeWorld()
})

const check = (document: string, more: Partial<ExpectedEvidence> = {}) =>
  checkEvidence(Buffer.from(document), { ...expected, ...more }, world.trust, world.now)
const evidence = (wish: Parameters<typeof erdsEvidence>[0] = {}) => goodSeal(world, erdsEvidence(wish)).document
const named = (report: ReturnType<typeof check>, name: string) => report.checks.find(c => c.name === name)

describe('evidence about our letter', () => {
  const parts = partInfo('id-1', 'alpha') + partInfo('id-2', 'beta!', SHA3, 'sha3-512')

  it('passes when everything fits, and says what was looked at', () => {
    const report = check(evidence({ parts }), { kind: 'A.1' })
    expect(report).toMatchObject({ verdict: 'PASSED', facts: { kind: 'A.1', messageId: 'PPSA-E-1' } })
    expect(report.seal).toMatchObject({ level: 'XAdES-B-T', signedBy: { subject: 'Operator' } })
    expect(named(report, 'parts')).toMatchObject({ ok: true, detail: '2 of 2 sent parts fit' })
    expect(report.checks.some(c => c.ok === false)).toBe(false)
    expect(problemOf(report)).toBeUndefined()
  })

  it('passes with parts absent, which is noted', () => {
    const report = check(evidence({ parts: partInfo('id-1', 'alpha') }))
    expect(report.verdict).toBe('PASSED')
    expect(named(report, 'parts-absent')).toMatchObject({ ok: null, detail: '1 sent parts are not named' })
    expect(named(check(evidence()), 'parts')).toMatchObject({ ok: null })
  })

  it('does not ask where the text of the message comes from', () => {
    expect(check(evidence({ parts: parts + partInfo('PPSA-E-1', 'Dzień dobry') })).verdict).toBe('PASSED')
  })

  it('passes over digests of a kind that we keep none of', () => {
    const report = check(evidence({ parts: partInfo('id-1', 'other', 'urn:md5', 'md5') }))
    expect(report.verdict).toBe('PASSED')
    expect(named(report, 'parts-digest')).toMatchObject({ ok: null })
  })

  it('passes over a listed kind that is no code of a proof', () => {
    expect(check(evidence(), { kind: 'D' }).verdict).toBe('PASSED')
  })
})

describe('evidence that does not count', () => {
  it.each<[string, () => ReturnType<typeof check>, string, string]>([
    ['another message', () => check(evidence({ messageId: 'PPSA-E-2' })), 'FAILED', 'MESSAGE_MISMATCH'],
    ['another sender', () => check(evidence({ sender: 'AE:PL-10000-20003-DRUGI-23' })), 'FAILED', 'PARTY_MISMATCH'],
    ['another addressee', () => check(evidence({ recipient: SENDER })), 'FAILED', 'PARTY_MISMATCH'],
    ['another kind than listed', () => check(evidence(), { kind: 'E.1' }), 'FAILED', 'KIND_MISMATCH'],
    ['another file', () => check(evidence({ parts: partInfo('id-1', 'alphA') })), 'FAILED', 'HASH_FAILURE'],
    [
      'another file by SHA-3',
      () => check(evidence({ parts: partInfo('id-1', 'alphA', SHA3, 'sha3-512') })),
      'FAILED',
      'HASH_FAILURE'
    ],
    [
      'an event after its seal',
      () => check(evidence({ eventTime: '2026-11-02T09:30:00Z' })),
      'INDETERMINATE',
      'TIME_IMPLAUSIBLE'
    ],
    [
      'an event before the submission',
      () => check(evidence({ eventTime: '2026-11-02T09:00:00Z' })),
      'INDETERMINATE',
      'TIME_IMPLAUSIBLE'
    ],
    ['no message id', () => check(evidence({ messageId: '' })), 'INDETERMINATE', 'CONTENT_UNREADABLE'],
    [
      'an unknown form',
      () => check(goodSeal(world, { before: '<KartaEpo>', after: '</KartaEpo>' }).document),
      'INDETERMINATE',
      'CONTENT_UNREADABLE'
    ],
    ['a changed byte', () => check(evidence().replace('09:15:02.250Z', '09:15:02.251Z')), 'FAILED', 'HASH_FAILURE'],
    [
      'an unknown seal',
      () => check(sealed(erdsEvidence(), { seal: world.attacker }).document),
      'INDETERMINATE',
      'NO_CERTIFICATE_CHAIN_FOUND'
    ],
    ['a document type', () => check('<!DOCTYPE a><a/>'), 'FAILED', 'FORMAT_FAILURE']
  ])('%s', (_name, make, verdict, subIndication) => {
    const report = make()
    expect(report).toMatchObject({ verdict, subIndication })
    expect(problemOf(report)).toMatchObject({ code: expect.stringMatching(/^evidence\//), pl: expect.any(String) })
  })

  it('tells nothing of what an unknown seal or a changed byte covers', () => {
    const forged = sealed(erdsEvidence(), { seal: world.attacker }).document
    expect(check(forged)).not.toHaveProperty('facts')
    expect(check(evidence().replace('09:15:02.250Z', '09:15:02.251Z'))).not.toHaveProperty('facts')
  })

  it('a failure outweighs a doubt', () => {
    const document = goodSeal(world, erdsEvidence({ messageId: 'PPSA-E-2' }), { stampOver: Buffer.from('x') }).document
    expect(check(document)).toMatchObject({ verdict: 'FAILED', subIndication: 'MESSAGE_MISMATCH' })
    const doubt = goodSeal(world, erdsEvidence(), { stampOver: Buffer.from('x') }).document
    expect(check(doubt)).toMatchObject({ verdict: 'INDETERMINATE', subIndication: 'SIG_CONSTRAINTS_FAILURE' })
  })

  it('the reason why bytes were not parsed is told by its own code', () => {
    expect(problemOf(check('<!DOCTYPE a><a/>'))).toBe(evidenceProblems['xml-doctype-forbidden'])
  })

  it('names neither files nor addresses in its checks', () => {
    const report = check(evidence({ recipient: SENDER, parts: partInfo('id-1', 'alphA') }))
    expect(JSON.stringify(report.checks)).not.toMatch(/AE:PL|a\.pdf|id-1/)
  })
})

describe('a proof of receipt', () => {
  const receipt = (
    parts: { id: string; name: string; size: string; text?: boolean }[],
    received = '2026-11-02T10:15:03+01:00'
  ) => check(goodSeal(world, proof({ received, parts })).document, { kind: 'BP.OX' })
  const a = { id: '1', name: 'a.pdf', size: '5' }

  it('passes when names and sizes fit', () => {
    const text = { id: 'PPSA-E-1', name: 'Treść wiadomości', size: '30', text: true }
    expect(receipt([text, a])).toMatchObject({ verdict: 'PASSED', facts: { receivedAt: '2026-11-02T09:15:03.000Z' } })
  })

  it('fails on another size, and doubts a file that was not sent', () => {
    expect(receipt([{ ...a, size: '6' }])).toMatchObject({ verdict: 'FAILED', subIndication: 'HASH_FAILURE' })
    expect(receipt([{ ...a, name: 'c.pdf' }])).toMatchObject({
      verdict: 'INDETERMINATE',
      subIndication: 'PARTS_DIFFER'
    })
  })

  it('may print the end of the day on which it is sealed, and no later', () => {
    expect(receipt([a], '2026-11-02T23:59:59+01:00').verdict).toBe('PASSED')
    expect(receipt([a], '2026-11-03T23:59:59+01:00').subIndication).toBe('TIME_IMPLAUSIBLE')
  })
})
