import type { Document } from '#sealing/plain'
import { documents, type JudgedWorld } from '../judged-world.js'
import { type Der, parseDer, writeDer, writeIndefinite } from './der-tree.js'
import { flipped, type Tampering } from './tampering.js'

/** Attributes and algorithms by the bytes of their OIDs. */
const oids = {
  contentType: '2a864886f70d010903',
  messageDigest: '2a864886f70d010904',
  signingTime: '2a864886f70d010905',
  signingCertificateV2: '2a864886f70d010910022f',
  signatureTimeStamp: '2a864886f70d010910020e',
  archiveTimeStamp: '04008d450204',
  data: '2a864886f70d010701',
  sha384: '608648016503040202',
  ecdsaSha384: '2a8648ce3d040303',
  description: '55040d'
} as const

/** A SignedData taken apart, its parts to be changed in place. */
export interface OpenCms {
  readonly signedData: Der
  readonly encapsulated: Der
  readonly certificates: Der
  readonly revocations?: Der
  readonly signers: Der
  readonly signer: Der
  readonly identifier: Der
  readonly digestAlgorithm: Der
  readonly signedAttributes: Der
  readonly signatureAlgorithm: Der
  readonly value: Der
  readonly unsigned?: Der
}

function open(root: Der): OpenCms {
  const signedData = root.children[1]!.children[0]!
  const parts = signedData.children
  const signers = parts.at(-1)!
  const signer = signers.children[0]!
  const [, identifier, digestAlgorithm, signedAttributes, signatureAlgorithm, value, unsigned] = signer.children
  return {
    signedData,
    encapsulated: parts[2]!,
    certificates: parts.find(({ tag }) => tag === 0xa0)!,
    revocations: parts.find(({ tag }) => tag === 0xa1),
    signers,
    signer,
    identifier: identifier!,
    digestAlgorithm: digestAlgorithm!,
    signedAttributes: signedAttributes!,
    signatureAlgorithm: signatureAlgorithm!,
    value: value!,
    unsigned
  }
}

/** The CMS with a change made to its parts. */
export function changedCms(bytes: Buffer, change: (cms: OpenCms) => void): Buffer {
  const root = parseDer(bytes)
  change(open(root))
  return writeDer(root)
}

const isOf = (oid: string) => (attribute: Der) => attribute.children[0]!.content.toString('hex') === oid
const attributeOf = (set: Der, oid: string): Der => set.children.find(isOf(oid))!
const without = (set: Der, oid: string): void => {
  set.children = set.children.filter(one => !isOf(oid)(one))
}
const flip = (der: Der, at: number): void => {
  der.content = flipped(der.content, at)
}
/** The deepest last primitive element. */
const lastLeaf = (der: Der): Der => (der.children.length > 0 ? lastLeaf(der.children.at(-1)!) : der)
const valueOf = (attribute: Der): Der => attribute.children[1]!.children[0]!

