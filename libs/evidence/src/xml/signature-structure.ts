import type { Document, Element } from '@xmldom/xmldom'
import { C14N11, canonicalisations, digestMethods, ENVELOPED, EXC_C14N, signatureMethods } from './algorithms.js'
import { allElements, base64Of, childElements, childrenNamed, DS, hasComment, onlyDescendant, XADES } from './dom.js'
import { onlyChild } from './dom.js'
import { ValidationStop } from './report.js'

const SIGNED_PROPERTIES_TYPE = 'http://uri.etsi.org/01903#SignedProperties'
const MOST_CERTIFICATES = 10
const MOST_TIMESTAMPS = 5

/** The parts of the one signature of a document, found by position and never by search. */
export interface SignatureParts {
  signature: Element
  signatureValue: Element
  /** Key of `signatureMethods`. */
  method: string
  /** Position of the two references in SignedInfo. */
  documentReference: 0 | 1
  signedProperties: Element
  /** DER certificates of KeyInfo, as found: not yet believed. */
  certificates: Buffer[]
  timeStamps: Element[]
}

/**
 * Holds a document against the one shape that we accept, so that nothing is left to interpretation: one signature, child
 * of the root; two references, one over the whole document and one over this signature's own SignedProperties; no
 * other transforms than enveloped-signature and canonicalisation. Everything that wraps, moves or doubles a signature
 * ends here (XMLDSig best practices; XAdES EN 319 132-1, clause 6.3).
 * @throws ValidationStop
 */
export function locateSignature(document: Document): SignatureParts {
  const elements = allElements(document)
  checkIds(elements)
  const signature = theOnlySignature(document, elements)
  const [signedInfo, signatureValue, ...rest] = childElements(signature)
  if (!isDs(signedInfo, 'SignedInfo') || !isDs(signatureValue, 'SignatureValue')) {
    throw format('signature-shape', 'ds:Signature does not begin with SignedInfo and SignatureValue')
  }
  const keyInfo = isDs(rest[0], 'KeyInfo') ? rest.shift() : undefined
  if (rest.some(e => !isDs(e, 'Object'))) throw format('signature-shape', 'unexpected element in ds:Signature')
  // xml-crypto looks these up by local name: a second one anywhere would leave open which one it means
  for (const name of ['SignedInfo', 'SignatureMethod', 'KeyInfo', 'SignedProperties']) {
    const count = elements.filter(e => e.localName === name).length
    if (count > 1) throw format('signature-shape', `${count} elements named ${name}`)
  }
  if (childElements(signatureValue).length > 0 || !base64Of(signatureValue)) {
    throw format('signature-shape', 'SignatureValue is not base64')
  }
  const signedProperties = theSignedProperties(signature, rest)
  const { method, references } = readSignedInfo(signedInfo)
  const documentReference = checkReferences(references, document, signedProperties)
  if (elements.some(e => Array.from(e.attributes).some(a => a.prefix === 'xml')) && usesCanonicalXml11(signature)) {
    throw format('canonicalisation', 'Canonical XML 1.1 together with xml: attributes')
  }
  return {
    signature,
    signatureValue,
    method,
    documentReference,
    signedProperties,
    certificates: readCertificates(keyInfo),
    timeStamps: findTimeStamps(signature, rest)
  }
}

function theOnlySignature(document: Document, elements: Element[]): Element {
  const signatures = elements.filter(e => isDs(e, 'Signature'))
  if (signatures.length !== 1) throw format('one-signature', `${signatures.length} signatures in the document`)
  const signature = signatures[0]!
  if (signature.parentNode !== document.documentElement) {
    throw format('one-signature', 'the signature is not a child of the root')
  }
  // a comment splits a text into two nodes, and readers differ in which of them they take
  if (hasComment(signature)) throw format('one-signature', 'comment inside the signature')
  return signature
}

function theSignedProperties(signature: Element, objects: Element[]): Element {
  const qualifying = objects.flatMap(o => childrenNamed(o, XADES, 'QualifyingProperties'))
  const only = qualifying.length === 1 ? qualifying[0] : undefined
  const properties = onlyChild(only, XADES, 'SignedProperties')
  if (!only || !properties)
    throw format('signed-properties', 'not exactly one xades:SignedProperties in this signature')
  const id = signature.getAttribute('Id')
  if (!id || only.getAttribute('Target') !== `#${id}`) {
    throw format('signed-properties', 'QualifyingProperties do not point to this signature')
  }
  return properties
}

function readSignedInfo(signedInfo: Element): { method: string; references: Element[] } {
  const [canonicalisation, signatureMethod, ...references] = childElements(signedInfo)
  if (!isDs(canonicalisation, 'CanonicalizationMethod') || !isDs(signatureMethod, 'SignatureMethod')) {
    throw format('signed-info', 'SignedInfo does not begin with CanonicalizationMethod and SignatureMethod')
  }
  checkCanonicalisation(canonicalisation)
  if (references.length !== 2 || references.some(r => !isDs(r, 'Reference'))) {
    throw format('references', `${references.length} references, two are expected`)
  }
  const method = signatureMethod.getAttribute('Algorithm') ?? ''
  if (/#(hmac|none)/i.test(method)) {
    throw new ValidationStop('SIG_CRYPTO_FAILURE', 'algorithms', 'a keyed digest is not a signature')
  }
  if (!Object.hasOwn(signatureMethods, method)) throw crypto('signature method', method)
  return { method, references }
}

