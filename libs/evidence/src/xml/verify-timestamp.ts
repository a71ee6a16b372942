import { createHash, verify, type X509Certificate, type KeyObject } from 'node:crypto'
import { type BaseBlock, Constructed, fromBER, ObjectIdentifier, OctetString, Sequence } from 'asn1js'
import { type Attribute, ContentInfo, type SignerInfo, SignedData, TSTInfo } from 'pkijs'
import { buildChain, chainTimeFault, readCertificate } from './certificate-chain.js'
import { ValidationStop } from './report.js'

const ID_SIGNED_DATA = '1.2.840.113549.1.7.2'
const ID_CT_TST_INFO = '1.2.840.113549.1.9.16.1.4'
const CONTENT_TYPE = '1.2.840.113549.1.9.3'
const MESSAGE_DIGEST = '1.2.840.113549.1.9.4'
const SIGNING_CERTIFICATE_V2 = '1.2.840.113549.1.9.16.2.47'
/** ASN.1 tag class of `[0]`. */
const CONTEXT = 3
const LARGEST_TOKEN = 64 * 1024
/** How far a time-stamping authority's clock may be ahead of ours, in milliseconds. */
const CLOCK_SKEW = 5 * 60_000

const DIGESTS: Readonly<Record<string, string>> = {
  '2.16.840.1.101.3.4.2.1': 'sha256',
  '2.16.840.1.101.3.4.2.2': 'sha384',
  '2.16.840.1.101.3.4.2.3': 'sha512'
}
const SIGNATURES: Readonly<Record<string, { key: 'rsa' | 'ec'; digest?: string }>> = {
  '1.2.840.113549.1.1.1': { key: 'rsa' },
  '1.2.840.113549.1.1.11': { key: 'rsa', digest: 'sha256' },
  '1.2.840.113549.1.1.12': { key: 'rsa', digest: 'sha384' },
  '1.2.840.113549.1.1.13': { key: 'rsa', digest: 'sha512' },
  '1.2.840.10045.2.1': { key: 'ec' },
  '1.2.840.10045.4.3.2': { key: 'ec', digest: 'sha256' },
  '1.2.840.10045.4.3.3': { key: 'ec', digest: 'sha384' },
  '1.2.840.10045.4.3.4': { key: 'ec', digest: 'sha512' }
}

/** A time stamp that verified. */
export interface ProvenTime {
  genTime: Date
  /** SHA-256 of the anchor that the authority led to, lower-case hex. */
  anchorId: string
}

/**
 * Verifies an RFC 3161 token over `data`: imprint, CMS signature and signed attributes (RFC 5652, 5.4), ESSCertIDv2
 * (RFC 5816), chain to a pinned time-stamping anchor with the critical purpose timeStamping, and times: the authority must
 * be valid both when it stamped and at `at`, and must not have stamped in the future.
 * @throws ValidationStop; any other throw is to be taken as FORMAT_FAILURE
 */
export function verifyTimeStamp(token: Buffer, data: Buffer, anchors: X509Certificate[], at: Date): ProvenTime {
  if (token.length > LARGEST_TOKEN) throw stop('FORMAT_FAILURE', 'token too large')
  const { signed, certificates } = parseSignedData(token)
  const content = contentOf(signed)
  const info = TSTInfo.fromBER(arrayBuffer(content))
  checkImprint(info, data)
  if (signed.signerInfos.length !== 1) throw stop('FORMAT_FAILURE', 'not exactly one signer')
  const signer = signed.signerInfos[0]!
  const digest = DIGESTS[signer.digestAlgorithm.algorithmId]
  if (!digest) throw stop('CRYPTO_CONSTRAINTS_FAILURE', 'digest of the signer')
  const attributes = signer.signedAttrs?.attributes ?? []
  checkContentAttributes(attributes, content, digest)
  const leaf = findSigner(attributes, [...certificates, ...anchors])
  checkSignature(signer, digest, leaf)
  const chain = buildChain(leaf, certificates, anchors, 'time-stamp')
  if (info.genTime.getTime() > at.getTime() + CLOCK_SKEW) {
    throw stop('TIMESTAMP_ORDER_FAILURE', 'stamped in the future')
  }
  if (chainTimeFault(chain, info.genTime))
    throw stop('CHAIN_CONSTRAINTS_FAILURE', 'authority not valid when it stamped')
  if (chainTimeFault(chain, at) === 'expired') throw stop('OUT_OF_BOUNDS_NO_POE', 'authority has expired since')
  return { genTime: info.genTime, anchorId: chain.anchorId }
}

