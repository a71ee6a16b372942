import { type C14nMethod } from './c14n/canonicalize.js'
import { canonicalizationOfUri } from './algorithms.js'
import { DS, EXCLUSIVE, SIGNED_PROPERTIES_TYPE, XADES, XADES_OLD } from './names.js'
import {
  attributeOf,
  base64Bytes,
  childOf,
  childrenOf,
  rawText,
  textOf,
  type XmlElement,
  type XmlTree
} from './xml-tree.js'

/** A signature whose form is wrong (EN 319 102-1: FORMAT_FAILURE). It never leaves this folder. */
export class FormFault extends Error {}

/** One ds:Reference. */
export interface Reference {
  readonly element: XmlElement
  readonly id?: string
  /** undefined: the attribute is missing, which is not the same as empty. */
  readonly uri?: string
  readonly type?: string
  readonly transforms: readonly XmlElement[]
  readonly digestUri: string
  readonly digest: Buffer
}

/** A ds:Signature taken apart, with its XAdES properties if it has any. Nothing is judged but the form. */
export interface XmlSignature {
  readonly element: XmlElement
  readonly id?: string
  readonly signedInfo: XmlElement
  /** undefined: a method that is not known. */
  readonly canonicalization?: C14nMethod
  readonly signatureMethod: string
  readonly references: readonly Reference[]
  readonly valueElement: XmlElement
  readonly value: Buffer
  readonly keyInfo?: XmlElement
  /** X509Certificate elements of KeyInfo, DER. */
  readonly keyInfoCertificates: readonly Buffer[]
  readonly objects: readonly XmlElement[]
  readonly qualifying?: XmlElement
  readonly signedProperties?: XmlElement
  /** The reference by which the signed properties are signed. */
  readonly propertiesReference?: Reference
  readonly unsignedProperties?: XmlElement
  readonly unsignedSignatureProperties?: XmlElement
}

const MOST_REFERENCES = 1000
const xadesNamespaces = [XADES, ...XADES_OLD]

/** Takes a ds:Signature apart (XMLDSig 1.1, 4; EN 319 132-1, 4.3). @throws FormFault */
export function readStructure(tree: XmlTree, element: XmlElement): XmlSignature {
  const [signedInfo, valueElement, ...rest] = element.children
  if (!is(signedInfo, 'SignedInfo') || !is(valueElement, 'SignatureValue')) throw new FormFault('SignedInfo')
  const keyInfo = is(rest[0], 'KeyInfo') ? rest.shift() : undefined
  if (!rest.every(one => is(one, 'Object'))) throw new FormFault('elements of the signature')

  const [canonicalization, method, ...referenceElements] = signedInfo.children
  if (!is(canonicalization, 'CanonicalizationMethod') || !is(method, 'SignatureMethod'))
    throw new FormFault('SignedInfo')
  if (referenceElements.length === 0 || referenceElements.length > MOST_REFERENCES) throw new FormFault('references')
  const references = referenceElements.map(one => readReferenceElement(tree, one))
  const value = base64Bytes(rawText(tree, valueElement))
  if (!value || value.length === 0) throw new FormFault('SignatureValue')

  const properties = readProperties(tree, element, rest, references)
  return {
    element,
    id: attributeOf(element, 'Id'),
    signedInfo,
    canonicalization: methodOf(canonicalization),
    signatureMethod: attributeOf(method, 'Algorithm') ?? '',
    references,
    valueElement,
    value,
    keyInfo,
    keyInfoCertificates: keyInfo ? certificatesOf(tree, keyInfo) : [],
    objects: rest,
    ...properties
  }
}

const is = (element: XmlElement | undefined, local: string): element is XmlElement =>
  element?.local === local && element.uri === DS