function checkReferences(references: Element[], document: Document, signedProperties: Element): 0 | 1 {
  const rootId = document.documentElement?.getAttribute('Id')
  const kinds = references.map(reference => {
    const uri = reference.getAttribute('URI')
    const type = reference.getAttribute('Type')
    const transforms = readTransforms(reference)
    checkDigest(reference)
    if (!reference.hasAttribute('URI') || uri === null) throw format('references', 'reference without URI')
    if (type === SIGNED_PROPERTIES_TYPE) {
      const id = signedProperties.getAttribute('Id')
      if (!id || uri !== `#${id}`) throw format('references', 'SignedProperties reference points elsewhere')
      if (transforms.includes(ENVELOPED)) throw format('references', 'enveloped-signature over SignedProperties')
      return 'properties'
    }
    if (uri !== '' && !(rootId && uri === `#${rootId}`))
      throw format('references', 'reference to a part of the document')
    if (transforms[0] !== ENVELOPED) throw format('references', 'document reference without enveloped-signature')
    return 'document'
  })
  if (kinds.join() === 'document,properties') return 0
  if (kinds.join() === 'properties,document') return 1
  throw format('references', 'not one reference to the document and one to SignedProperties')
}

function readTransforms(reference: Element): string[] {
  const lists = childrenNamed(reference, DS, 'Transforms')
  if (lists.length > 1) throw format('references', 'two lists of transforms')
  const transforms = lists[0] ? childElements(lists[0]) : []
  const names = transforms.map(t => (isDs(t, 'Transform') ? (t.getAttribute('Algorithm') ?? '') : ''))
  const inOrder = names[0] === ENVELOPED ? names.slice(1) : names
  if (inOrder.length > 1) throw format('references', 'more transforms than one canonicalisation')
  transforms.forEach((transform, i) => {
    if (names[i] === ENVELOPED && i === 0) {
      if (childElements(transform).length > 0) throw format('references', 'parameters on enveloped-signature')
    } else checkCanonicalisation(transform)
  })
  return names
}

function checkCanonicalisation(method: Element): void {
  const algorithm = method.getAttribute('Algorithm') ?? ''
  if (!canonicalisations.has(algorithm)) throw format('canonicalisation', 'a transform that is not allowed')
  const parameters = childElements(method)
  const allowed = parameters.every(
    p => algorithm === EXC_C14N && p.localName === 'InclusiveNamespaces' && p.namespaceURI === EXC_C14N
  )
  if (!allowed || parameters.length > 1) throw format('canonicalisation', 'parameters that are not allowed')
}

function checkDigest(reference: Element): void {
  const algorithm = onlyChild(reference, DS, 'DigestMethod')?.getAttribute('Algorithm') ?? ''
  const value = onlyChild(reference, DS, 'DigestValue')
  // by local name, as xml-crypto counts
  const namesakes = childElements(reference).filter(e => ['DigestMethod', 'DigestValue'].includes(e.localName ?? ''))
  if (!value || namesakes.length !== 2 || childElements(value).length > 0 || !base64Of(value)) {
    throw format('references', 'not exactly one digest in a reference')
  }
  if (!Object.hasOwn(digestMethods, algorithm)) throw crypto('digest method', algorithm)
}

/** Ids must name one element each: otherwise "the element with this id" is a matter of taste. */
function checkIds(elements: Element[]): void {
  const seen = new Set<string>()
  for (const element of elements) {
    for (const attribute of Array.from(element.attributes)) {
      if (attribute.localName?.toLowerCase() !== 'id' || attribute.value === '') continue
      if (seen.has(attribute.value)) throw format('unique-ids', 'two elements with the same id')
      seen.add(attribute.value)
    }
  }
}

function readCertificates(keyInfo: Element | undefined): Buffer[] {
  const found = keyInfo
    ? childrenNamed(keyInfo, DS, 'X509Data').flatMap(data => childrenNamed(data, DS, 'X509Certificate'))
    : []
  if (found.length > MOST_CERTIFICATES) throw format('key-info', `${found.length} certificates`)
  return found.map(base64Of).filter(der => der !== undefined)
}

function findTimeStamps(signature: Element, objects: Element[]): Element[] {
  const unsigned = objects
    .map(o => onlyDescendant(o, XADES, 'QualifyingProperties', 'UnsignedProperties', 'UnsignedSignatureProperties'))
    .filter(e => e !== undefined)
  const found = unsigned.flatMap(u => childrenNamed(u, XADES, 'SignatureTimeStamp'))
  if (found.length > MOST_TIMESTAMPS) throw format('timestamp', `${found.length} signature time stamps`)
  return found
}

function usesCanonicalXml11(signature: Element): boolean {
  const waiting = [signature]
  for (let e = waiting.pop(); e; e = waiting.pop()) {
    if (e.getAttribute('Algorithm') === C14N11) return true
    waiting.push(...childElements(e))
  }
  return false
}

function isDs(element: Element | undefined, localName: string): element is Element {
  return element?.namespaceURI === DS && element.localName === localName
}

const format = (check: string, detail: string) => new ValidationStop('FORMAT_FAILURE', check, detail)

const crypto = (what: string, uri: string) =>
  new ValidationStop('CRYPTO_CONSTRAINTS_FAILURE', 'algorithms', `${what} ${safeUri(uri)} is not accepted`)

/** The tail of an algorithm name, cut to what such names are made of. */
function safeUri(uri: string): string {
  return (uri.split(/[#/]/).pop() ?? '').replace(/[^\w.+-]/g, '').slice(0, 40)
}
