import { crc32, deflateRawSync } from 'node:zlib'

/** A file for a test archive, and how its headers are to lie. */
export interface ZipWish {
  readonly name: string
  readonly content?: Buffer | string
  readonly deflate?: boolean
  /** Sizes and checksum after the content: with or without the optional signature. */
  readonly descriptor?: 'signed' | 'bare'
  readonly extra?: Buffer
  readonly localName?: string
  readonly flags?: number
  readonly method?: number
  readonly crc?: number
  readonly statedSize?: number
  readonly gapBefore?: Buffer
  /** Upper half of the external attributes, with "made by" Unix. */
  readonly unixMode?: number
  /** Begin at the place of the first entry instead of its own. */
  readonly overlap?: boolean
}

/** How the end of a test archive is to be. */
export interface ArchiveWish {
  readonly comment?: Buffer | string
  readonly before?: Buffer
  readonly after?: Buffer
  readonly count?: number
  readonly betweenDirectoryAndEnd?: Buffer
}

const u16 = (value: number) => Buffer.from([value & 0xff, (value >> 8) & 0xff])
const u32 = (value: number) => Buffer.concat([u16(value & 0xffff), u16(value >>> 16)])

/** Writes a ZIP archive by the book, or as wished: code of its own, for tests of the reader. */
export function makeZip(files: readonly ZipWish[], wish: ArchiveWish = {}): Buffer {
  const parts: Buffer[] = [wish.before ?? Buffer.alloc(0)]
  const directory: Buffer[] = []
  let at = parts[0]!.length
  let firstAt: number | undefined
  for (const file of files) {
    const content = Buffer.from(file.content ?? '')
    const data = file.deflate ? deflateRawSync(content) : content
    const name = Buffer.from(file.name)
    const localName = Buffer.from(file.localName ?? file.name)
    const extra = file.extra ?? Buffer.alloc(0)
    const flags = file.flags ?? (file.descriptor ? 8 : 0) | (name.length === file.name.length ? 0 : 0x0800)
    const method = file.method ?? (file.deflate ? 8 : 0)
    const facts = [u32(file.crc ?? crc32(content)), u32(data.length), u32(file.statedSize ?? content.length)]
    const time = u32(0x5c760000)
    const common = (own: Buffer[]) => Buffer.concat([u16(20), u16(flags), u16(method), time, ...own])
    const local = Buffer.concat([
      Buffer.from('PK\x03\x04', 'latin1'),
      common(file.descriptor ? [Buffer.alloc(12)] : facts),
      u16(localName.length),
      u16(extra.length),
      localName,
      extra
    ])
    const descriptor = !file.descriptor
      ? []
      : [...(file.descriptor === 'signed' ? [Buffer.from('PK\x07\x08', 'latin1')] : []), ...facts]
    if (file.gapBefore) {
      parts.push(file.gapBefore)
      at += file.gapBefore.length
    }
    firstAt ??= at
    directory.push(
      Buffer.concat([
        Buffer.from('PK\x01\x02', 'latin1'),
        u16(file.unixMode ? 0x0314 : 20),
        common(facts),
        u16(name.length),
        u16(extra.length),
        u16(0),
        u16(0),
        u16(0),
        u32((file.unixMode ?? 0) * 0x10000),
        u32(file.overlap ? firstAt : at),
        name,
        extra
      ])
    )
    const record = Buffer.concat([local, data, ...descriptor])
    parts.push(record)
    at += record.length
  }
  const comment = Buffer.from(wish.comment ?? '')
  const list = Buffer.concat(directory)
  const count = u16(wish.count ?? files.length)
  const end = [
    Buffer.from('PK\x05\x06', 'latin1'),
    u32(0),
    count,
    count,
    u32(list.length),
    u32(at),
    u16(comment.length)
  ]
  const between = wish.betweenDirectoryAndEnd ?? Buffer.alloc(0)
  return Buffer.concat([...parts, list, between, ...end, comment, wish.after ?? Buffer.alloc(0)])
}
