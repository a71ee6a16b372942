import { head, octetString, oid, sequence, tlv } from '../der.js'
import { DerError, type DerNode, readDer, Tag } from '../der-reader.js'
import type { Material } from '../material.js'
import { Oid } from '../oids.js'
import { BufferSource, JoinedSource, type RandomAccessSource, SliceSource } from '../source.js'
import { BerNode, readBerHead } from './ber.js'
import { type CmsSigner, readSigner } from './cms-signer.js'

/**
 * A CMS SignedData (RFC 5652, 5) with any number of signers, in DER or BER, taken apart. Elements are kept as they stand,
 * so that a changed copy has every other byte where it was.
 */
export interface Cms {
  /** Type of what is signed, dotted OID. */
  readonly contentType: string
  /** What is signed, when it is inside; its pieces put together. */
  readonly content?: RandomAccessSource
  /** X.509 certificates, DER. */
  readonly certificates: readonly Buffer[]
  /** CRLs and OCSP responses (RFC 5940) of SignedData.crls. */
  readonly crls: readonly Buffer[]
  readonly ocspResponses: readonly Buffer[]
  readonly signers: readonly CmsSigner[]
  /** Whether lengths are definite and shortest throughout, as DER has it (the order within sets is not looked at). */
  readonly der: boolean
  readonly parts: CmsParts
}

/** The elements of a SignedData as they stand in the file. */
export interface CmsParts {
  readonly version: DerNode
  readonly digestAlgorithms: Buffer
  readonly encapsulated: RandomAccessSource
  readonly certificates: readonly BerNode[]
  readonly revocations: readonly BerNode[]
}

/** Certificates, revocation and signers of a signature beyond this are not read: there are CRLs of some 30 MB. */
const largestTail = 64 * 1024 * 1024

/** Signers in one signature file that are read. */
const mostSigners = 64

/** Values of unsigned attributes of all signers together: a renewal a year for five signers in a hundred years. */
const mostUnsigned = 512

/** Certificates, and revocation values, of one signature. */
const mostEnclosed = 1024

/** Pieces that a cut-up content may have: enough for a gigabyte in pieces of a kilobyte. */
const mostPieces = 1_000_000

/** Contents that are an OCTET STRING and nothing else: data, and (RFC 3161, 2.4.2) what a time stamp says. */
const octetTypes: readonly string[] = [Oid.data, Oid.tstInfo]

/** Reads a ContentInfo with SignedData inside. Throws DerError when it is anything else or has bytes after its end. */
export function readCms(input: RandomAccessSource | Buffer): Cms {
  const source = Buffer.isBuffer(input) ? new BufferSource(input) : input
  const walk = new Walk(source)
  const contentInfo = walk.enter(Tag.sequence)
  if (walk.small().oid() !== Oid.signedData) throw new DerError('not signed data')
  const wrapped = walk.enter(Tag.context0)
  const signedData = walk.enter(Tag.sequence)
  const version = walk.small().expect(Tag.integer)
  const digestAlgorithms = walk.element(Tag.set)

  const encapsulatedAt = walk.at
  const encapsulated = walk.enter(Tag.sequence)
  const contentType = walk.small().oid()
  let content: RandomAccessSource | undefined
  if (!walk.ends(encapsulated)) {
    const explicit = walk.enter(Tag.context0)
    content = octetTypes.includes(contentType) ? walk.octets() : walk.contents()
    walk.leave(explicit)
  }
  walk.leave(encapsulated)
  const encapsulatedSource = new SliceSource(source, encapsulatedAt, walk.at - encapsulatedAt)

  const tail = walk.rest(largestTail)
  let rest = tail
  const parts: BerNode[] = []
  while (rest.length > 0 && !(rest[0] === 0 && rest[1] === 0)) {
    const part = BerNode.first(rest)
    parts.push(part)
    rest = rest.subarray(part.raw.length)
    if (parts.length > 3) throw new DerError('not signed data')
  }
  walk.at += tail.length - rest.length
  for (const level of [signedData, wrapped, contentInfo]) walk.leave(level)
  if (walk.at !== source.size) throw new DerError('bytes after the end')

  const last = parts.at(-1)
  if (last?.tag !== Tag.set) throw new DerError('no signers')
  const signerNodes = last.children()
  if (signerNodes.length > mostSigners) throw new DerError('too many signers')
  const of = (tag: number): BerNode[] => parts.find(part => part.tag === tag)?.children() ?? []
  const certificates = of(Tag.context0)
  const revocations = of(Tag.context1)
  if (certificates.length > mostEnclosed || revocations.length > mostEnclosed) throw new DerError('too much enclosed')
  // Found out here and not by whoever hashes them later.
  for (const element of [...certificates, ...revocations]) element.der()
  if (parts.some(part => part !== last && part.tag !== Tag.context0 && part.tag !== Tag.context1))
    throw new DerError('not signed data')
  const signers = signerNodes.map(readSigner)
  if (signers.reduce((sum, { unsigned }) => sum + unsigned.length, 0) > mostUnsigned)
    throw new DerError('too many unsigned attributes')
  return {
    contentType,
    content,
    certificates: certificates.filter(({ tag }) => tag === Tag.sequence).map(one => one.der()),
    ...readRevocations(revocations),
    signers,
    der: walk.shortest && parts.every(part => part.definite),
    parts: { version, digestAlgorithms, encapsulated: encapsulatedSource, certificates, revocations }
  }
}

