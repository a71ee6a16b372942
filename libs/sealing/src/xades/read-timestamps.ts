import { createHash, type Hash } from 'node:crypto'
import { Refused } from '#platform/plain'
import type { ReadTimestamp } from '../validation/read-signature.js'
import { canonicalize, type C14nMethod } from './c14n/canonicalize.js'
import { defaultCanonicalization } from './algorithms.js'
import type { Material } from '../material.js'
import { DS, XADES, XADES_141 } from './names.js'
import { distinct } from '../distinct.js'
import { readMaterial } from './read-properties.js'
import { methodOf, type Reference, type XmlSignature } from './read-structure.js'
import { type ResolveContext, resolveReference } from './resolve-reference.js'
import { attributeOf, base64Bytes, childOf, childrenOf, elementInput, rawText, type XmlElement } from './xml-tree.js'

/** What time stamps among the unsigned properties stand for. */
const unsignedKinds: Record<string, ReadTimestamp['kind']> = {
  SignatureTimeStamp: 'signature',
  SigAndRefsTimeStamp: 'validation-data',
  SigAndRefsTimeStampV2: 'validation-data',
  RefsOnlyTimeStamp: 'validation-data',
  RefsOnlyTimeStampV2: 'validation-data',
  ArchiveTimeStamp: 'archive'
}

const references = [
  'CompleteCertificateRefs',
  'CompleteCertificateRefsV2',
  'CompleteRevocationRefs',
  'AttributeCertificateRefs',
  'AttributeCertificateRefsV2',
  'AttributeRevocationRefs'
]

/** A property that carries time stamps. */
interface Stamp {
  readonly element: XmlElement
  readonly kind: ReadTimestamp['kind']
  /** Gives what it covers to a hash; false when that cannot be told. */
  readonly feed: (hash: Hash, method: C14nMethod) => boolean
  readonly covers?: Material
}

/** The time stamps of a signature, oldest first: over content, then the unsigned ones in their order. */
export function readTimestamps(context: ResolveContext, signature: XmlSignature, name: string): ReadTimestamp[] {
  const { tree } = context
  let count = 0
  return [...contentStamps(context, signature), ...unsignedStamps(context, signature)].flatMap(
    ({ element, kind, feed, covers }) => {
      const stated = childOf(element, DS, 'CanonicalizationMethod')
      const method = stated ? methodOf(stated) : defaultCanonicalization
      return childrenOf(element, xadesOf(signature), 'EncapsulatedTimeStamp').flatMap(encapsulated => {
        const token = base64Bytes(rawText(tree, encapsulated))
        if (!token) return []
        return {
          id: attributeOf(element, 'Id') ?? `${name}-time-stamp-${++count}`,
          kind,
          token,
          imprint: (algorithm: string) => {
            const hash = createHash(algorithm)
            return method && unlessRefused(() => feed(hash, method)) ? hash.digest() : undefined
          },
          ...(covers ? { covers } : {})
        }
      })
    }
  )
}

function unlessRefused(work: () => boolean): boolean {
  try {
    return work()
  } catch (error) {
    if (error instanceof Refused) return false
    throw error
  }
}

const xadesOf = ({ qualifying }: XmlSignature): string => qualifying?.uri ?? XADES

/** EN 319 132-1, 5.2.8: over the signed data, all of it or what Include names. */
function contentStamps(context: ResolveContext, signature: XmlSignature): Stamp[] {
  const uri = xadesOf(signature)
  const holder = childOf(signature.signedProperties, uri, 'SignedDataObjectProperties')
  const data = signature.references.filter(reference => reference !== signature.propertiesReference)
  const stamps: Stamp[] = childrenOf(holder, uri, 'AllDataObjectsTimeStamp').map(element => ({
    element,
    kind: 'content',
    feed: (hash, method) => feedReferences(context, data, hash, method)
  }))
  for (const element of childrenOf(holder, uri, 'IndividualDataObjectsTimeStamp')) {
    const ids = childrenOf(element, uri, 'Include').map(include => attributeOf(include, 'URI')?.replace(/^#/, ''))
    const included = ids.map(id => data.find(reference => id !== undefined && reference.id === id))
    stamps.push({
      element,
      kind: 'content',
      feed: (hash, method) => {
        const all = included.filter(reference => reference !== undefined)
        return all.length === ids.length && all.length > 0 && feedReferences(context, all, hash, method)
      }
    })
  }
  return stamps
}

function unsignedStamps(context: ResolveContext, signature: XmlSignature): Stamp[] {
  const uri = xadesOf(signature)
  const properties = signature.unsignedSignatureProperties?.children ?? []
  return properties.flatMap((element, at) => {
    const kind = unsignedKinds[element.local]
    if (!kind || (element.uri !== uri && element.uri !== XADES_141)) return []
    const before = properties.slice(0, at)
    return {
      element,
      kind,
      ...(kind === 'archive' ? { covers: coveredMaterial(context, signature, before) } : {}),
      feed: (hash: Hash, method: C14nMethod) => {
        if (kind === 'archive') return feedArchive(context, signature, before, hash, method)
        const covered = before.filter(
          ({ local }) =>
            references.includes(local) || (local === 'SignatureTimeStamp' && element.local.startsWith('SigAndRefs'))
        )
        const value = element.local.startsWith('RefsOnly') ? [] : [signature.valueElement]
        feedElements(context, kind === 'signature' ? value : [...value, ...covered], hash, method)
        return true
      }
    }
  })
}

/** An archive time stamp covers KeyInfo, and the properties before it with all that is in them. */
function coveredMaterial({ tree }: ResolveContext, signature: XmlSignature, before: readonly XmlElement[]): Material {
  const { certificates, ...revocation } = readMaterial(tree, signature, before)
  return { certificates: distinct([...signature.keyInfoCertificates, ...certificates]), ...revocation }
}

/**
 * What an archive time stamp covers (EN 319 132-1, 5.5.2.2): data of the references, SignedInfo, SignatureValue, KeyInfo,
 * the unsigned properties before it, and the objects that carry no properties.
 */
export function feedArchive(
  context: ResolveContext,
  signature: XmlSignature,
  before: readonly XmlElement[],
  hash: Hash,
  method: C14nMethod
): boolean {
  if (!feedReferences(context, signature.references, hash, method)) return false
  const { signedInfo, valueElement, keyInfo, objects, qualifying } = signature
  const payloads = objects.filter(object => object !== qualifying?.parent)
  feedElements(context, [signedInfo, valueElement, ...(keyInfo ? [keyInfo] : []), ...before, ...payloads], hash, method)
  return true
}

/** Data of references, in order, as they are digested; what no transform canonicalises, `method` does. */
function feedReferences(context: ResolveContext, all: readonly Reference[], hash: Hash, method: C14nMethod): boolean {
  for (const reference of all) {
    const resolved = resolveReference(context, reference)
    if ('failed' in resolved) return false
    resolved.feed(hash, method)
  }
  return true
}

/** Canonical forms of elements, one after another. */
export function feedElements(
  { tree, budget }: ResolveContext,
  elements: readonly XmlElement[],
  hash: Hash,
  method: C14nMethod
): void {
  for (const element of elements) {
    const input = elementInput(tree, element)
    budget.spendOn(input)
    canonicalize(input, method, hash)
  }
}
