import { itWith, qpdf, Workbench } from '../../../../test/interop/sealing/tools.js'
import { readFileSync } from 'node:fs'
import { Refused } from '#platform'
import { makeSealer } from '../../test/test-authority.js'
import { makePdf, type PdfWish } from '../../test/test-pdfs.js'
import { appendRevision, signByHand } from '../../test/test-signed-pdfs.js'
import { BufferSource } from '../source.js'
import { PdfReader } from './pdf-reader.js'
import { readPadesSignatures } from './read-pades.js'
import { threadTime } from '../../test/thread-time.js'

const open = (bytes: Buffer) => PdfReader.open(new BufferSource(bytes))

/** All that can be read of a state, in words. */
function contents(pdf: PdfReader): string[] {
  return [...pdf.liveObjects()].map(one => {
    const { value } = pdf.object(one)!
    return `${one.number} ${one.generation} ${value.raw.toString('latin1')}`
  })
}

/** Numbers of objects that say something else in one state than in another, found by reading everything. */
function differing(one: PdfReader, other: PdfReader): number[] {
  const [a, b] = [one, other].map(pdf => new Map([...pdf.liveObjects()].map(live => [live.number, live])))
  const numbers = new Set([...a!.keys(), ...b!.keys()])
  return [...numbers].filter(n => JSON.stringify(a!.get(n)) !== JSON.stringify(b!.get(n))).sort((x, y) => x - y)
}

/** A file with many revisions, each of which changes some objects, adds one or frees one. */
function history(wish: PdfWish, revisions: number): { bytes: Buffer; ends: number[] } {
  let bytes = makePdf({
    ...wish,
    objects: Object.fromEntries(Array.from({ length: 20 }, (_, i) => [10 + i, `(${i})`]))
  })
  const ends = [bytes.length]
  for (let i = 1; i <= revisions; i++) {
    const objects = { [10 + (i % 20)]: `(changed ${i})`, [60 + i]: '<< /Fresh true >>' }
    bytes = appendRevision(bytes, { objects, free: i % 5 === 0 ? [60 + i - 1] : [] })
    ends.push(bytes.length)
  }
  return { bytes, ends }
}

describe('earlier states of a file', () => {
  it.each([
    ['few revisions', {}, 3],
    ['many revisions', {}, 40],
    ['a cross-reference stream first', { xref: 'stream', objectStream: true }, 12],
    ['a hybrid file first', { xref: 'hybrid', objectStream: true }, 12],
    ['junk before the header', { junkBefore: 'junk\n', offsetsFromStart: true }, 12]
  ] as const)('are what the file cut off there is: %s', (_, wish, count) => {
    const { bytes, ends } = history(wish, count)
    const pdf = open(bytes)
    contents(pdf)
    for (const end of ends) {
      const state = pdf.stateAt(end)
      expect(contents(state)).toEqual(contents(open(bytes.subarray(0, end))))
      expect(state.nextNumber).toBe(open(bytes.subarray(0, end)).nextNumber)
      expect([...pdf.changedSince(state)].sort((a, b) => a - b)).toEqual(differing(state, pdf))
    }
    const [first, last] = [pdf.stateAt(ends[1]!), pdf.stateAt(ends.at(-2)!)]
    expect([...last.changedSince(first)].sort((a, b) => a - b)).toEqual(differing(first, last))
  })

  it('do not know what came later, though it was read before', () => {
    const first = makePdf({ objects: { 10: '(then)' } })
    const second = appendRevision(first, { objects: { 10: '(now)' } })
    const pdf = open(second)
    const say = (state: PdfReader) => state.object({ number: 10, generation: 0 })?.value.raw.toString()
    expect([say(pdf), say(pdf.stateAt(first.length)), say(pdf)]).toEqual(['(now)', '(then)', '(now)'])
    // Cut in the middle of the revision there is no such state.
    expect(say(pdf.stateAt(first.length + 20))).toBe('(then)')
    expect(() => pdf.stateAt(first.length - 30)).toThrow(Refused)
  })

  it('do not see object streams that end behind them', () => {
    const first = makePdf({ xref: 'stream', objectStream: true, objects: { 10: '(packed)' } })
    const pdf = open(appendRevision(first, { objects: { 20: '(x)' } }))
    const word = (state: PdfReader) => state.object({ number: 10, generation: 0 })?.value.raw.toString()
    expect([word(pdf), word(pdf.stateAt(first.length))]).toEqual(['(packed)', '(packed)'])
    expect(() => pdf.stateAt(first.indexOf('endstream'))).toThrow(Refused)
  })

  itWith(qpdf)('are opened with the same key when they are encrypted', () => {
    const bench = new Workbench()
    try {
      bench.put('plain.pdf', makePdf({ objects: { 10: '(secret)' }, catalog: '/X 10 0 R' }))
      bench.run('qpdf', '--encrypt', 'user', 'own', '256', '--', 'plain.pdf', 'encrypted.pdf')
      const first = readFileSync(bench.path('encrypted.pdf'))
      const before = PdfReader.open(new BufferSource(first), { password: 'user' })
      const kept = ['ID', 'Encrypt'].map(key => `/${key} ${before.trailer.entries.get(key)!.raw.toString('latin1')}`)
      const root = before.trailer.entries.get('Root') as { number: number }
      const later = appendRevision(first, { objects: { 190: 'null' }, trailer: kept.join(' '), root: root.number })
      const pdf = PdfReader.open(new BufferSource(later), { password: 'user' })
      const state = pdf.stateAt(first.length)
      expect(state.encryption).toBe(pdf.encryption)
      const secret = state.get(state.catalog().value, 'X')
      expect(secret?.kind === 'string' && secret.bytes.toString()).toBe('secret')
    } finally {
      bench.clear()
    }
  })
})

describe('hundreds of signatures in one file', () => {
  /** Two seconds on a quick machine, in milliseconds of processor time. */
  const patience = 4000

  /** Signatures by hand, each in a revision of its own; the form also has `others` fields that are no signatures. */
  async function signedOften(count: number, others: number): Promise<Buffer> {
    const { institution, authority } = await makeSealer()
    const numbers = Array.from({ length: others }, (_, i) => 1000 + i)
    const objects = Object.fromEntries(numbers.map(number => [number, `<< /FT /Tx /T (f${number}) >>`]))
    let bytes = makePdf({ objects })
    let fields = numbers.map(number => `${number} 0 R`).join(' ')
    for (let i = 0; i < count; i++) {
      const number = 20_000 + 2 * i
      bytes = await signByHand(institution, [authority], { bytes, number, fields, name: `s${i}` })
      fields += ` ${number + 1} 0 R`
    }
    return bytes
  }

  it('are read in time when they are honest', async () => {
    const bytes = await signedOften(200, 20)
    const started = threadTime()
    const { signatures } = readPadesSignatures(new BufferSource(bytes))
    expect(threadTime() - started).toBeLessThan(patience)
    expect(signatures).toHaveLength(200)
    expect(signatures.every(({ integrity }) => integrity.indication === 'PASSED')).toBe(true)
  }, 60_000)

  it('are refused in time when each of them means the work of a whole form', async () => {
    const bytes = await signedOften(200, 4000)
    const started = threadTime()
    expect(() => readPadesSignatures(new BufferSource(bytes))).toThrow('sealing/pdf-too-complex')
    expect(threadTime() - started).toBeLessThan(patience)
  }, 60_000)
})
