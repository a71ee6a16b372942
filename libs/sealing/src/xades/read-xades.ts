import { createHash } from 'node:crypto'
import { Refused } from '#platform/plain'
import type { Certificate } from '../certificate/read-certificate.js'
import type { AnyHash } from '../certificate/signature-scheme.js'
import { readableCertificates } from '../certificate/build-chain.js'
import { type Document, hashOfDocument } from '../document.js'
import type { SealFormat } from '../seal-format.js'
import type { RandomAccessSource } from '../source.js'
import type { IntegrityVerdict, ReadSignature, ReadSignatures, SignedScope } from '../validation/read-signature.js'
import { canonicalBytes } from './c14n/canonicalize.js'
import { decodeXml } from './c14n/decode-xml.js'
import { hashOfUri, schemeOfUri, verifyXmlSignature } from './algorithms.js'
import { baselineFaults } from './baseline-faults.js'
import { distinct } from '../distinct.js'
import { certificatesNamed, readClaims, readMaterial, type SignedClaims } from './read-properties.js'
import { FormFault, readStructure, type Reference, type XmlSignature } from './read-structure.js'
import { type ResolveContext, type Resolved, resolveReference, WorkBudget } from './resolve-reference.js'
import { readTimestamps } from './read-timestamps.js'
import { attributeOf, contains, elementInput, readXmlTree, type XmlElement, type XmlTree } from './xml-tree.js'

const noMaterial = { certificates: [], ocspResponses: [], crls: [] }
const failed = (subIndication: 'FORMAT_FAILURE' | 'HASH_FAILURE' | 'SIG_CRYPTO_FAILURE', why: string) =>
  ({ indication: 'FAILED', subIndication, why }) as const

/**
 * Finds every ds:Signature of an XML file (XMLDSig 1.1, EN 319 132-1) and checks its form, its digests and its signature
 * value. `originals` are the files that detached signatures name. Never throws for what is in the file: XML that cannot
 * be read is one signature that FAILED with FORMAT_FAILURE.
 */
export function readXadesSignatures(source: RandomAccessSource, originals: readonly Document[] = []): ReadSignatures {
  let tree: XmlTree
  try {
    tree = readXmlTree(decodeXml(source))
  } catch (error) {
    if (!(error instanceof Refused)) throw error
    const why = `${error.type.code} ${String(error.facts.why ?? error.facts.limit ?? '')}`.trim()
    return { signatures: [unreadable('document', 'XAdES-enveloped', why)], timestamps: [] }
  }
  return { signatures: readSignaturesOf(tree, originals), timestamps: [] }
}

function readSignaturesOf(tree: XmlTree, originals: readonly Document[]): ReadSignature[] {
  const budget = WorkBudget.for(tree)
  const digests = new Map<string, Buffer>()
  const names = new Set<string>()
  return tree.signatures.map((signature, i) => {
    const own = attributeOf(signature, 'Id')
    const name = own !== undefined && !names.has(own) ? own : `signature-${i + 1}`
    names.add(name)
    return readGuarded({ tree, signature, originals, budget }, name, digests)
  })
}

/** One of `tree.signatures` of a document that was taken apart already. */
export function readSignatureAt(tree: XmlTree, index: number, originals: readonly Document[]): ReadSignature {
  const signature = tree.signatures[index]!
  const name = attributeOf(signature, 'Id') ?? `signature-${index + 1}`
  return readGuarded({ tree, signature, originals, budget: WorkBudget.for(tree) }, name, new Map())
}

function readGuarded(context: ResolveContext, name: string, digests: Map<string, Buffer>): ReadSignature {
  try {
    return readOne(context, readStructure(context.tree, context.signature), name, digests)
  } catch (error) {
    if (error instanceof FormFault) return unreadable(name, 'XAdES-enveloped', error.message)
    if (error instanceof Refused) return unreadable(name, 'XAdES-enveloped', error.type.code)
    throw error
  }
}

function unreadable(id: string, format: SealFormat, why: string): ReadSignature {
  return {
    id,
    format,
    integrity: failed('FORMAT_FAILURE', why),
    baselineFaults: [],
    certificates: [],
    material: noMaterial,
    algorithm: '',
    hashes: [],
    timestamps: [],
    scopes: [],
    signatureValue: Buffer.alloc(0)
  }
}

