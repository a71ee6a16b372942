import { DerError, type DerNode, readDer, Tag } from '../der-reader.js'
import { Oid } from '../oids.js'

/** A CMS SignedData (RFC 5652, 5) with exactly one signer, taken apart. Byte fields are views into the input. */
export interface SignedData {
  readonly contentType: string
  /** Encapsulated content; undefined when the signature is detached. */
  readonly content?: Buffer
  readonly certificates: readonly Buffer[]
  readonly signer: {
    /** Either issuer and serial, or the subject key identifier. */
    readonly issuerDer?: Buffer
    readonly serialDer?: Buffer
    readonly subjectKeyIdentifier?: Buffer
    readonly digestAlgorithm: string
    /** The signed attributes in the form that is signed: with the SET tag. */
    readonly signedAttributes: Buffer
    readonly attributes: ReadonlyMap<string, readonly DerNode[]>
    readonly signatureAlgorithm: DerNode
    readonly signature: Buffer
    readonly unsignedAttributes: ReadonlyMap<string, readonly DerNode[]>
  }
}

/** Reads a DER ContentInfo with SignedData inside. Throws DerError when it is anything else. */
export function readSignedData(der: Buffer): SignedData {
  const [type, wrapped] = readDer(der).expect(Tag.sequence).children()
  if (type?.oid() !== Oid.signedData || !wrapped) throw new DerError('not signed data')
  const body = only(wrapped.expect(Tag.context0)).expect(Tag.sequence).children()
  const encapsulated = body[2]?.expect(Tag.sequence).children() ?? []
  const signerInfos = body.at(-1)
  if (body.length < 4 || !encapsulated[0] || !signerInfos) throw new DerError('not signed data')
  const content = encapsulated[1]
  return {
    contentType: encapsulated[0].oid(),
    content: content && only(content.expect(Tag.context0)).expect(Tag.octetString).content,
    certificates: (body.find(part => part.tag === Tag.context0)?.children() ?? [])
      .filter(certificate => certificate.tag === Tag.sequence)
      .map(certificate => certificate.raw),
    signer: readSigner(only(signerInfos.expect(Tag.set)))
  }
}

function readSigner(info: DerNode): SignedData['signer'] {
  const parts = info.expect(Tag.sequence).children()
  const [, identifier, digest, signed] = parts
  if (!identifier || !digest || signed?.tag !== Tag.context0) throw new DerError('no signed attributes')
  const [, , , , algorithm, signature, unsigned] = parts
  const digestAlgorithm = digest.children()[0]
  if (!algorithm || !signature || !digestAlgorithm) throw new DerError('not a signer')
  const signedAttributes = Buffer.from(signed.raw)
  signedAttributes[0] = Tag.set
  const issuerAndSerial = identifier.tag === Tag.sequence ? identifier.children() : []
  return {
    issuerDer: issuerAndSerial[0]?.raw,
    serialDer: issuerAndSerial[1]?.raw,
    subjectKeyIdentifier: identifier.tag === 0x80 ? identifier.content : undefined,
    digestAlgorithm: digestAlgorithm.oid(),
    signedAttributes,
    attributes: readAttributes(signed),
    signatureAlgorithm: algorithm.expect(Tag.sequence),
    signature: signature.expect(Tag.octetString).content,
    unsignedAttributes: unsigned?.tag === Tag.context1 ? readAttributes(unsigned) : new Map()
  }
}

function readAttributes(set: DerNode): Map<string, DerNode[]> {
  const attributes = new Map<string, DerNode[]>()
  for (const attribute of set.children()) {
    const [type, values] = attribute.expect(Tag.sequence).children()
    if (!type || !values) throw new DerError('not an attribute')
    const id = type.oid()
    // A second instance would let two readers believe two different values.
    if (attributes.has(id)) throw new DerError('attribute given twice')
    attributes.set(id, values.expect(Tag.set).children())
  }
  return attributes
}

/** The only element inside. */
function only(node: DerNode): DerNode {
  const children = node.children()
  if (children.length !== 1) throw new DerError(`${children.length} elements where one should be`)
  return children[0]!
}
