import { policiesOf } from '../certificate/certificate-extensions.js'
import {
  type Certificate,
  extendedKeyUsages,
  type KeyUsage,
  keyUsages,
  nameAttribute
} from '../certificate/read-certificate.js'
import { at, childrenNamed, descendants, type XmlOutline } from './xml-outline.js'

/** Qualifiers that hold for the certificates that meet the criteria (ETSI TS 119 612, 5.5.9.2). */
export interface QualificationElement {
  /** Last parts of the qualifier URIs, for example `QCForESeal`. */
  readonly qualifiers: readonly string[]
  readonly isMetBy: (certificate: Certificate) => boolean
}

/** The qualification elements of a service extension. */
export function readQualifications(extension: XmlOutline): QualificationElement[] {
  return [...descendants(extension, 'QualificationElement')].map(element => {
    const uris = childrenNamed(at(element, 'Qualifiers'), 'Qualifier').map(one => one.attributes.get('uri') ?? '')
    const criteria = at(element, 'CriteriaList')
    return {
      qualifiers: uris.map(uri => uri.slice(uri.lastIndexOf('/') + 1)),
      isMetBy: criteria ? readCriteria(criteria, 0) : () => false
    }
  })
}

type Criterion = (certificate: Certificate) => boolean

const deepest = 16

/** A CriteriaList: all, at least one, or none of its members. What is not understood makes the whole list unmet. */
function readCriteria(list: XmlOutline, depth: number): Criterion {
  if (depth > deepest) return () => false
  const members: Criterion[] = []
  for (const child of list.children) {
    if (child.local === 'KeyUsage') members.push(keyUsageCriterion(child))
    else if (child.local === 'PolicySet') members.push(policyCriterion(child))
    else if (child.local === 'CriteriaList') members.push(readCriteria(child, depth + 1))
    else if (child.local === 'otherCriteriaList') members.push(...child.children.map(otherCriterion))
    else if (child.local !== 'Description') return () => false
  }
  const assert = list.attributes.get('assert') ?? 'all'
  return certificate => {
    if (assert === 'all') return members.every(member => member(certificate))
    if (assert === 'atLeastOne') return members.some(member => member(certificate))
    return assert === 'none' && !members.some(member => member(certificate))
  }
}

function keyUsageCriterion(element: XmlOutline): Criterion {
  const bits = childrenNamed(element, 'KeyUsageBit').map(
    bit => [bit.attributes.get('name') ?? '', bit.text === 'true' || bit.text === '1'] as const
  )
  return certificate => {
    const usages = keyUsages(certificate)
    // The list writes crlSign where RFC 5280 writes cRLSign.
    return !!usages && bits.every(([name, wanted]) => usages.includes(usageOf(name)) === wanted)
  }
}

const usageOf = (name: string): KeyUsage => (name === 'crlSign' ? 'cRLSign' : name) as KeyUsage

function policyCriterion(element: XmlOutline): Criterion {
  const wanted = [...descendants(element, 'Identifier')].map(({ text }) => text.replace(/^urn:oid:/i, ''))
  return certificate => {
    const own = policiesOf(certificate) ?? []
    return wanted.every(policy => own.includes(policy))
  }
}

function otherCriterion(element: XmlOutline): Criterion {
  const oids = [...descendants(element, 'Identifier')].map(({ text }) => text.replace(/^urn:oid:/i, ''))
  if (element.local === 'ExtendedKeyUsage')
    return certificate => oids.every(oid => extendedKeyUsages(certificate)?.purposes.includes(oid))
  if (element.local === 'CertSubjectDNAttribute')
    return certificate => oids.every(oid => nameAttribute(certificate.subjectDer, oid) !== undefined)
  return () => false
}