/** A reference and what came of looking for its data. */
interface Checked {
  readonly reference: Reference
  readonly resolved?: Resolved
  readonly verdict: IntegrityVerdict
}

function readOne(
  context: ResolveContext,
  signature: XmlSignature,
  name: string,
  digests: Map<string, Buffer>
): ReadSignature {
  const { tree } = context
  const claims = readClaims(tree, signature)
  const material = readMaterial(tree, signature)
  const certificates = distinct([...signature.keyInfoCertificates, ...material.certificates])
  const checked = signature.references.map(reference => checkReference(context, reference, digests))
  const { verdict, certificate } = checkValue(context, signature, claims, certificates)
  const worst = checked.map(one => one.verdict).sort((a, b) => gravity(a) - gravity(b))[0]!
  const data = checked.filter(({ reference }) => reference !== signature.propertiesReference)
  const hashes = [
    schemeOfUri(signature.signatureMethod)?.hash,
    ...signature.references.map(({ digestUri }) => hashOfUri(digestUri))
  ]
  return {
    id: name,
    format: formatOf(signature, data),
    // a wrong value says more than data that is not there, and digests say where to look
    integrity: gravity(worst) <= gravity(verdict) ? worst : verdict,
    baselineFaults: baselineFaults(signature, claims, certificate),
    signingCertificate: certificate?.der,
    certificates,
    material,
    claimedSigningTime: claims.signingTime,
    algorithm: signature.signatureMethod,
    hashes: [...new Set(hashes.map(hash => hash ?? 'other'))],
    timestamps: readTimestamps(context, signature, name),
    scopes: data.map(one => scopeOf(tree, signature, one, data)),
    signatureValue: signature.value
  }
}

/** FAILED before INDETERMINATE before PASSED. */
const gravity = ({ indication }: IntegrityVerdict): number => ['FAILED', 'INDETERMINATE', 'PASSED'].indexOf(indication)

function checkReference(context: ResolveContext, reference: Reference, digests: Map<string, Buffer>): Checked {
  const hash = hashOfUri(reference.digestUri)
  if (!hash) return { reference, verdict: constraint('digest algorithm') }
  const resolved = resolveReference(context, reference)
  if ('failed' in resolved) {
    const { failed: subIndication, why } = resolved
    return {
      reference,
      verdict:
        subIndication === 'FORMAT_FAILURE'
          ? failed(subIndication, why)
          : { indication: 'INDETERMINATE', subIndication, why }
    }
  }
  try {
    const digest = digestOf(context, reference, resolved, hash, digests)
    const verdict = digest.equals(reference.digest)
      ? ({ indication: 'PASSED' } as const)
      : failed('HASH_FAILURE', 'digest of the signed data')
    return { reference, resolved, verdict }
  } catch (error) {
    if (!(error instanceof Refused) || error.facts.limit === 'work') throw error
    return {
      reference,
      resolved,
      verdict: { indication: 'INDETERMINATE', subIndication: 'SIGNED_DATA_NOT_FOUND', why: error.type.code }
    }
  }
}

const constraint = (why: string): IntegrityVerdict => ({
  indication: 'INDETERMINATE',
  subIndication: 'CRYPTO_CONSTRAINTS_FAILURE',
  why
})

/** Digests of files that many signatures name are taken once. */
function digestOf(
  { originals }: ResolveContext,
  reference: Reference,
  { target, feed }: Resolved,
  algorithm: AnyHash,
  digests: Map<string, Buffer>
): Buffer {
  const wholeFile = target.kind === 'file' && reference.transforms.length === 0
  const key = wholeFile ? `${algorithm} ${originals.indexOf(target.document)}` : ''
  const known = wholeFile ? digests.get(key) : undefined
  if (known) return known
  // files may bring states that were taken while they arrived, of the hashes that we sign with
  const own = algorithm === 'sha256' || algorithm === 'sha384' || algorithm === 'sha512' ? algorithm : undefined
  const taken = wholeFile && own ? hashOfDocument(target.document, own).copy() : undefined
  const hash = taken ?? createHash(algorithm)
  if (!taken) feed(hash)
  const digest = hash.digest()
  if (wholeFile) digests.set(key, digest)
  return digest
}

