import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { erdsEvidence, partInfo, proof, RECIPIENT, SENDER } from '../../test/test-evidence.js'
import { erdsEvents, normaliseEvidenceType } from './evidence-facts.js'
import { splitReason } from './read-erds.js'
import { readEvidence } from './read-evidence.js'

const text = ({ before, after }: { before: string; after: string }) => before + after
const facts = (xml: string) => {
  const reading = readEvidence(xml)
  if (!reading.ok) throw new Error(`missing: ${reading.missing.join()}`)
  return reading.facts
}

describe('technical evidence', () => {
  it('is read whole', () => {
    const xml = text(
      erdsEvidence({ event: 'ContentConsignment', reason: 'Powiadomiono, Notified', parts: partInfo('a-1', 'x') })
    )
    expect(facts(xml)).toEqual({
      kind: 'D.1',
      evidenceId: 'evidence-1',
      eventUri: 'http://uri.etsi.org/19522/Event/ContentConsignment',
      eventTime: '2026-11-02T09:15:02.250Z',
      submissionTime: '2026-11-02T09:15:00.000Z',
      availableAt: '2026-11-02T09:15:02.250Z',
      messageId: 'PPSA-E-1',
      senderAde: SENDER,
      recipientAdes: [RECIPIENT],
      refersToRecipient: 1,
      reasons: [{ code: 'Some', raw: 'Powiadomiono, Notified', pl: 'Powiadomiono', en: 'Notified' }],
      parts: [
        {
          id: 'a-1',
          contentType: 'application/pdf',
          digest: { alg: 'http://www.w3.org/2001/04/xmlenc#sha256', value: expect.stringMatching(/=$/) },
          isMessageText: false
        }
      ]
    })
  })

  it('is read the same when local elements are qualified', () => {
    const plain = text(erdsEvidence({ parts: partInfo('a-1', 'x') }))
    const qualified = plain.replace(/<(\/?)(EventTime|Identifier|ContentType|EvidenceRefersToRecipient)\b/g, '<$1e:$2')
    expect(qualified).not.toBe(plain)
    expect(facts(qualified)).toEqual(facts(plain))
  })

  it.each(Object.entries(erdsEvents))('%s is %s', (event, kind) => {
    expect(facts(text(erdsEvidence({ event }))).kind).toBe(kind)
  })

  it('keeps an event that it does not know, and does not take a name of Object for one', () => {
    for (const event of ['ContentAccessTracking', 'constructor']) {
      expect(facts(text(erdsEvidence({ event })))).toMatchObject({
        kind: 'other',
        eventUri: expect.stringContaining(event)
      })
    }
  })

  it('says what is missing', () => {
    const xml = text(erdsEvidence())
      .replace(/<EventTime>.*?<\/EventTime>/, '')
      .replace('PPSA-E-1', ' ')
    expect(readEvidence(xml)).toEqual({ ok: false, missing: ['EventTime', 'MessageIdentifier'] })
    expect(readEvidence(text(erdsEvidence({ eventTime: 'yesterday' })))).toEqual({ ok: false, missing: ['EventTime'] })
    expect(readEvidence(text(erdsEvidence({ eventTime: '2026-02-30T10:00:00Z' })))).toMatchObject({ ok: false })
  })

  it('reads many recipients, and forgets the index when one of them has no address', () => {
    const other = '<e:RecipientDetails><Identifier>AE:PL-1</Identifier></e:RecipientDetails><e:SubmissionTime>'
    const two = text(erdsEvidence()).replace('<e:SubmissionTime>', other)
    expect(facts(two)).toMatchObject({ recipientAdes: [RECIPIENT, 'AE:PL-1'], refersToRecipient: 1 })
    expect(facts(two.replace('>AE:PL-1<', '><'))).not.toHaveProperty('refersToRecipient', 1)
  })
})

