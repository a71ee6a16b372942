import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join, resolve } from 'node:path'
import { deflateSync } from 'node:zlib'
import subsetFont from 'subset-font'
import type { Parts } from './parts.js'
import { readTrueType, type TrueTypeFont } from './true-type.js'

/** Families of the fonts that come with Goniec (DejaVu, whose licence permits embedding). */
export type FontFamily = 'sans' | 'sans-condensed' | 'serif' | 'mono'

const files: Readonly<Record<FontFamily, readonly [regular: string, bold: string]>> = {
  sans: ['DejaVuSans', 'DejaVuSans-Bold'],
  'sans-condensed': ['DejaVuSansCondensed', 'DejaVuSansCondensed-Bold'],
  serif: ['DejaVuSerif', 'DejaVuSerif-Bold'],
  mono: ['DejaVuSansMono', 'DejaVuSansMono-Bold']
}

/** Stands for a character that the font lacks: a diamond with a question mark. A font's own .notdef is no choice (ISO 19005-2, 6.2.11.8). */
const replacement = 0xfffd
const space = 0x20

/** Tables that a CIDFont does not need (ISO 32000-1, 9.9, table 126): layout, kerning, names. */
const uselessTables = ['GSUB', 'GPOS', 'GDEF', 'BASE', 'kern', 'name', 'OS/2', 'post', 'gasp', 'MATH', 'FFTM', 'DSIG']

/** A text as a font shows it. */
export interface SetText {
  /** At size 1. */
  readonly width: number
  /** Character codes in hexadecimal, for a string of a content stream. */
  readonly codes: string
}

/** A font cut down to the characters that a seal may need, embedded as Type 0 with Identity-H. */
export class EmbeddedFont {
  private readonly unknown: SetText
  /** Glyphs of Latin letters, where an array is quicker than a map. */
  private readonly frequent: readonly SetText[]

  private constructor(
    /** Index of the Type 0 font dictionary. */
    readonly part: number,
    /** Height above the baseline for a size of 1. */
    readonly ascent: number,
    /** Depth below the baseline for a size of 1, negative. */
    readonly descent: number,
    private readonly glyphs: ReadonlyMap<number, SetText>
  ) {
    const unknown = glyphs.get(replacement)
    if (!unknown) throw new Error('font without replacement character')
    this.unknown = unknown
    this.frequent = Array.from({ length: 0x180 }, (_, code) => glyphs.get(code) ?? unknown)
  }

  /**
   * Subsets the font and adds its objects to the parts.
   * @param characters all that may be shown; the space and the replacement are always kept
   */
  static async embed(family: FontFamily, bold: boolean, characters: string, parts: Parts): Promise<EmbeddedFont> {
    const name = files[family][bold ? 1 : 0]
    const file = await readFile(await locateFont(name))
    const wanted = [...new Set(characters)].sort().join('') + String.fromCodePoint(space, replacement)
    const program = await subsetFont(file, wanted, {
      targetFormat: 'sfnt',
      keepFeatures: [],
      noLayoutClosure: true,
      noHinting: true,
      dropTables: uselessTables
    })
    const font = readTrueType(program)
    const part = addFont(parts, name, program, font)
    const glyphs = new Map<number, SetText>()
    for (const [code, glyph] of font.glyphs)
      glyphs.set(code, { width: font.advances[glyph]! / font.unitsPerEm, codes: hex(glyph, 4) })
    return new EmbeddedFont(part, font.ascent / font.unitsPerEm, font.descent / font.unitsPerEm, glyphs)
  }

  /** Sets a text at size 1; what the font lacks comes out as the replacement. */
  set(text: string): SetText {
    let width = 0
    let codes = ''
    for (let i = 0; i < text.length; i++) {
      const unit = text.charCodeAt(i)
      let glyph: SetText
      if (unit < 0x180) glyph = this.frequent[unit]!
      else {
        const code = text.codePointAt(i)!
        if (code > 0xffff) i++
        glyph = this.glyphs.get(code) ?? this.unknown
      }
      width += glyph.width
      codes += glyph.codes
    }
    return { width, codes }
  }
}

/**
 * The font file, searched from the working directory and from the program's file (npm scripts run in the project; a
 * service may be started from anywhere).
 */
async function locateFont(name: string): Promise<string> {
  for (const from of [join(process.cwd(), 'package.json'), resolve(process.argv[1] ?? '.')]) {
    try {
      return createRequire(from).resolve(`dejavu-fonts-ttf/ttf/${name}.ttf`)
    } catch {
      // not to be had from here; the next place may know it
    }
  }
  throw new Error('npm package dejavu-fonts-ttf is not installed')
}