/**
 * Finds the signing certificate and checks the signature value with it. The certificate is the one that the signed
 * properties name; KeyInfo only brings it. Without such a property the value can still be wrong, but never right.
 */
function checkValue(
  { tree, budget }: ResolveContext,
  signature: XmlSignature,
  claims: SignedClaims,
  certificates: readonly Buffer[]
): { readonly verdict: IntegrityVerdict; readonly certificate?: Certificate } {
  const scheme = schemeOfUri(signature.signatureMethod)
  if (!scheme) return { verdict: constraint('signature algorithm') }
  const { canonicalization } = signature
  if (!canonicalization) return { verdict: constraint('canonicalisation') }
  const input = elementInput(tree, signature.signedInfo)
  budget.spendOn(input)
  const signed = canonicalBytes(input, canonicalization)
  const holds = ({ x509 }: Certificate) => verifyXmlSignature(scheme, x509.publicKey, signed, signature.value)

  const named = claims.certificates.flatMap(one => certificatesNamed(one, certificates)).slice(0, 8)
  if (claims.version === 0) {
    const candidates = readableCertificates(signature.keyInfoCertificates.slice(0, 8))
    const certificate = candidates.find(holds)
    if (candidates.length > 0 && !certificate) return { verdict: failed('SIG_CRYPTO_FAILURE', 'signature value') }
    const why = 'no signing-certificate property ties the certificate to the signature'
    const subIndication = certificate ? 'SIG_CONSTRAINTS_FAILURE' : 'NO_SIGNING_CERTIFICATE_FOUND'
    return { verdict: { indication: 'INDETERMINATE', subIndication, why }, certificate }
  }
  const certificate = named.find(holds)
  if (certificate) return { verdict: { indication: 'PASSED' }, certificate }
  if (named[0]) return { verdict: failed('SIG_CRYPTO_FAILURE', 'signature value'), certificate: named[0] }
  const why = 'the certificate that the signature names is not there'
  return { verdict: { indication: 'INDETERMINATE', subIndication: 'NO_SIGNING_CERTIFICATE_FOUND', why } }
}

function formatOf({ element, objects }: XmlSignature, data: readonly Checked[]): SealFormat {
  const targets = data.flatMap(({ resolved }) => resolved?.target ?? [])
  const around = (target: XmlElement) => contains(target, element)
  if (targets.some(target => target.kind === 'document' || (target.kind === 'element' && around(target.element))))
    return 'XAdES-enveloped'
  const own = (target: XmlElement) => objects.some(object => contains(object, target))
  return targets.some(target => target.kind === 'element' && own(target.element))
    ? 'XAdES-enveloping'
    : 'XAdES-detached'
}

/** What is covered is the node that was digested, told by its place; whole is only what leaves nothing of the file out. */
function scopeOf(
  tree: XmlTree,
  signature: XmlSignature,
  { reference, resolved }: Checked,
  all: readonly Checked[]
): SignedScope {
  const hash = hashOfUri(reference.digestUri)
  const digest = hash ? { hash, value: reference.digest } : undefined
  const target = resolved?.target
  if (!target) return { name: reference.uri ?? '', kind: 'xml-node', complete: false, digest }
  if (target.kind === 'file') {
    const { fileName } = target.document
    return { name: fileName, kind: 'whole-file', complete: true, digest }
  }
  const whole = target.kind === 'document' || target.element === tree.root
  const covered = all.map(one => (one.resolved?.target.kind === 'element' ? one.resolved.target.element : undefined))
  const payload =
    signature.element === tree.root &&
    signature.objects.every(object => covered.includes(object) || object === signature.qualifying?.parent)
  const where = target.kind === 'element' && !whole ? ` ${pathOf(target.element)}` : ''
  return {
    name: whole ? 'document' : `${reference.uri}${where}`,
    kind: 'xml-node',
    complete: whole || payload,
    digest
  }
}

function pathOf(element: XmlElement): string {
  const steps: string[] = []
  for (let one: XmlElement | undefined = element; one; one = one.parent) steps.unshift(one.local)
  return `/${steps.join('/')}`
}
