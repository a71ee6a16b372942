/** What embedding and measuring need from a TrueType font. Glyph lengths are in units of `unitsPerEm`. */
export interface TrueTypeFont {
  readonly unitsPerEm: number
  readonly box: readonly [number, number, number, number]
  readonly ascent: number
  /** Below the baseline, negative. */
  readonly descent: number
  /** Advance widths by glyph number. */
  readonly advances: readonly number[]
  /** Glyph numbers by code point; characters that the font lacks are absent. */
  readonly glyphs: ReadonlyMap<number, number>
}

/**
 * Reads the tables head, hhea, maxp, hmtx and cmap (ISO/IEC 14496-22; cmap formats 4 and 12).
 * Only for fonts that come with Goniec: a damaged one is a fault of the installation and throws a plain Error.
 */
export function readTrueType(file: Buffer): TrueTypeFont {
  const table = tablesOf(file)
  const head = table('head')
  const hhea = table('hhea')
  const glyphCount = table('maxp').readUInt16BE(4)
  return {
    unitsPerEm: head.readUInt16BE(18),
    box: [head.readInt16BE(36), head.readInt16BE(38), head.readInt16BE(40), head.readInt16BE(42)],
    ascent: hhea.readInt16BE(4),
    descent: hhea.readInt16BE(6),
    advances: readAdvances(table('hmtx'), hhea.readUInt16BE(34), glyphCount),
    glyphs: readCharacterMap(table('cmap'))
  }
}

function tablesOf(file: Buffer): (tag: string) => Buffer {
  const count = file.readUInt16BE(4)
  const places = new Map<string, Buffer>()
  for (let at = 12; at < 12 + 16 * count; at += 16) {
    const start = file.readUInt32BE(at + 8)
    places.set(file.toString('latin1', at, at + 4), file.subarray(start, start + file.readUInt32BE(at + 12)))
  }
  return tag => {
    const found = places.get(tag)
    if (!found) throw new Error(`font without table ${tag}`)
    return found
  }
}

/** The last width of the table holds for all glyphs after it. */
function readAdvances(hmtx: Buffer, widths: number, glyphs: number): number[] {
  return Array.from({ length: glyphs }, (_, glyph) => hmtx.readUInt16BE(4 * Math.min(glyph, widths - 1)))
}

function readCharacterMap(cmap: Buffer): Map<number, number> {
  const glyphs = new Map<number, number>()
  const count = cmap.readUInt16BE(2)
  const read = new Set<number>()
  for (let i = 0; i < count; i++) {
    const platform = cmap.readUInt16BE(4 + 8 * i)
    const at = cmap.readUInt32BE(8 + 8 * i)
    // Unicode (0) and Windows (3); the old Macintosh maps know no Polish.
    if ((platform !== 0 && platform !== 3) || read.has(at)) continue
    read.add(at)
    const format = cmap.readUInt16BE(at)
    if (format === 4) readSegments(cmap.subarray(at), glyphs)
    else if (format === 12) readGroups(cmap.subarray(at), glyphs)
  }
  return glyphs
}

function readSegments(map: Buffer, glyphs: Map<number, number>): void {
  const doubled = map.readUInt16BE(6)
  for (let at = 0; at < doubled; at += 2) {
    const end = map.readUInt16BE(14 + at)
    const start = map.readUInt16BE(16 + doubled + at)
    const delta = map.readUInt16BE(16 + 2 * doubled + at)
    const offsetAt = 16 + 3 * doubled + at
    const offset = map.readUInt16BE(offsetAt)
    for (let code = start; code <= end && code !== 0xffff; code++) {
      // The offset counts from its own place (a trick of the format's inventors).
      const raw = offset === 0 ? code : map.readUInt16BE(offsetAt + offset + 2 * (code - start))
      const glyph = raw === 0 ? 0 : (raw + delta) & 0xffff
      if (glyph !== 0) glyphs.set(code, glyph)
    }
  }
}

function readGroups(map: Buffer, glyphs: Map<number, number>): void {
  const count = map.readUInt32BE(12)
  for (let at = 16; at < 16 + 12 * count; at += 12) {
    const start = map.readUInt32BE(at)
    const first = map.readUInt32BE(at + 8)
    for (let code = start; code <= map.readUInt32BE(at + 4); code++) glyphs.set(code, first + code - start)
  }
}
