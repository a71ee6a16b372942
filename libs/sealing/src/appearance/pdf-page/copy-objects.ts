import { deflateSync } from 'node:zlib'
import type { PdfObject } from '../../pades/pdf-objects.js'
import type { PdfReader } from '../../pades/pdf-reader.js'
import { decodeStream, UnpackingBudget } from '../../pades/pdf-streams.js'
import { asName, type PdfDict, type PdfRef, type PdfValue } from '../../pades/pdf-values.js'
import { rgbSpace } from '../content.js'
import { wrongDesign } from '../design-problem.js'
import type { Parts, WriteString } from '../parts.js'
import { refuseForeign } from './refuse-foreign.js'
import { greyName, rewriteContent, rgbName } from './rewrite-content.js'

const path = 'graphic.data'

/** For grey pictures and shadings of the copied page; white of D50, with which the viewers that tint CalGray tint least. */
const greySpace = '[/CalGray << /WhitePoint [0.9642 1 0.8249] /Gamma 2.2 >>]'

const mostObjects = 300
const mostPieces = 100_000
const mostBytes = 2_000_000
const mostUnpacked = 8 * 1024 * 1024
const deepest = 64

interface Copy {
  readonly object: PdfObject
  /** Whether the keys of the dictionary are names that its maker chose freely, with no meaning of their own. */
  readonly free: boolean
  readonly pieces: Piece[]
  stream?: Buffer
}

/** A dictionary on its way into another file: text, references to parts, strings that may come to be encrypted. */
type Piece = string | { readonly part: number } | { readonly bytes: Buffer }

/** What ties an object to its old document, or belongs to screens and presses only. */
const dropped = new Set(
  (
    'Parent P StructParent StructParents Metadata PieceInfo LastModified Properties OC OPI Alternates Ref Thumb ' +
    'AA A JS ID Interpolate TR TR2 HT HTP BG BG2 UCR UCR2'
  ).split(' ')
)
const notOfStream = new Set([...dropped, 'Length'])
const notOfContent = new Set([...notOfStream, 'Filter', 'DecodeParms', 'Resources'])
const ownSpaces = new Set([greyName, rgbName])
const nothing: ReadonlySet<string> = new Set()

/** Copies what a page is painted with, object by object, into the parts of an appearance. Bounded in number, size, depth. */
export class ObjectCopier {
  private readonly copied = new Map<number, number>()
  private readonly pending: Copy[] = []
  private readonly budget = new UnpackingBudget(mostUnpacked)
  private pieceCount = 0
  private bytes = 0

  constructor(
    private readonly pdf: PdfReader,
    private readonly parts: Parts,
    /** Refuses what would break PDF/A, and turns device colours into calibrated ones. */
    private readonly strict: boolean
  ) {}

  /** The resources as text for a dictionary that is written later; what they refer to is copied. */
  resources(value: PdfDict | undefined): Piece[] {
    const pieces: Piece[] = []
    this.writeResources(value, pieces)
    this.copyPending()
    return pieces
  }

  /** Page content made fit to be a form's, and packed. */
  packedContent(content: Buffer): Buffer {
    return this.counted(deflateSync(rewriteContent(content, this.strict), { level: 9 }))
  }

  /** Unpacked data of a stream; refused where the object is none. */
  unpacked(object: PdfObject): Buffer {
    if (object.value.kind !== 'dict') throw noStream()
    return decodeStream(object.value, this.raw(object), this.budget, this.pdf.resolve)
  }

  private raw(object: PdfObject): Buffer {
    const data = this.pdf.streamData(object)
    if (!data) throw noStream()
    return data
  }

  private counted(data: Buffer): Buffer {
    this.bytes += data.length
    if (this.bytes > mostBytes) throw wrongDesign(path, 'PDF page too large: every sealed document carries it')
    return data
  }

  private copyPending(): void {
    for (let next = this.pending.pop(); next; next = this.pending.pop()) {
      const { object, pieces } = next
      const dict = object.value as PdfDict
      if (!object.isStream) {
        this.writeDict(dict, pieces, next.free, 0)
        continue
      }
      if (['F', 'FFilter', 'FDecodeParms'].some(key => dict.entries.has(key)))
        throw wrongDesign(path, 'PDF: data in other files')
      if (this.strict) refuseForeign(this.pdf, dict)
      // Forms and tiling patterns are painted by content streams of their own.
      const isContent = asName(this.pdf.get(dict, 'Subtype')) === 'Form' || dict.entries.has('PatternType')
      this.push(pieces, '<<')
      this.writeEntries(dict, pieces, isContent ? notOfContent : notOfStream, 0)
      if (isContent) {
        next.stream = this.packedContent(this.unpacked(object))
        this.push(pieces, '/Filter /FlateDecode /Resources ')
        this.writeResources(this.pdf.getDict(dict, 'Resources'), pieces)
      } else next.stream = this.counted(Buffer.from(this.raw(object)))
      this.push(pieces, '>>')
    }
  }

