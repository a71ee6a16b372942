import { createCipheriv, createHash } from 'node:crypto'
import fc from 'fast-check'
import { Refused } from '#platform/plain'
import { PdfReader } from '../../libs/sealing/src/pades/pdf-reader.js'
import type { PdfValue } from '../../libs/sealing/src/pades/pdf-values.js'
import { BufferSource } from '../../libs/sealing/src/source.js'
import { makePdf, type Packing } from '../../libs/sealing/test/test-pdfs.js'

/** What came of the cases of a run. */
export interface PdfFuzzing {
  /** How often each outcome was seen: `read`, `repaired`, or the code and reason of a refusal. */
  readonly outcomes: ReadonlyMap<string, number>
  /** The longest that a case took, in milliseconds. */
  readonly slowest: number
}

/** A case may take this long, in milliseconds. */
const patience = 2000

/**
 * Reads PDFs that are damaged in ways that know how a PDF is built. Every case must end soon in success or in a Refused.
 * @param cases how many
 * @param seed the same seed gives the same cases
 * @param more other files to start from, beside those made here
 * @throws with the case, made as small as possible, when something else happens
 */
export function fuzzPdf(cases: number, seed: number, more: readonly Buffer[] = []): PdfFuzzing {
  const outcomes = new Map<string, number>()
  let slowest = 0
  const bases = [...originals(), ...more]
  const damaged = fc
    .tuple(fc.constantFrom(...bases), fc.constantFrom(...bases), pdfDamage)
    .map(([base, other, inflict]) => inflict(base, other))
  fc.assert(
    fc.property(damaged, fc.boolean(), (bytes, repair) => {
      const started = performance.now()
      const outcome = readAll(bytes, repair)
      const took = performance.now() - started
      slowest = Math.max(slowest, took)
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
      if (took > patience) throw new Error(`${outcome} took ${Math.round(took)} ms`)
    }),
    { numRuns: cases, seed }
  )
  return { outcomes, slowest }
}

/** Opens the file and asks for everything that a seal or a validation asks for. */
function readAll(bytes: Buffer, repair: boolean): string {
  let pdf: PdfReader
  try {
    pdf = PdfReader.open(new BufferSource(bytes), { repair })
  } catch (error) {
    return codeOf(error)
  }
  const tries: (() => unknown)[] = [
    () => pdf.catalog(),
    () => pdf.page('first').geometry,
    () => pdf.page('last').geometry,
    () => pdf.page(3),
    () => pdf.page(-2),
    () => pdf.pageCount(),
    () => pdf.hasStrayObjects,
    () => pdf.encryption?.encryptString(Buffer.from('text'), pdf.nextNumber, 0),
    () => pdf.revisions().map(({ end }) => pdf.stateAt(end).catalog()),
    () => [...pdf.changedSince(pdf.stateAt(pdf.revisions()[0]!.end))]
  ]
  let count = 0
  const live = attempt(() => [...pdf.liveObjects()])
  for (const one of Array.isArray(live) ? live : [])
    if (count++ < 300)
      tries.push(() => {
        const object = pdf.object(one)
        if (object) readStrings(object.value)
        return object?.isStream && pdf.stream(object)
      })
  // The catalog and a first page make a document; of the rest it matters only that it ends.
  const results = tries.map(attempt)
  return results.slice(0, 2).find(result => typeof result === 'string') ?? (pdf.repaired ? 'repaired' : 'read')
}

function readStrings(value: PdfValue): void {
  if (value.kind === 'string') value.bytes.toString('latin1')
  if (value.kind === 'array') value.items.forEach(readStrings)
  if (value.kind === 'dict') for (const entry of value.entries.values()) readStrings(entry)
}

/** The code of a refusal, or what the work gave if that is a list. */
function attempt<T>(work: () => T): string | (T & unknown[]) | undefined {
  try {
    const result = work()
    return Array.isArray(result) ? result : undefined
  } catch (error) {
    return codeOf(error)
  }
}

function codeOf(error: unknown): string {
  if (!(error instanceof Refused)) throw error
  return [error.type.code, error.facts['why']].filter(Boolean).join(' ')
}

type Damage = (text: string, other: string) => string

