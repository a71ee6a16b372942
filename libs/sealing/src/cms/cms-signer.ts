import { setOf } from '../der.js'
import { DerError, type DerNode, readDer, Tag } from '../der-reader.js'
import { type BerNode } from './ber.js'

/** One value of an unsigned attribute: as it stands in the file, and in DER. */
export interface UnsignedValue {
  readonly type: string
  readonly raw: Buffer
  readonly der: Buffer
}

/** A SignerInfo (RFC 5652, 5.3) of any maker, taken apart. Everything but `UnsignedValue.raw` is in DER. */
export interface CmsSigner {
  /** The fields version, sid, digestAlgorithm, signedAttrs [0], signatureAlgorithm and signature, as archive time stamps hash them. */
  readonly fields: readonly Buffer[]
  /** Either issuer and serial, or the subject key identifier. */
  readonly issuerDer?: Buffer
  readonly serialDer?: Buffer
  readonly subjectKeyIdentifier?: Buffer
  readonly digestAlgorithm: string
  /** The signed attributes with the SET tag, members in the order of the file. Absent: the content itself is signed. */
  readonly signedAttributes?: Buffer
  /** Values of signed attributes by type. */
  readonly attributes: ReadonlyMap<string, readonly DerNode[]>
  /** Types of signed attributes that stand more than once: two readers could believe two different values. */
  readonly repeated: readonly string[]
  readonly signatureAlgorithm: DerNode
  readonly signature: Buffer
  readonly unsigned: readonly UnsignedValue[]
  readonly parts: {
    /** The SignerInfo as it stands in the file. */
    readonly whole: Buffer
    /** Its elements without the unsigned attributes. */
    readonly before: readonly Buffer[]
    /** The unsigned attributes (each a SEQUENCE). */
    readonly unsigned: readonly Buffer[]
  }
}

/** Attributes of one signer that are read. */
const mostAttributes = 1024

/** Reads a SignerInfo. Throws DerError when it is none. */
export function readSigner(info: BerNode): CmsSigner {
  if (info.tag !== Tag.sequence) throw new DerError('not a signer')
  const elements = info.children()
  const signedAt = elements.findIndex(({ tag }, i) => i === 3 && tag === Tag.context0)
  const withAttributes = signedAt === 3
  const [version, identifier, digest] = elements
  const [algorithm, signature, unsigned] = elements.slice(withAttributes ? 4 : 3)
  if (!version || !identifier || !digest || !algorithm || !signature) throw new DerError('not a signer')
  if (elements.length > (withAttributes ? 7 : 6)) throw new DerError('not a signer')
  if (unsigned && unsigned.tag !== Tag.context1) throw new DerError('not a signer')
  const digestAlgorithm = digest.node().expect(Tag.sequence).children()[0]
  if (!digestAlgorithm) throw new DerError('no digest algorithm')

  let signedAttributes: Buffer | undefined
  const attributes = new Map<string, DerNode[]>()
  const repeated: string[] = []
  if (withAttributes) {
    signedAttributes = Buffer.from(elements[3]!.der())
    signedAttributes[0] = Tag.set
    for (const { type, values } of readAttributes(readDer(signedAttributes))) {
      if (attributes.has(type)) repeated.push(type)
      else attributes.set(type, values)
    }
  }
  const issuerAndSerial = identifier.tag === Tag.sequence ? identifier.node().children() : []
  if (identifier.tag !== Tag.sequence && (identifier.tag & 0x9f) !== 0x80) throw new DerError('no signer identifier')
  const fields = [version, identifier, digest, ...(withAttributes ? [elements[3]!] : []), algorithm, signature]
  return {
    fields: fields.map(field => field.der()),
    issuerDer: issuerAndSerial[0]?.raw,
    serialDer: issuerAndSerial[1]?.raw,
    subjectKeyIdentifier: identifier.tag === 0x80 ? identifier.node().content : undefined,
    digestAlgorithm: digestAlgorithm.oid(),
    signedAttributes,
    attributes,
    repeated,
    signatureAlgorithm: algorithm.node().expect(Tag.sequence),
    signature: signature.node().expect(Tag.octetString).content,
    unsigned: unsigned?.children().flatMap(readUnsigned) ?? [],
    parts: {
      whole: info.raw,
      before: elements.slice(0, withAttributes ? 6 : 5).map(({ raw }) => raw),
      unsigned: unsigned?.children().map(({ raw }) => raw) ?? []
    }
  }
}

function readAttributes(set: DerNode): { type: string; values: DerNode[] }[] {
  const found = set.children()
  if (found.length > mostAttributes) throw new DerError('too many attributes')
  return found.map(one => {
    const [type, values] = one.expect(Tag.sequence).children()
    if (!type || !values) throw new DerError('not an attribute')
    return { type: type.oid(), values: values.expect(Tag.set).children() }
  })
}

function readUnsigned(attribute: BerNode): UnsignedValue[] {
  const [type, values] = attribute.children()
  if (attribute.tag !== Tag.sequence || !type || values?.tag !== Tag.set) throw new DerError('not an attribute')
  const id = type.node().oid()
  return values.children().map(value => ({ type: id, raw: value.raw, der: value.der() }))
}

/** Signed attributes with their members in DER order: what is signed (RFC 5652, 5.4). */
export const inOrder = (signedAttributes: Buffer): Buffer =>
  setOf(
    readDer(signedAttributes)
      .children()
      .map(({ raw }) => raw)
  )