describe('national proofs', () => {
  const parts = [
    { id: 'PPSA-E-1', name: 'Treść wiadomości', size: '30', text: true },
    { id: 'f-1', name: 'a.pdf', size: '360505' }
  ]

  it('a proof of receipt is read whole, in UTC', () => {
    const xml = text(proof({ available: '2026-11-02T10:15:05+01:00', received: '2026-07-02T00:10:00+02:00', parts }))
    expect(facts(xml)).toEqual({
      kind: 'BP.OX',
      evidenceId: 'proof-1',
      messageId: 'PPSA-E-1',
      eventTime: '2026-07-01T22:10:00.000Z',
      receivedAt: '2026-07-01T22:10:00.000Z',
      availableAt: '2026-11-02T09:15:05.000Z',
      submissionTime: '2026-11-02T09:15:00.000Z',
      acceptedAt: '2026-11-02T09:15:02.000Z',
      senderAde: SENDER,
      recipientAdes: [RECIPIENT],
      reasons: [],
      mode: 'podstawowy',
      parts: [
        { id: 'PPSA-E-1', name: 'Treść wiadomości', size: 30, isMessageText: true },
        { id: 'f-1', name: 'a.pdf', size: 360505, isMessageText: false }
      ]
    })
  })

  it('a time without an offset is Polish time, a mere day begins there', () => {
    expect(facts(text(proof({ received: '2026-07-02T00:10:00' }))).receivedAt).toBe('2026-07-01T22:10:00.000Z')
    expect(facts(text(proof({ received: '2026-12-28' }))).receivedAt).toBe('2026-12-27T23:00:00.000Z')
  })

  it('a proof of sending is known by its title and proves no receipt', () => {
    const xml = text(proof({ title: 'Potwierdzenie wysłania', received: '2026-12-28T10:00:00+01:00' }))
    expect(facts(xml)).toMatchObject({ kind: 'BP.WX', eventTime: '2026-11-02T09:15:02.000Z' })
    expect(facts(xml).receivedAt).toBeUndefined()
    expect(facts(text(proof({ title: 'Dowód' }))).kind).toBe('BP.WX')
    expect(facts(text(proof({ title: 'Dowód', received: '2026-12-28T10:00:00+01:00' }))).kind).toBe('BP.OX')
  })

  it('a proof of receipt without its date says so', () => {
    expect(readEvidence(text(proof()))).toEqual({ ok: false, missing: ['DataPrzekazaniaAdresatowi'] })
  })
})

it('another document is not read', () => {
  expect(readEvidence('<KartaEpo/>')).toMatchObject({ ok: false })
})

it.each([
  ['A1', 'A.1'],
  ['A.1', 'A.1'],
  [' bpox ', 'BP.OX'],
  ['BP.OX', 'BP.OX'],
  ['BPWX', 'BP.WX'],
  ['HEPO', 'H.EPO'],
  ['C2', 'C.2'],
  ['D', 'D'],
  ['something', 'something']
])('the listed type %s is %s', (listed, code) => expect(normaliseEvidenceType(listed)).toBe(code))

it.each([
  ['Przesyłka przyjęta, Message accepted', 'Przesyłka przyjęta', 'Message accepted'],
  [
    'Odrzucono, ponieważ skrzynka jest pełna, Rejected, because the mailbox is full',
    'Odrzucono, ponieważ skrzynka jest pełna',
    'Rejected, because the mailbox is full'
  ],
  ['Odrzucono, Urząd Łódź, Rejected', 'Odrzucono, Urząd Łódź', 'Rejected'],
  ['odrzucono, rejected', 'odrzucono', 'rejected'],
  ['no comma at all', undefined, undefined],
  ['a, b, c', undefined, undefined],
  ['', undefined, undefined]
])('the reason "%s" is parted', (raw, pl, en) => expect(splitReason(raw)).toEqual(pl ? { pl, en } : {}))

const shared = process.env.GONIEC_SHARED ?? '../shared'
const sample = join(shared, 'schemas/erds-evidence/sample-evidence-synthetic.xml')
const receipt = join(shared, 'fixtures/evidence/crd-osoba-prawna.xml')
const itWith = (file: string) => {
  if (!existsSync(file)) console.warn(`skipped: ${file} is not here`)
  return existsSync(file) ? it : it.skip
}

itWith(sample)('reads a sample that fits the official schema', () => {
  expect(facts(readFileSync(sample, 'utf8'))).toMatchObject({
    kind: 'A.1',
    messageId: 'm-1',
    eventTime: '2026-11-22T10:00:00.000Z',
    issuer: 'X',
    parts: [{ id: 'a.pdf', contentType: 'application/pdf' }]
  })
})

itWith(receipt)('reads a public sample of a proof of receipt', () => {
  const found = facts(readFileSync(receipt, 'utf8'))
  expect(found).toMatchObject({
    kind: 'BP.OX',
    receivedAt: '2026-02-25T09:12:34.000Z',
    recipientAdes: ['AE:PL-20002-20002-BBBBB-02'],
    mode: 'podstawowy'
  })
  expect(found.parts.map(p => [p.isMessageText, p.size])).toEqual([
    [true, 30],
    [false, 360505],
    [false, 94671]
  ])
})
