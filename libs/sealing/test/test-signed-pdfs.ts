import { createHash, sign } from 'node:crypto'
import { CadesTemplate } from '../src/cms/cades-template.js'
import type { Identity } from './test-authority.js'
import { makePdf, type PdfWish } from './test-pdfs.js'

/** What a revision written by hand contains. */
export interface RevisionWish {
  /** Object bodies by number. */
  readonly objects?: Readonly<Record<number, string>>
  /** Objects that the revision frees. */
  readonly free?: readonly number[]
  /** Entries added to the trailer; they come first, so that readers taking the last of two see ours. */
  readonly trailer?: string
  /** Numbers of the root object. */
  readonly root?: number
}

/** Appends an incremental update with a classic table, put together as text: none of the code under test is used. */
export function appendRevision(before: Buffer, wish: RevisionWish): Buffer {
  const previous = /startxref\s+(\d+)\s+%%EOF\s*$/.exec(before.subarray(-64).toString('latin1'))![1]!
  let out = before.at(-1) === 0x0a ? '' : '\n'
  const entries: string[] = []
  for (const [number, body] of Object.entries(wish.objects ?? {})) {
    entries.push(`${number} 1\n${String(before.length + out.length).padStart(10, '0')} 00000 n\r\n`)
    out += `${number} 0 obj\n${body}\nendobj\n`
  }
  for (const number of wish.free ?? []) entries.push(`${number} 1\n0000000000 00001 f\r\n`)
  const at = before.length + out.length
  out += `xref\n${entries.join('')}trailer\n<< /Size 200 /Root ${wish.root ?? 1} 0 R /Prev ${previous} ${wish.trailer ?? ''} >>\n`
  out += `startxref\n${at}\n%%EOF\n`
  return Buffer.concat([before, Buffer.from(out, 'latin1')])
}

/** How a PDF is to be signed by hand. */
export interface SignWish {
  /** The file to be signed; a plain one when absent. Catalog (1) and page (3) are written anew. */
  readonly base?: PdfWish
  readonly bytes?: Buffer
  /** Entries of catalog, page, form, field and signature dictionary beside those that are needed. */
  readonly catalog?: string
  readonly page?: string
  readonly fields?: string
  readonly field?: string
  readonly signature?: string
  readonly objects?: Readonly<Record<number, string>>
  readonly subFilter?: string
  /** Object numbers of signature dictionary and field; 100 and 101 when absent. */
  readonly number?: number
  readonly name?: string
  /** Makes the covered bytes other than they must be; gets and gives [0, gapStart, gapEnd, rest]. */
  readonly range?: (range: number[]) => number[]
  /** CMS or token for the digest instead of a CAdES signature. */
  readonly contents?: (digest: Buffer, covered: Buffer) => Buffer | Promise<Buffer>
  readonly signingTime?: string
  /** Entries added to the trailer. */
  readonly trailer?: string
}

const room = 6000

/** Signs with RSA-SHA256 or ECDSA-SHA256, again without the code under test (the CMS writer is tested elsewhere). */
export async function signByHand(identity: Identity, chain: readonly Identity[], wish: SignWish = {}): Promise<Buffer> {
  const before = wish.bytes ?? makePdf(wish.base)
  const number = wish.number ?? 100
  const field = number + 1
  const range = ' '.repeat(60)
  const bytes = appendRevision(before, {
    trailer: wish.trailer,
    objects: {
      [number]: `<< /Type /Sig /Filter /Adobe.PPKLite /SubFilter /${wish.subFilter ?? 'ETSI.CAdES.detached'} /ByteRange ${range} /Contents <${'0'.repeat(2 * room)}> /M (${wish.signingTime ?? 'D:20261122123456Z'}) ${wish.signature ?? ''} >>`,
      [field]: `<< /Type /Annot /Subtype /Widget /FT /Sig /T (${wish.name ?? 'Seal'}) /V ${number} 0 R /Rect [0 0 0 0] /F 132 /P 3 0 R ${wish.field ?? ''} >>`,
      1: `<< /Type /Catalog /Pages 2 0 R /AcroForm << /Fields [${wish.fields ?? ''} ${field} 0 R] /SigFlags 3 >> ${wish.catalog ?? ''} >>`,
      3: `<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> /Annots [${field} 0 R] ${wish.page ?? ''} >>`,
      ...wish.objects
    }
  })
  const gapStart = bytes.indexOf('/Contents <', before.length) + '/Contents '.length
  const gapEnd = gapStart + 2 * room + 2
  const honest = [0, gapStart, gapEnd, bytes.length - gapEnd]
  const stated = wish.range?.(honest) ?? honest
  bytes.write(`[${stated.join(' ')}]`, bytes.indexOf(range, before.length), 'latin1')
  const [start, first, second, rest] = stated as [number, number, number, number]
  const covered = Buffer.concat([bytes.subarray(start, start + first), bytes.subarray(second, second + rest)])
  const digest = createHash('sha256').update(covered).digest()
  const contents = wish.contents ? await wish.contents(digest, covered) : cades(identity, chain, digest)
  bytes.write(contents.toString('hex'), gapStart + 1, 'latin1')
  return bytes
}

function cades(identity: Identity, chain: readonly Identity[], digest: Buffer): Buffer {
  const algorithm = identity.key.asymmetricKeyType === 'rsa' ? 'RSA-SHA256' : 'ECDSA-SHA256'
  const template = new CadesTemplate({
    certificate: identity.certificate,
    chain: chain.map(({ certificate }) => certificate),
    algorithm
  })
  const attributes = template.signedAttributes(digest)
  return template.contentInfo(attributes, sign('sha256', attributes, identity.key))
}