/** The `n`-th match, counted round and round, replaced. */
const replaceNth =
  (pattern: RegExp, n: number, by: (match: string) => string): Damage =>
  text => {
    const matches = [...text.matchAll(pattern)]
    const match = matches[n % Math.max(1, matches.length)]
    return match ? text.slice(0, match.index) + by(match[0]) + text.slice(match.index + match[0].length) : text
  }

const place = fc.nat(0xffffff)
const tellingNumbers = fc.constantFrom(
  ...['0', '1', '2', '3', '-1', '5', '10', '255', '65535', '65536', '99999', '8388607', '2147483648', '4294967295'],
  ...['9007199254740992', '99999999999999999999', '1.5', '--1', '.']
)
const tellingNames = fc.constantFrom(
  ...[
    'Length',
    'Prev',
    'XRefStm',
    'Size',
    'W',
    'Index',
    'Root',
    'Encrypt',
    'ID',
    'Kids',
    'Count',
    'Type',
    'Pages',
    'Parent'
  ],
  ...[
    'Filter',
    'DecodeParms',
    'Predictor',
    'Columns',
    'Colors',
    'N',
    'First',
    'Extends',
    'Contents',
    'ByteRange',
    'MediaBox'
  ],
  ...[
    'FlateDecode',
    'LZWDecode',
    'ASCII85Decode',
    'RunLengthDecode',
    'ASCIIHexDecode',
    'Crypt',
    'ObjStm',
    'XRef',
    'Catalog',
    'Page'
  ]
)
const tellingWords = fc.constantFrom(
  ...[
    '<<',
    '>>',
    '[',
    ']',
    '(',
    ')',
    '<',
    '>',
    'obj',
    'endobj',
    'stream\n',
    '\nendstream',
    'xref\n',
    'trailer',
    'startxref\n'
  ],
  ...[
    '%%EOF\n',
    '%',
    '\n',
    '\0',
    'null',
    'true',
    'R',
    '1 0 obj',
    '3 0 R',
    '/',
    '#',
    '\\',
    '9 0 obj <<>> endobj ',
    '['.repeat(200)
  ]
)

const damage: fc.Arbitrary<Damage> = fc.oneof(
  // Bytes.
  fc.tuple(place, fc.nat(255)).map<Damage>(
    ([at, byte]) =>
      text =>
        text.slice(0, at % text.length) + String.fromCharCode(byte) + text.slice((at % text.length) + 1)
  ),
  // Cut off at the end, or taken out in the middle.
  place.map<Damage>(at => text => text.slice(0, at % (text.length + 1))),
  fc.tuple(place, fc.nat(200)).map<Damage>(
    ([at, length]) =>
      text =>
        text.slice(0, at % text.length) + text.slice((at % text.length) + length)
  ),
  // A stretch of this file or another, put in somewhere.
  fc.tuple(place, place, fc.nat(2000), fc.boolean()).map<Damage>(([from, to, length, own]) => (text, other) => {
    const source = own ? text : other
    const piece = source.slice(from % source.length, (from % source.length) + length)
    return text.slice(0, to % text.length) + piece + text.slice(to % text.length)
  }),
  // Numbers, references, names, words.
  fc.tuple(place, tellingNumbers).map(([n, number]) => replaceNth(/\d+/g, n, () => number)),
  fc.tuple(place, fc.nat(15)).map(([n, number]) => replaceNth(/\d+ 0 R/g, n, () => `${number} 0 R`)),
  fc.tuple(place, fc.nat(15)).map(([n, number]) => replaceNth(/\d+ 0 obj/g, n, () => `${number} 0 obj`)),
  fc
    .tuple(place, tellingNumbers)
    .map(([n, number]) => replaceNth(/\/(Prev|Length|Size|Count|N|First) \d+/g, n, old => old.replace(/\d+/, number))),
  fc.tuple(place, tellingNames).map(([n, name]) => replaceNth(/\/[A-Za-z]+/g, n, () => `/${name}`)),
  fc
    .tuple(place, tellingNames, fc.nat(15))
    .map(([n, name, number]) =>
      replaceNth(/<<|\/[A-Za-z]+ /g, n, old => (old === '<<' ? `<< /${name} ${number} 0 R ` : `/${name} ${old}`))
    ),
  fc.tuple(place, tellingWords).map(([n, word]) => replaceNth(/[\s/<>[\]()]/g, n, old => word + old)),
  // Revisions that point anywhere.
  fc.tuple(place, fc.nat(5)).map<Damage>(([at, number]) => text => {
    const object = `\n${number} 0 obj\n<< /Type /Page /Parent 2 0 R >>\nendobj\n`
    const table = `xref\n${number} 1\n${String(text.length + 1).padStart(10, '0')} 00000 n\r\n`
    const starts = [...text.matchAll(/startxref\s+(\d+)/g)].map(match => match[1])
    const prev = at % 3 ? starts.at(-1) : at % (text.length + 1)
    return `${text}${object}${table}trailer\n<< /Size 9 /Root 1 0 R /Prev ${prev ?? 0} >>\nstartxref\n${text.length + object.length}\n%%EOF\n`
  })
)

