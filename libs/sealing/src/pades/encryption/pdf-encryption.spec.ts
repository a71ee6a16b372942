import { createCipheriv, createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { Refused } from '#platform'
import { itWith, qpdf, Workbench } from '../../../../../test/interop/sealing/tools.js'
import { makePdf } from '../../../test/test-pdfs.js'
import { BufferSource } from '../../source.js'
import { PdfParser } from '../pdf-parser.js'
import { PdfReader } from '../pdf-reader.js'
import type { PdfDict, PdfValue } from '../pdf-values.js'
import { openEncryption, type PdfEncryption } from './pdf-encryption.js'
import { PdfPermissions } from './pdf-permissions.js'
import { rc4 } from './rc4.js'

const text = (bytes: Buffer) => bytes.toString('latin1')
const dictOf = (source: string) => new PdfParser(Buffer.from(source, 'latin1')).value() as PdfDict
const get = (dict: PdfDict, key: string): PdfValue | undefined => dict.entries.get(key)

function codeOf(work: () => unknown): string {
  try {
    work()
  } catch (error) {
    if (error instanceof Refused) return error.type.code
    throw error
  }
  return 'fine'
}

const secret = 'A (secret) \\ title'
const plain = makePdf({
  trailer: '/Info 10 0 R',
  catalog: '/AcroForm << /Fields [11 0 R] >>',
  objects: {
    10: '<< /Title (A \\(secret\\) \\\\ title) /Keys [(one) << /Two (two) /Three <74687265 65> >> ()] >>',
    11: '<< /FT /Tx /T (field) /V 12 0 R >>',
    12: '(value)'
  }
})

/** What the document says, wherever its strings and streams are kept. */
function wordsOf(pdf: PdfReader): string[] {
  const info = pdf.getDict(pdf.trailer, 'Info')
  const strings: string[] = []
  const collect = (value: PdfValue | undefined): void => {
    if (value?.kind === 'string') strings.push(text(value.bytes))
    if (value?.kind === 'array') for (const item of value.items) collect(pdf.resolve(item))
    if (value?.kind === 'dict') for (const entry of value.entries.values()) collect(pdf.resolve(entry))
  }
  collect(info)
  collect(pdf.get(pdf.getDict(pdf.catalog().value, 'AcroForm'), 'Fields'))
  const contents = pdf.firstPage().value.entries.get('Contents')
  return [...strings.sort(), contents?.kind === 'ref' ? text(pdf.stream(contents)!).trim() : 'no contents']
}

const expected = [
  ...['', secret, 'field', 'one', 'three', 'two', 'value'].sort(),
  'BT /F1 24 Tf 72 700 Td (A letter) Tj ET'
]

const kinds: readonly (readonly [string, ...string[]])[] = [
  ['R2', '40'],
  ['R3', '128', '--use-aes=n'],
  ['R4 with RC4', '128', '--use-aes=n', '--force-V4'],
  ['R4 with AES', '128', '--use-aes=y'],
  ['R4 with AES and metadata in the clear', '128', '--use-aes=y', '--cleartext-metadata'],
  ['R5', '256', '--force-R5'],
  ['R6', '256'],
  ['R6 with metadata in the clear', '256', '--cleartext-metadata']
]

describe('encrypted documents made by qpdf', () => {
  let bench: Workbench
  beforeAll(() => {
    bench = new Workbench()
    bench.put('plain.pdf', plain)
  })
  afterAll(() => bench.clear())

  function encrypted(user: string, owner: string, args: readonly string[], streams = 'disable'): Buffer {
    const common = ['--allow-weak-crypto', '--static-id', `--object-streams=${streams}`]
    bench.run('qpdf', ...common, '--encrypt', user, owner, ...args, '--', 'plain.pdf', 'out.pdf')
    return readFileSync(bench.path('out.pdf'))
  }
  const open = (bytes: Buffer, password?: string) => PdfReader.open(new BufferSource(bytes), { password })

  itWith(qpdf).each(kinds)('%s: user and owner password, wrong and missing ones', (_, ...args) => {
    for (const streams of ['disable', 'generate']) {
      const bytes = encrypted('usr', 'own', args, streams)
      const asUser = open(bytes, 'usr')
      const asOwner = open(bytes, 'own')
      expect(wordsOf(asUser)).toEqual(expected)
      expect(wordsOf(asOwner)).toEqual(expected)
      expect([asUser.encryption?.permissions.owner, asOwner.encryption?.permissions.owner]).toEqual([false, true])
      for (const wrong of ['wrong', '', undefined, 'usr2', 'x'.repeat(300)])
        expect(codeOf(() => open(bytes, wrong))).toBe('sealing/pdf-password-needed')
    }
  })

  itWith(qpdf).each(kinds)('%s: an empty user password needs no asking', (_, ...args) => {
    const bytes = encrypted('', 'own', args, 'generate')
    expect(wordsOf(open(bytes))).toEqual(expected)
    // A password that is none of this document's does not lock it.
    expect(open(bytes, 'another').encryption?.permissions.owner).toBe(false)
    expect(open(bytes, 'own').encryption?.permissions.owner).toBe(true)
  })

  itWith(qpdf).each([
    ['256', 'zażółć gęślą', 'jaźń'],
    ['256', 'ﬁ ²', 'fi 2'],
    ['128', 'łoś €', 'Škoda']
  ])('%s bits: passwords with letters beyond ASCII', (bits, user, owner) => {
    const args = bits === '128' ? [bits, '--use-aes=y'] : [bits]
    const bytes = encrypted(user, owner, args)
    expect([wordsOf(open(bytes, user)), wordsOf(open(bytes, owner))]).toEqual([expected, expected])
  })

  itWith(qpdf)('can be repaired, and their revisions opened', () => {
    const bytes = encrypted('', 'own', ['256'], 'generate')
    const lost = Buffer.from(text(bytes).replace(/startxref/, 'startxxxx'), 'latin1')
    const repaired = PdfReader.open(new BufferSource(lost), { repair: true })
    expect(repaired.repaired).toBe(true)
    expect(wordsOf(repaired)).toEqual(expected)
    expect(wordsOf(open(bytes).stateAt(open(bytes).revisions()[0]!.end))).toEqual(expected)
  })

  itWith(qpdf).each(kinds)('%s: what is written anew is read by others', (_, ...args) => {
    for (const streams of ['disable', 'generate']) {
      const bytes = encrypted('', 'own', args, streams)
      const pdf = open(bytes)
      const { encryption } = pdf
      const info = pdf.trailer.entries.get('Info')
      const old = info?.kind === 'ref' ? pdf.object(info) : undefined
      if (!encryption || !info || old?.value.kind !== 'dict') throw new Error('no information dictionary')
      // The old entries byte for byte, whether they come from an object stream or not, and a new one; a new page content.
      const contents = pdf.firstPage().value.entries.get('Contents')
      if (contents?.kind !== 'ref') throw new Error('no content')
      const entries = [...old.value.entries].map(([key, value]) => `/${key} ${text(value.raw)}`)
      const subject = encryption.encryptString(Buffer.from('new subject'), old.number, 0).toString('hex')
      const data = encryption.encryptStream(Buffer.from('BT ET % fresh'), contents.number, 0)
      const start = bytes.length
      const first = `${old.number} 0 obj\n<< ${entries.join(' ')} /Subject <${subject}> >>\nendobj\n`
      const second = `${contents.number} 0 obj\n<< /Length ${data.length} >>\nstream\n${text(data)}\nendstream\nendobj\n`
      const next = pdf.nextNumber
      const rows = [
        [old.number, start],
        [contents.number, start + first.length],
        [next, start + first.length + second.length]
      ] as const
      const kept = ['Root', 'Info', 'ID', 'Encrypt'].map(key => `/${key} ${text(pdf.trailer.entries.get(key)!.raw)}`)
      const at = rows[2][1]
      const index = rows.map(([number]) => `${number} 1`).join(' ')
      const table = rows.map(([number, offset]) => `${number} 1\n${String(offset).padStart(10, '0')} 00000 n\r\n`)
      const section =
        pdf.xrefKind === 'table'
          ? `xref\n${table.slice(0, 2).join('')}trailer\n<< /Size ${next} ${kept.join(' ')} /Prev ${pdf.startXref} >>\n`
          : `${next} 0 obj\n<< /Type /XRef /W [1 4 1] /Index [${index}] /Size ${next + 1} ${kept.join(' ')} /Prev ${pdf.startXref} /Length 18 >>\nstream\n` +
            rows
              .map(([, offset]) => text(Buffer.from([1, offset >> 24, offset >> 16, offset >> 8, offset, 0])))
              .join('') +
            '\nendstream\nendobj\n'
      const out = text(bytes) + first + second + `${section}startxref\n${at}\n%%EOF\n`
      bench.put('changed.pdf', Buffer.from(out, 'latin1'))
      bench.run('qpdf', '--check', 'changed.pdf')
      bench.run('qpdf', '--decrypt', '--qdf', '--object-streams=disable', 'changed.pdf', 'clear.pdf')
      const clear = open(readFileSync(bench.path('clear.pdf')))
      expect(wordsOf(clear)).toEqual([...[...expected.slice(0, -1), 'new subject'].sort(), 'BT ET % fresh'])
    }
  })

  itWith(qpdf)('with permissions: only what they say, unless the owner opened them', () => {
    const permits = (bytes: Buffer, password?: string) => {
      const { encryption } = open(bytes, password)
      return [encryption?.permits('fill-field'), encryption?.permits('create-field')]
    }
    for (const bits of ['128', '256']) {
      expect(permits(encrypted('', 'own', [bits, '--modify=all']))).toEqual([true, true])
      expect(permits(encrypted('', 'own', [bits, '--modify=annotate']))).toEqual([true, false])
      expect(permits(encrypted('', 'own', [bits, '--modify=form']))).toEqual([true, false])
      const locked = encrypted('', 'own', [bits, '--modify=none'])
      expect(permits(locked)).toEqual([false, false])
      expect(permits(locked, 'own')).toEqual([true, true])
    }
  })

  itWith(qpdf)('whose /P was changed afterwards allow no more than before', () => {
    const locked = encrypted('', 'own', ['256', '--modify=none'])
    const bits = /\/P (-\d+)/.exec(text(locked))![1]!
    const opened = Buffer.from(text(locked).replace(`/P ${bits}`, `/P ${'-4'.padEnd(bits.length)}`), 'latin1')
    expect(open(opened).encryption?.permits('fill-field')).toBe(false)
    const broken = Buffer.from(text(locked).replace('/Perms', '/Permz'), 'latin1')
    expect(open(broken).encryption?.permissions.bits).toBe(0)
  })

  itWith(qpdf)('keep the value of a signature in the clear', () => {
    const signature = '<< /Type /Sig /ByteRange [0 1 2 3] /Contents <00ff00ff> /Name (me) >>'
    bench.put('signed.pdf', makePdf({ trailer: '/Info 10 0 R', objects: { 10: signature } }))
    bench.run(
      'qpdf',
      '--allow-weak-crypto',
      '--encrypt',
      '',
      'own',
      '128',
      '--use-aes=y',
      '--',
      'signed.pdf',
      'out.pdf'
    )
    const pdf = open(readFileSync(bench.path('out.pdf')))
    const dict = pdf.getDict(pdf.trailer, 'Info')!
    expect(dict.entries.get('Contents')).toMatchObject({ bytes: Buffer.from('00ff00ff', 'hex') })
    expect(dict.entries.get('Name')).toMatchObject({ bytes: Buffer.from('me') })
  })
})

describe('the standard security handler', () => {
  it('RC4 by its published vectors', () => {
    const hex = (key: string, data: string) => rc4(Buffer.from(key), Buffer.from(data)).toString('hex')
    expect(hex('Key', 'Plaintext')).toBe('bbf316e8d940af0ad3')
    expect(hex('Wiki', 'pedia')).toBe('1021bf0420')
    expect(hex('Secret', 'Attack at dawn')).toBe('45a01f645fc35b383552544b9bf5')
  })

  /** Revision 5, the simplest to make by hand. */
  function handmade(changes: Readonly<Record<string, string>> = {}): PdfDict {
    const sha = (...parts: Buffer[]) => createHash('sha256').update(Buffer.concat(parts)).digest()
    const salts = Buffer.from('validsltkey_salt')
    const password = Buffer.from('pw')
    const user = Buffer.concat([sha(password, salts.subarray(0, 8)), salts])
    const key = Buffer.alloc(32, 7)
    const wrap = createCipheriv('aes-256-cbc', sha(password, salts.subarray(8)), Buffer.alloc(16)).setAutoPadding(false)
    const entries: Record<string, string> = {
      Filter: '/Standard',
      V: '5',
      R: '5',
      Length: '256',
      P: '4294967292',
      U: `<${user.toString('hex')}>`,
      O: `<${'00'.repeat(48)}>`,
      UE: `<${wrap.update(key).toString('hex')}>`,
      OE: `<${'00'.repeat(32)}>`,
      CF: '<< /StdCF << /CFM /AESV3 /Length 32 >> /Odd << /CFM /None >> >>',
      StmF: '/StdCF',
      StrF: '/StdCF',
      ...changes
    }
    return dictOf(
      `<< ${Object.entries(entries)
        .map(([name, value]) => `/${name} ${value}`)
        .join(' ')} >>`
    )
  }
  const openHandmade = (changes?: Readonly<Record<string, string>>): PdfEncryption =>
    openEncryption(handmade(changes), Buffer.alloc(0), 'pw', get)

  it('enciphers with a fresh vector and deciphers again', () => {
    const encryption = openHandmade()
    const data = Buffer.from('sixteen bytes!!!')
    const [once, twice] = [encryption.encryptString(data, 1, 0), encryption.encryptString(data, 1, 0)]
    expect(once.equals(twice)).toBe(false)
    expect(once.length).toBe(48)
    expect(encryption.decryptString(once, 1, 0).equals(data)).toBe(true)
    expect(encryption.decryptString(Buffer.alloc(0), 1, 0).length).toBe(0)
    expect(codeOf(() => encryption.decryptString(Buffer.alloc(5), 1, 0))).toBe('sealing/pdf-broken')
  })

  it('leaves alone what a crypt filter exempts', () => {
    const encryption = openHandmade({ StrF: '/Identity' })
    expect(encryption.encryptsStrings).toBe(false)
    const data = Buffer.alloc(32, 1)
    expect(encryption.decryptString(data, 1, 0)).toBe(data)
    const stream = (dict: string) => encryption.decryptStream(data, dictOf(dict), 1, 0, get).equals(data)
    expect(stream('<< >>')).toBe(false)
    expect(stream('<< /Type /XRef >>')).toBe(true)
    expect(stream('<< /Filter [/Crypt] >>')).toBe(true)
    expect(stream('<< /Filter /Crypt /DecodeParms << /Name /Identity >> >>')).toBe(true)
    expect(stream('<< /Filter [/Crypt] /DecodeParms [<< /Name /StdCF >>] >>')).toBe(false)
    expect(codeOf(() => stream('<< /Filter [/Crypt] /DecodeParms [<< /Name /Odd >>] >>'))).toBe('sealing/pdf-encrypted')
    expect(stream('<< /Type /Metadata >>')).toBe(false)
    const clear = openHandmade({ EncryptMetadata: 'false' })
    expect(clear.decryptStream(data, dictOf('<< /Type /Metadata >>'), 1, 0, get)).toBe(data)
  })

  it.each<[string, Readonly<Record<string, string>>, string]>([
    ['a public-key handler', { Filter: '/Adobe.PubSec' }, 'sealing/pdf-encrypted'],
    ['a version of tomorrow', { V: '6' }, 'sealing/pdf-encrypted'],
    ['the unpublished version 3', { V: '3' }, 'sealing/pdf-encrypted'],
    ['a revision that does not go with the version', { R: '3' }, 'sealing/pdf-encrypted'],
    ['an unknown cipher', { CF: '<< /StdCF << /CFM /AESV9 >> >>' }, 'sealing/pdf-encrypted'],
    ['a filter that is not there', { StmF: '/Other' }, 'sealing/pdf-encrypted'],
    ['entries too short', { U: '<00>' }, 'sealing/pdf-broken'],
    ['no permissions', { P: '/None' }, 'sealing/pdf-broken'],
    [
      'more filters than anyone has',
      { CF: `<< ${Array.from({ length: 99 }, (_, i) => `/F${i} << >>`).join(' ')} >>` },
      'sealing/pdf-broken'
    ]
  ])('refuses %s', (_, changes, code) => {
    expect(codeOf(() => openHandmade(changes))).toBe(code)
  })

  it.each<[number, number, boolean, boolean]>([
    // Bits by their numbers in the standard: 4 modify, 6 annotate and fill in, 9 fill in.
    [0, 3, false, false],
    [1 << 3, 3, false, false],
    [1 << 5, 3, true, false],
    [(1 << 3) | (1 << 5), 3, true, true],
    [1 << 8, 3, true, false],
    [1 << 8, 2, false, false],
    [(1 << 3) | (1 << 8), 3, true, false],
    [-4, 2, true, true]
  ])('permissions %s of revision %s', (bits, revision, fill, create) => {
    const permissions = new PdfPermissions(bits, revision, false)
    expect([permissions.permits('fill-field'), permissions.permits('create-field')]).toEqual([fill, create])
    expect(codeOf(() => permissions.demand('create-field'))).toBe(create ? 'fine' : 'sealing/pdf-permission-missing')
    expect(new PdfPermissions(bits, revision, true).permits('create-field')).toBe(true)
  })
})