/** CAdES, detached and attached, at several levels, and what can be done to it. */
export async function cmsTamperings(world: JudgedWorld): Promise<Tampering[]> {
  const original = documents.text
  const stamped = await world.seal('CAdES-detached', original, { level: 'B-T' })
  const twin = await world.seal('CAdES-detached', original, { level: 'B-T' })
  const archived = await world.seal('CAdES-detached', original, { level: 'B-LTA' })
  const attached = await world.seal('CAdES-attached', original, { level: 'B-T' })
  const stranger = parseDer(world.sandbox.pki.seal('institution-p384').certificate)
  const of = (name: string, change: (cms: OpenCms) => void): Tampering => ({
    name: `CAdES-detached: ${name}`,
    file: changedCms(stamped, change),
    original
  })
  const ofArchived = (name: string, change: (cms: OpenCms) => void): Tampering => ({
    name: `CAdES-detached B-LTA: ${name}`,
    file: changedCms(archived, change),
    original
  })
  const whole = (name: string, file: Buffer, document: Document | undefined = original): Tampering => ({
    name,
    file,
    original: document
  })
  const otherText: Document = {
    ...original,
    source: world.sourceOf(flipped(Buffer.from(original.source.read(0, 99)), 3))
  }
  const own = world.sandbox.pki.seal('institution-p256').certificate
  const isOwn = (one: Der) => writeDer(one).equals(own)
  const exchange = (cms: OpenCms) => {
    cms.certificates.children = cms.certificates.children.map(one => (isOwn(one) ? stranger : one))
  }
  const identify = (cms: OpenCms) => {
    const [, serial, , issuer] = stranger.children[0]!.children
    cms.identifier.children = [issuer!, serial!]
  }
  return [
    whole('CAdES-detached: another document', stamped, otherText),
    of('signed message digest', cms => flip(lastLeaf(attributeOf(cms.signedAttributes, oids.messageDigest)), 0)),
    of('signed signing time', cms => flip(lastLeaf(attributeOf(cms.signedAttributes, oids.signingTime)), -2)),
    of('signature value', cms => flip(cms.value, -1)),
    of('signature value is no ECDSA value', cms => flip(cms.value, 0)),
    of('certificate of the signer exchanged', exchange),
    of('certificate of the authority exchanged', cms => {
      cms.certificates.children = [...cms.certificates.children.filter(isOwn), stranger]
    }),
    of('certificate and identifier of another', cms => {
      exchange(cms)
      identify(cms)
    }),
    of('identifier of another, who is enclosed', cms => {
      cms.certificates.children.push(stranger)
      identify(cms)
    }),
    of('identifier with another serial number', cms => flip(cms.identifier.children[1]!, -1)),
    of('certificates taken out', cms => (cms.certificates.children = [])),
    of('signing-certificate attribute taken out', cms => without(cms.signedAttributes, oids.signingCertificateV2)),
    of('signing-time attribute taken out', cms => without(cms.signedAttributes, oids.signingTime)),
    of('content-type attribute taken out', cms => without(cms.signedAttributes, oids.contentType)),
    of('message-digest attribute taken out', cms => without(cms.signedAttributes, oids.messageDigest)),
    of('signed attribute added', cms =>
      cms.signedAttributes.children.push(parseDer(Buffer.from(`300c0603${oids.description}31050c0348656a`, 'hex')))
    ),
    of('signed attributes in another order', cms => cms.signedAttributes.children.reverse()),
    of('a signed attribute twice', cms =>
      cms.signedAttributes.children.push(attributeOf(cms.signedAttributes, oids.signingTime))
    ),
    of('all signed attributes taken out', cms => {
      cms.signer.children = cms.signer.children.filter(one => one !== cms.signedAttributes)
    }),
    of('content type changed', cms => flip(cms.encapsulated.children[0]!, -1)),
    of('digest algorithm changed', cms => {
      cms.digestAlgorithm.children[0]!.content = Buffer.from(oids.sha384, 'hex')
    }),
    of('signature algorithm changed', cms => {
      cms.signatureAlgorithm.children[0]!.content = Buffer.from(oids.ecdsaSha384, 'hex')
    }),
    of('time stamp of another signature', cms => {
      cms.unsigned!.children = open(parseDer(twin)).unsigned!.children
    }),
    of('time stamp: imprint', cms => {
      const token = valueOf(attributeOf(cms.unsigned!, oids.signatureTimeStamp))
      const info = open(token).encapsulated.children[1]!.children[0]!
      const at = info.content.indexOf(Buffer.from('0420', 'hex'))
      flip(info, at + 5)
    }),
    of('time stamp: signature value', cms =>
      flip(open(valueOf(attributeOf(cms.unsigned!, oids.signatureTimeStamp))).value, -1)
    ),
    of('time stamp taken out', cms => cms.signer.children.pop()),
    of('time stamp twice', cms => cms.unsigned!.children.push(cms.unsigned!.children[0]!)),
    of('unsigned attribute added', cms => cms.unsigned!.children.push(unsignedNote())),
    of('the signer twice', cms => cms.signers.children.push(cms.signer)),
    of('no signer', cms => (cms.signers.children = [])),
    whole('CAdES-detached: bytes after the end', Buffer.concat([stamped, Buffer.from('junk')])),
    whole('CAdES-detached: cut off', stamped.subarray(0, -100)),
    whole('CAdES-detached: written in BER', writeIndefinite(parseDer(stamped), 4)),
    ofArchived('certificate taken out', cms => cms.certificates.children.splice(1, 1)),
    ofArchived('revocation taken out', cms => cms.revocations!.children.splice(0, 1)),
    ofArchived('all revocation taken out', cms => {
      cms.signedData.children = cms.signedData.children.filter(one => one !== cms.revocations)
    }),
    ofArchived('certificate added', cms => cms.certificates.children.push(stranger)),
    ofArchived('signature time stamp taken out', cms => without(cms.unsigned!, oids.signatureTimeStamp)),
    ofArchived('unsigned attribute added', cms => cms.unsigned!.children.push(unsignedNote())),
    ofArchived('hash index of the archive time stamp', cms => {
      const token = open(valueOf(attributeOf(cms.unsigned!, oids.archiveTimeStamp)))
      flip(lastLeaf(token.unsigned!), -1)
    }),
    ofArchived('hash index taken out', cms => {
      const token = open(valueOf(attributeOf(cms.unsigned!, oids.archiveTimeStamp)))
      token.signer.children.pop()
    }),
    ofArchived('archive time stamp: signature value', cms =>
      flip(open(valueOf(attributeOf(cms.unsigned!, oids.archiveTimeStamp))).value, -1)
    ),
    whole(
      'CAdES-attached: a byte of the content',
      changedCms(attached, cms => flip(lastLeaf(cms.encapsulated), 4)),
      undefined
    ),
    whole(
      'CAdES-attached: content taken out, and put beside',
      changedCms(attached, cms => cms.encapsulated.children.pop()),
      otherText
    ),
    whole('CAdES-attached: another document beside', attached, otherText)
  ]
}

const unsignedNote = (): Der => parseDer(Buffer.from(`300c0603${oids.description}31050c0348656a`, 'hex'))