/** One to four damages to a file, for some of which there is another to take pieces from. */
export const pdfDamage: fc.Arbitrary<(bytes: Buffer, other: Buffer) => Buffer> = fc
  .array(damage, { minLength: 1, maxLength: 4 })
  .map(damages => (bytes, other) => {
    const [text, pieces] = [bytes, other].map(one => one.toString('latin1')) as [string, string]
    return Buffer.from(damages.reduce((sofar, inflict) => inflict(sofar, pieces), text).slice(0, 400_000), 'latin1')
  })

/** Rows of cross-reference streams in the clear, so that damage reaches them. */
const clear: Packing = { filter: '[]', encode: plain => plain }

function originals(): Buffer[] {
  const form = {
    catalog: '/AcroForm << /Fields [10 0 R] >>',
    objects: { 10: '<< /FT /Tx /T (a\\051) /Kids [11 0 R] >>', 11: '<6263>' }
  }
  const tree = {
    pages: '<< /Type /Pages /Kids [10 0 R 3 0 R 11 0 R] /Count 4 /MediaBox 14 0 R >>',
    objects: {
      10: '<< /Type /Pages /Parent 2 0 R /Kids [12 0 R 13 0 R] /Count 2 /Rotate 90 >>',
      11: '<< /Type /Page /Parent 2 0 R >>',
      12: '<< /Type /Page /Parent 10 0 R /CropBox [1 2 3 4] >>',
      13: '<< /Type /Page /Parent 10 0 R /UserUnit 2 >>',
      14: '[0 0 100 100]',
      15: '<< /Length 16 0 R >>\nstream\ndata\nendstream',
      16: '4'
    }
  }
  return [
    makePdf(form),
    makePdf({ ...tree, lineEnd: '\r\n' }),
    makePdf({ ...form, xref: 'stream', objectStream: true, predictor: true }),
    makePdf({ ...tree, xref: 'stream', objectStream: true, pack: clear }),
    makePdf({ ...form, xref: 'hybrid', objectStream: true }),
    makePdf({ ...tree, xref: 'hybrid', objectStream: true, pack: clear, junkBefore: 'junk\n' }),
    makePdf({ ...form, trailer: `/Encrypt ${encryption()}` }),
    makePdf({ ...form, trailer: `/Encrypt ${encryption()}`, xref: 'stream', objectStream: false, pack: clear })
  ]
}

/** Opens with the empty password; what it says to be enciphered is not, which is damage enough. */
function encryption(): string {
  const sha = (...parts: string[]) => createHash('sha256').update(parts.join('')).digest()
  const wrap = createCipheriv('aes-256-cbc', sha('keysalt.'), Buffer.alloc(16)).setAutoPadding(false)
  const user = Buffer.concat([sha('checksal'), Buffer.from('checksalkeysalt.')])
  const hex = (bytes: Buffer) => `<${bytes.toString('hex')}>`
  return (
    `<< /Filter /Standard /V 5 /R 5 /Length 256 /P -4 /U ${hex(user)} /O ${hex(Buffer.alloc(48))} ` +
    `/UE ${hex(wrap.update(Buffer.alloc(32, 9)))} /OE ${hex(Buffer.alloc(32))} /Perms ${hex(Buffer.alloc(16))} ` +
    '/CF << /StdCF << /CFM /AESV3 >> >> /StmF /Identity /StrF /StdCF >>'
  )
}