/** Adds the five objects of a composite font (ISO 32000-1, 9.7) and the /CIDSet that PDF/A-1 asks for (ISO 19005-1, 6.3.5). */
function addFont(parts: Parts, name: string, program: Buffer, font: TrueTypeFont): number {
  const baseFont = `${subsetTag(program)}+${name}`
  const thousandths = (units: number) => Math.round((units * 1000) / font.unitsPerEm)
  const glyphCount = font.advances.length
  const stream = (data: Buffer, entries = ''): number => {
    const packed = deflateSync(data, { level: 9 })
    return parts.addPlain(`<< ${entries} /Filter /FlateDecode >>`, packed)
  }
  const file = stream(program, `/Length1 ${program.length}`)
  const cidSet = stream(presentGlyphs(glyphCount))
  const toUnicode = stream(Buffer.from(unicodeMap(font), 'latin1'))
  const capHeight = thousandths(font.unitsPerEm * 0.73)
  const descriptor = parts.add(numbers => ({
    dictionary:
      `<< /Type /FontDescriptor /FontName /${baseFont} /Flags 4 /FontBBox [${font.box.map(thousandths).join(' ')}] ` +
      `/ItalicAngle 0 /Ascent ${thousandths(font.ascent)} /Descent ${thousandths(font.descent)} /CapHeight ${capHeight} ` +
      `/StemV 80 /FontFile2 ${numbers[file]} 0 R /CIDSet ${numbers[cidSet]} 0 R >>`
  }))
  const widths = font.advances.map(thousandths).join(' ')
  const [registry, ordering] = [Buffer.from('Adobe'), Buffer.from('Identity')]
  const descendant = parts.add((numbers, writeString) => ({
    dictionary:
      `<< /Type /Font /Subtype /CIDFontType2 /BaseFont /${baseFont} /CIDSystemInfo << /Registry ${writeString(registry)} ` +
      `/Ordering ${writeString(ordering)} /Supplement 0 >> /FontDescriptor ${numbers[descriptor]} 0 R /DW 600 ` +
      `/W [0 [${widths}]] /CIDToGIDMap /Identity >>`
  }))
  return parts.add(numbers => ({
    dictionary:
      `<< /Type /Font /Subtype /Type0 /BaseFont /${baseFont} /Encoding /Identity-H ` +
      `/DescendantFonts [${numbers[descendant]} 0 R] /ToUnicode ${numbers[toUnicode]} 0 R >>`
  }))
}

/** Six capital letters that tell one subset from another (ISO 32000-1, 9.6.4): here the same for the same program. */
function subsetTag(program: Buffer): string {
  const digest = createHash('sha256').update(program).digest()
  return Array.from(digest.subarray(0, 6), byte => String.fromCharCode(65 + (byte % 26))).join('')
}

/** A bit for each glyph, the high bit first: all that the program holds are present. */
function presentGlyphs(count: number): Buffer {
  const bits = Buffer.alloc(Math.ceil(count / 8), 0xff)
  if (count % 8 !== 0) bits[bits.length - 1] = (0xff << (8 - (count % 8))) & 0xff
  return bits
}

/** A ToUnicode CMap (ISO 32000-1, 9.10.3), so that the text of the seal can be searched, copied and read aloud. */
function unicodeMap(font: TrueTypeFont): string {
  const characters = new Map<number, number>()
  // The lowest code point wins where a glyph serves several (space and no-break space).
  for (const code of [...font.glyphs.keys()].sort((a, b) => b - a)) characters.set(font.glyphs.get(code)!, code)
  const lines = [...characters]
    .sort(([a], [b]) => a - b)
    .map(([glyph, code]) => `<${hex(glyph, 4)}> <${Buffer.from(utf16(code)).toString('hex')}>`)
  const blocks: string[] = []
  // A block holds at most 100 entries.
  for (let at = 0; at < lines.length; at += 100) {
    const block = lines.slice(at, at + 100)
    blocks.push(`${block.length} beginbfchar\n${block.join('\n')}\nendbfchar\n`)
  }
  return (
    '/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n' +
    '/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def\n' +
    '/CMapName /Adobe-Identity-UCS def\n/CMapType 2 def\n' +
    '1 begincodespacerange\n<0000> <FFFF>\nendcodespacerange\n' +
    blocks.join('') +
    'endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend\n'
  )
}

function utf16(code: number): Buffer {
  return Buffer.from(String.fromCodePoint(code), 'utf16le').swap16()
}

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, '0')
}