function parseSignedData(token: Buffer): { signed: SignedData; certificates: X509Certificate[] } {
  const parsed = fromBER(arrayBuffer(token))
  // trailing bytes would be carried along unseen
  if (parsed.offset !== token.length) throw stop('FORMAT_FAILURE', 'not one DER value')
  const content = new ContentInfo({ schema: parsed.result })
  if (content.contentType !== ID_SIGNED_DATA) throw stop('FORMAT_FAILURE', 'not signed data')
  const fields: BaseBlock[] = content.content.valueBlock.value
  // the bytes as they came: a certificate encoded anew would have another digest
  const set = fields.find(f => f.idBlock.tagClass === CONTEXT && f.idBlock.tagNumber === 0)
  const members = set instanceof Constructed ? set.valueBlock.value : []
  const certificates = members
    .map(m => readCertificate(Buffer.from(m.valueBeforeDecodeView)))
    .filter(c => c !== undefined)
  return { signed: new SignedData({ schema: content.content }), certificates }
}

function contentOf(signed: SignedData): Buffer {
  const { eContentType, eContent } = signed.encapContentInfo
  if (eContentType !== ID_CT_TST_INFO || !eContent) throw stop('FORMAT_FAILURE', 'not a time stamp')
  return Buffer.from(eContent.getValue())
}

function checkImprint(info: TSTInfo, data: Buffer): void {
  const digest = DIGESTS[info.messageImprint.hashAlgorithm.algorithmId]
  if (!digest) throw stop('CRYPTO_CONSTRAINTS_FAILURE', 'digest of the imprint')
  const imprint = Buffer.from(info.messageImprint.hashedMessage.valueBlock.valueHexView)
  if (!imprint.equals(createHash(digest).update(data).digest())) {
    throw stop('HASH_FAILURE', 'stamped over other bytes')
  }
}

function checkContentAttributes(attributes: Attribute[], content: Buffer, digest: string): void {
  if (oidOf(onlyValue(attributes, CONTENT_TYPE)) !== ID_CT_TST_INFO) {
    throw stop('FORMAT_FAILURE', 'content-type attribute')
  }
  const value = onlyValue(attributes, MESSAGE_DIGEST)
  const expected = createHash(digest).update(content).digest()
  if (!(value instanceof OctetString) || !Buffer.from(value.valueBlock.valueHexView).equals(expected)) {
    throw stop('HASH_FAILURE', 'message-digest attribute')
  }
}

/** The certificate whose digest the signed attributes carry: the only one that the authority says it signed with. */
function findSigner(attributes: Attribute[], candidates: X509Certificate[]): X509Certificate {
  const value = onlyValue(attributes, SIGNING_CERTIFICATE_V2)
  const certs = value instanceof Sequence ? value.valueBlock.value[0] : undefined
  const first = certs instanceof Sequence ? certs.valueBlock.value[0] : undefined
  if (!(first instanceof Sequence)) throw stop('FORMAT_FAILURE', 'signing-certificate-v2 attribute')
  // ESSCertIDv2: hashAlgorithm is left out when it is SHA-256 (RFC 5035)
  const [head, second] = first.valueBlock.value
  const named = head instanceof Sequence ? (oidOf(head.valueBlock.value[0]) ?? 'unreadable') : undefined
  const hash = head instanceof OctetString ? head : second
  const digest = named === undefined ? 'sha256' : DIGESTS[named]
  if (!digest || !(hash instanceof OctetString))
    throw stop('CRYPTO_CONSTRAINTS_FAILURE', 'digest of the signing certificate')
  const wanted = Buffer.from(hash.valueBlock.valueHexView)
  const found = candidates.find(c => createHash(digest).update(c.raw).digest().equals(wanted))
  if (!found) throw stop('NO_SIGNING_CERTIFICATE_FOUND', 'certificate of the authority is not there')
  return found
}

function checkSignature(signer: SignerInfo, digest: string, leaf: X509Certificate): void {
  const method = SIGNATURES[signer.signatureAlgorithm.algorithmId]
  const key: KeyObject = leaf.publicKey
  if (!method || method.key !== key.asymmetricKeyType || (method.digest ?? digest) !== digest) {
    throw stop('CRYPTO_CONSTRAINTS_FAILURE', 'signature method')
  }
  // RFC 5652, 5.4: the attributes are signed as a SET OF, whatever tag they are carried under
  const attributes = Buffer.from(signer.signedAttrs!.encodedValue)
  attributes[0] = 0x31
  const value = Buffer.from(signer.signature.valueBlock.valueHexView)
  if (!verify(digest, attributes, key, value)) throw stop('SIG_CRYPTO_FAILURE', 'signature of the authority')
}

function onlyValue(attributes: Attribute[], type: string): unknown {
  const found = attributes.filter(a => a.type === type)
  if (found.length !== 1 || found[0]!.values.length !== 1) throw stop('FORMAT_FAILURE', `attribute ${type}`)
  return found[0]!.values[0]
}

function oidOf(value: unknown): string | undefined {
  return value instanceof ObjectIdentifier ? value.getValue() : undefined
}

function arrayBuffer(bytes: Buffer): ArrayBuffer {
  return new Uint8Array(bytes).buffer
}

const stop = (sub: ConstructorParameters<typeof ValidationStop>[0], detail: string) =>
  new ValidationStop(sub, 'timestamp', detail)