  private writeResources(value: PdfDict | undefined, pieces: Piece[]): void {
    this.push(pieces, '<<')
    for (const category of ['ExtGState', 'Pattern', 'Shading', 'XObject', 'Font']) {
      const named = this.pdf.getDict(value, category)
      if (!named) continue
      this.push(pieces, `/${category} `)
      this.writeDict(named, pieces, true, 0)
    }
    this.push(pieces, `/ColorSpace << /${greyName} ${greySpace} /${rgbName} ${rgbSpace}`)
    const spaces = this.pdf.getDict(value, 'ColorSpace')
    if (spaces) this.writeEntries(spaces, pieces, ownSpaces, 0)
    this.push(pieces, '>>>>')
  }

  /** @param free whether the keys have no meaning of their own */
  private writeDict(dict: PdfDict, pieces: Piece[], free: boolean, depth: number): void {
    if (this.strict && !free) refuseForeign(this.pdf, dict)
    this.push(pieces, '<<')
    this.writeEntries(dict, pieces, free ? nothing : dropped, depth)
    // PDF/A wants the default written down (ISO 19005-2, 6.2.11.3.2).
    if (!free && asName(dict.entries.get('Subtype')) === 'CIDFontType2' && !dict.entries.has('CIDToGIDMap'))
      this.push(pieces, '/CIDToGIDMap /Identity')
    this.push(pieces, '>>')
  }

  private writeEntries(dict: PdfDict, pieces: Piece[], without: ReadonlySet<string>, depth: number): void {
    for (const [key, value] of dict.entries) {
      if (without.has(key) || (this.strict && key === 'Group' && without !== nothing)) continue
      this.push(pieces, `/${encodedName(key)} `)
      this.write(value, pieces, key === 'CharProcs' || key === 'Colorants', depth + 1)
    }
  }

  private write(value: PdfValue, pieces: Piece[], free: boolean, depth: number): void {
    if (depth > deepest) throw wrongDesign(path, 'PDF page too complex')
    if (value.kind === 'ref') this.writeReference(value, pieces, free, depth)
    else if (value.kind === 'string') this.push(pieces, { bytes: Buffer.from(value.bytes) })
    else if (value.kind === 'array') {
      this.push(pieces, '[')
      for (const item of value.items) this.write(item, pieces, false, depth + 1)
      this.push(pieces, ']')
    } else if (value.kind === 'dict') this.writeDict(value, pieces, free, depth)
    else if (value.kind === 'name') this.push(pieces, this.nameText(value.name))
    else this.push(pieces, `${value.raw.toString('latin1')} `)
  }

  private nameText(name: string): string {
    if (this.strict && name === 'DeviceGray') return greySpace
    if (this.strict && name === 'DeviceRGB') return rgbSpace
    if (this.strict && name === 'DeviceCMYK') throw wrongDesign(path, 'PDF: CMYK colours break PDF/A')
    return `/${encodedName(name)} `
  }

  /** Dictionaries and streams become parts; all other objects are written where they are used. */
  private writeReference(ref: PdfRef, pieces: Piece[], free: boolean, depth: number): void {
    const known = this.copied.get(ref.number)
    if (known !== undefined) return this.push(pieces, { part: known })
    const object = this.pdf.object(ref)
    if (object?.value.kind !== 'dict') {
      if (object) this.write(object.value, pieces, free, depth + 1)
      else this.push(pieces, 'null ')
      return
    }
    // Nothing that is painted leads to these; what does wants the whole document copied.
    const type = asName(object.value.entries.get('Type'))
    if (type && ['Page', 'Pages', 'Catalog', 'Annot', 'StructTreeRoot', 'StructElem'].includes(type))
      return this.push(pieces, 'null ')
    if (this.copied.size >= mostObjects) throw wrongDesign(path, 'PDF page too complex')
    const copy: Copy = { object, free, pieces: [] }
    const part = this.parts.add((numbers, writeString) => ({
      dictionary: assemble(copy.pieces, numbers, writeString),
      stream: copy.stream
    }))
    this.copied.set(ref.number, part)
    this.pending.push(copy)
    this.push(pieces, { part })
  }

  private push(pieces: Piece[], piece: Piece): void {
    if (++this.pieceCount > mostPieces) throw wrongDesign(path, 'PDF page too complex')
    const last = pieces.length - 1
    // Runs of text become one piece: the pieces are joined for every document.
    if (typeof piece === 'string' && typeof pieces[last] === 'string') pieces[last] += piece
    else pieces.push(piece)
  }
}

function noStream() {
  return wrongDesign(path, 'PDF: content is no stream')
}

/** The text of a dictionary with the numbers that the objects have in the new file. */
export function assemble(pieces: readonly Piece[], numbers: readonly number[], writeString: WriteString): string {
  let out = ''
  for (const piece of pieces)
    out +=
      typeof piece === 'string' ? piece : 'part' in piece ? `${numbers[piece.part]} 0 R ` : writeString(piece.bytes)
  return out
}

function encodedName(name: string): string {
  return name.replace(/[^!-~]|[#()<>[\]{}/%]/g, one => `#${one.charCodeAt(0).toString(16).padStart(2, '0')}`)
}
