import { DerError, type DerNode, readDer, Tag } from '../der-reader.js'
import { ExtensionOid } from './certificate-extensions.js'
import { relativeNames } from './names.js'
import type { Certificate } from './read-certificate.js'

/** GeneralName tags (RFC 5280, 4.2.1.6) that constraints are understood for. */
const emailTag = 0x81
const dnsTag = 0x82
const directoryTag = 0xa4
const uriTag = 0x86

/**
 * Whether `below`, a certificate under `authority`, keeps to the authority's name constraints (RFC 5280, 4.2.1.10, 6.1.3 b, c):
 * directory names, e-mail, DNS names and URIs are understood. A constraint on another kind of name is broken by any name
 * of that kind, because nobody here can tell.
 */
export function keepsToNames(authority: Certificate, below: Certificate): boolean {
  const extension = authority.extensions.get(ExtensionOid.nameConstraints)
  if (!extension) return true
  const parts = readDer(extension.value).children()
  const bases = (tag: number): DerNode[] =>
    (parts.find(part => part.tag === tag)?.children() ?? []).map(subtree => {
      const base = subtree.children()[0]
      if (!base) throw new DerError('bad name constraints')
      return base
    })
  const permitted = bases(0xa0)
  const excluded = bases(0xa1)
  return namesOf(below).every(name => {
    const ofKind = (base: DerNode) => base.tag === name.tag
    if (excluded.filter(ofKind).some(base => isWithin(name, base) !== false)) return false
    const allowed = permitted.filter(ofKind)
    return allowed.length === 0 || allowed.some(base => isWithin(name, base) === true)
  })
}

interface GeneralName {
  readonly tag: number
  readonly node: DerNode
}

function namesOf(certificate: Certificate): GeneralName[] {
  const names: GeneralName[] = []
  const subject = readDer(certificate.subjectDer)
  if (subject.content.length > 0) names.push({ tag: directoryTag, node: subject })
  const alternative = certificate.extensions.get(ExtensionOid.subjectAltName)
  for (const node of alternative ? readDer(alternative.value).children() : [])
    names.push({ tag: node.tag, node: node.tag === directoryTag ? onlyChild(node) : node })
  return names
}

function onlyChild(node: DerNode): DerNode {
  const child = node.children()[0]
  if (!child) throw new DerError('empty name')
  return child
}

/** Whether a name lies in a subtree; undefined for kinds that are not understood. */
function isWithin({ tag, node }: GeneralName, base: DerNode): boolean | undefined {
  if (tag === directoryTag) {
    const limits = relativeNames(onlyChild(base))
    const own = relativeNames(node.expect(Tag.sequence))
    return limits.length <= own.length && limits.every((limit, i) => own[i] === limit)
  }
  const text = node.content.toString('latin1').toLowerCase()
  const limit = base.content.toString('latin1').toLowerCase()
  if (tag === dnsTag) return isDomainWithin(text, limit)
  if (tag === emailTag) {
    const domain = text.slice(text.lastIndexOf('@') + 1)
    if (limit.includes('@')) return text === limit
    return limit.startsWith('.') ? domain.endsWith(limit) : domain === limit
  }
  if (tag === uriTag) {
    const host = URL.canParse(text) ? new URL(text).hostname : ''
    return limit.startsWith('.') ? host.endsWith(limit) : host === limit
  }
  return undefined
}

const isDomainWithin = (name: string, limit: string): boolean =>
  limit === '' || name === limit || name.endsWith(limit.startsWith('.') ? limit : `.${limit}`)