function readReferenceElement(tree: XmlTree, element: XmlElement): Reference {
  if (!is(element, 'Reference')) throw new FormFault('references')
  const transforms = childOf(element, DS, 'Transforms')
  const method = childrenOf(element, DS, 'DigestMethod')
  const value = childrenOf(element, DS, 'DigestValue')
  const digest = value.length === 1 ? base64Bytes(rawText(tree, value[0]!)) : undefined
  if (method.length !== 1 || !digest) throw new FormFault('Reference')
  return {
    element,
    id: attributeOf(element, 'Id'),
    uri: attributeOf(element, 'URI'),
    type: attributeOf(element, 'Type'),
    transforms: childrenOf(transforms, DS, 'Transform'),
    digestUri: attributeOf(method[0]!, 'Algorithm') ?? '',
    digest
  }
}

/**
 * The signed properties are those that a reference of this signature names by an id that is theirs alone, that stand in
 * this very signature and say so in Target. Anything else is an attempt to show properties that nobody signed.
 */
function readProperties(
  tree: XmlTree,
  signature: XmlElement,
  objects: readonly XmlElement[],
  references: readonly Reference[]
): Pick<
  XmlSignature,
  'qualifying' | 'signedProperties' | 'propertiesReference' | 'unsignedProperties' | 'unsignedSignatureProperties'
> {
  const found = objects.flatMap(object =>
    object.children.filter(child => child.local === 'QualifyingProperties' && xadesNamespaces.includes(child.uri))
  )
  const typed = references.filter(({ type }) => type === SIGNED_PROPERTIES_TYPE)
  if (found.length > 1 || typed.length > 1) throw new FormFault('QualifyingProperties twice')
  const qualifying = found[0]
  if (!qualifying) {
    if (typed.length > 0) throw new FormFault('SignedProperties referenced but not there')
    return {}
  }
  const id = attributeOf(signature, 'Id')
  if (id === undefined || attributeOf(qualifying, 'Target') !== `#${id}`) throw new FormFault('Target')
  const signedProperties = childrenOf(qualifying, qualifying.uri, 'SignedProperties')
  if (signedProperties.length > 1) throw new FormFault('SignedProperties twice')
  const propertiesId = signedProperties[0] && attributeOf(signedProperties[0], 'Id')
  const naming = references.filter(({ uri }) => propertiesId !== undefined && uri === `#${propertiesId}`)
  const propertiesReference = typed[0] ?? naming[0]
  if (propertiesReference) {
    const named = tree.ids.get(propertiesReference.uri?.slice(1) ?? '')
    if (!propertiesReference.uri?.startsWith('#') || named?.length !== 1 || named[0] !== signedProperties[0])
      throw new FormFault('SignedProperties reference')
  }
  const unsigned = childrenOf(qualifying, qualifying.uri, 'UnsignedProperties')
  const unsignedSignature = childrenOf(unsigned[0], qualifying.uri, 'UnsignedSignatureProperties')
  if (unsigned.length > 1 || unsignedSignature.length > 1) throw new FormFault('UnsignedProperties twice')
  return {
    qualifying,
    // not referenced, they are not signed, and nothing in them is believed
    signedProperties: propertiesReference && signedProperties[0],
    propertiesReference,
    unsignedProperties: unsigned[0],
    unsignedSignatureProperties: unsignedSignature[0]
  }
}

/** A canonicalisation method as an element names it; undefined for unknown ones. */
export function methodOf(element: XmlElement): C14nMethod | undefined {
  const method = canonicalizationOfUri(attributeOf(element, 'Algorithm') ?? '')
  const list = method?.exclusive ? childOf(element, EXCLUSIVE, 'InclusiveNamespaces') : undefined
  if (!method || !list) return method
  const prefixes = (attributeOf(list, 'PrefixList') ?? '').split(/[\t\n\r ]+/).filter(prefix => prefix !== '')
  return { ...method, prefixes: prefixes.map(prefix => (prefix === '#default' ? '' : prefix)) }
}

function certificatesOf(tree: XmlTree, keyInfo: XmlElement): Buffer[] {
  return childrenOf(keyInfo, DS, 'X509Data')
    .flatMap(data => childrenOf(data, DS, 'X509Certificate'))
    .flatMap(element => base64Bytes(textOf(tree, element)) ?? [])
}