/** CRLs as they are; OCSP by RFC 5940, 2.1, whole or (older) as BasicOCSPResponse, which is made whole. */
export function readRevocations(choices: readonly BerNode[]): Pick<Material, 'crls' | 'ocspResponses'> {
  const crls: Buffer[] = []
  const ocspResponses: Buffer[] = []
  for (const choice of choices) {
    if (choice.tag === Tag.sequence) crls.push(choice.der())
    if (choice.tag !== Tag.context1) continue
    const [format, value] = choice.children()
    if (!format || !value) throw new DerError('revocation of no format')
    const id = format.node().oid()
    if (id === Oid.ocspResponseInfo) ocspResponses.push(value.der())
    if (id === Oid.ocspBasic) ocspResponses.push(wholeOcspResponse(value.der()))
  }
  return { crls, ocspResponses }
}

/** OCSPResponse with status successful around a BasicOCSPResponse (RFC 6960, 4.2.1). */
export function wholeOcspResponse(basic: Buffer): Buffer {
  const bytes = sequence(oid(Oid.ocspBasic), octetString(basic))
  return sequence(Buffer.from([0x0a, 0x01, 0x00]), tlv(Tag.context0, bytes))
}

/** RevocationInfoChoice for an OCSPResponse (RFC 5940, 2.1). */
export const ocspRevocation = (response: Buffer): Buffer => tlv(Tag.context1, oid(Oid.ocspResponseInfo), response)

/** An element that was entered: where its content ends, or `undefined` until end-of-contents octets come. */
interface Level {
  readonly end?: number
}

/** Goes through the outermost elements without holding what is inside the content. */
class Walk {
  at = 0
  /** Whether all lengths met so far are definite and shortest. */
  shortest = true

  constructor(private readonly source: RandomAccessSource) {}

  /** Goes into a constructed element. */
  enter(tag: number): Level {
    const { tag: found, contentAt, length } = this.head()
    if (found !== tag) throw new DerError(`tag ${found} where ${tag} should be`)
    const start = this.at
    this.at = contentAt
    if (length < 0) return {}
    if (contentAt + length > this.source.size) throw new DerError('cut off')
    this.note(contentAt - start, length)
    return { end: contentAt + length }
  }

  /** Goes out of an element, which must be at its end. */
  leave({ end }: Level): void {
    if (end === undefined) {
      if (!this.source.read(this.at, 2).equals(Buffer.alloc(2))) throw new DerError('no end of contents')
      this.at += 2
    } else if (this.at !== end) throw new DerError('bytes after the end')
  }

  /** Whether the element that was entered has nothing more in it. */
  ends({ end }: Level): boolean {
    return end === undefined ? this.source.read(this.at, 2).equals(Buffer.alloc(2)) : this.at === end
  }

  /** A small element (number, identifier), in DER. */
  small(): DerNode {
    return readDer(this.element())
  }

  /** A small element, in DER; with `tag`, which it must carry. */
  element(tag?: number): Buffer {
    const node = BerNode.first(this.source.read(this.at, 4096))
    if (tag !== undefined && node.tag !== tag) throw new DerError(`tag ${node.tag} where ${tag} should be`)
    this.at += node.raw.length
    const der = node.der()
    if (!node.definite) this.shortest = false
    return der
  }

  /** An OCTET STRING, in one piece or many. */
  octets(): RandomAccessSource {
    const pieces: RandomAccessSource[] = []
    this.octetPieces(pieces, 0)
    return pieces.length === 1 ? pieces[0]! : new JoinedSource(pieces)
  }

  /**
   * What is digested of a content of another type: an OCTET STRING as ever, or (PKCS#7 1.5, 9.3, for program code and lists
   * of trust) what stands inside another element.
   */
  contents(): RandomAccessSource {
    const { tag, contentAt, length } = this.head()
    if (tag === Tag.octetString || tag === 0x24) return this.octets()
    if (length < 0 || contentAt + length > this.source.size) throw new DerError('cut off')
    this.at = contentAt + length
    return new SliceSource(this.source, contentAt, length)
  }

  private octetPieces(into: RandomAccessSource[], depth: number): void {
    const { tag, contentAt, length } = this.head()
    if (tag === Tag.octetString) {
      if (contentAt + length > this.source.size) throw new DerError('cut off')
      if (into.length === mostPieces) throw new DerError('too many pieces')
      this.note(contentAt - this.at, length)
      into.push(new SliceSource(this.source, contentAt, length))
      this.at = contentAt + length
      return
    }
    if (tag !== 0x24 || depth > 4) throw new DerError('content is no octet string')
    this.shortest = false
    const level = this.enter(tag)
    while (!this.ends(level)) {
      if (level.end !== undefined && this.at > level.end) throw new DerError('cut off')
      this.octetPieces(into, depth + 1)
    }
    this.leave(level)
  }

  /** Everything that is left, up to `most` bytes. */
  rest(most: number): Buffer {
    const left = this.source.size - this.at
    if (left > most) throw new DerError('too large')
    return this.source.read(this.at, left)
  }

  private head(): { tag: number; contentAt: number; length: number } {
    const { tag, contentAt, length } = readBerHead(this.source.read(this.at, 16), 0)
    if (length < 0) this.shortest = false
    return { tag, contentAt: this.at + contentAt, length }
  }

  private note(headBytes: number, length: number): void {
    if (headBytes !== head(0, length).length) this.shortest = false
  }
}
