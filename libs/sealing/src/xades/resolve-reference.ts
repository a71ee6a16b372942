import type { Document } from '../document.js'
import { pieces } from '../source.js'
import type { ByteSink } from './c14n/canonical-output.js'
import { canonicalize, type C14nInput, type C14nMethod } from './c14n/canonicalize.js'
import { decodeXmlBytes, MOST_XML_BYTES } from './c14n/decode-xml.js'
import { tooComplex, unsupportedXml } from './c14n/xml-problems.js'
import { defaultCanonicalization } from './algorithms.js'
import { BASE64, DS, ENVELOPED, XPATH, XPATH_FILTER_2 } from './names.js'
import { methodOf, type Reference } from './read-structure.js'
import {
  attributeOf,
  base64Bytes,
  childOf,
  contains,
  documentInput,
  elementInput,
  inheritedBindings,
  rawText,
  textOf,
  type XmlElement,
  type XmlTree
} from './xml-tree.js'

/** Where the data of a reference comes from. */
export type Target =
  | { readonly kind: 'document' }
  | { readonly kind: 'element'; readonly element: XmlElement }
  | { readonly kind: 'file'; readonly document: Document }

/** A reference whose data can be had. */
export interface Resolved {
  readonly target: Target
  /** Other signatures are left out too, so that they may be added later. */
  readonly withoutSignatures: boolean
  /** Whether the last transform gives elements and not bytes, so that something else must canonicalise them. */
  readonly asNodes: boolean
  /** Gives the data to be digested; `method` canonicalises elements where no transform does. */
  readonly feed: (sink: ByteSink, method?: C14nMethod) => void
}

/** Why the data of a reference cannot be had. */
export interface Unresolved {
  readonly failed: 'FORMAT_FAILURE' | 'SIGNED_DATA_NOT_FOUND'
  readonly why: string
}

/** A bound on the work that one file can cause: canonicalised and decoded bytes. */
export class WorkBudget {
  constructor(private left: number) {}

  static for(tree: XmlTree): WorkBudget {
    return new WorkBudget(32 * 1024 * 1024 + 8 * tree.xml.bytes.length)
  }

  spend(bytes: number): void {
    this.left -= bytes
    if (this.left < 0) throw tooComplex('work')
  }

  /** What canonicalising takes: the input itself and what it takes over from around, each `xml:base` as often as it is joined. */
  spendOn({ start, end, inherited = [], inheritedAttributes, bases = [] }: C14nInput): void {
    const around = lengthOf(inherited.flat()) + lengthOf(inheritedAttributes?.values()) + bases.length * lengthOf(bases)
    this.spend(end - start + around)
  }
}

function lengthOf(texts: Iterable<string> = []): number {
  let sum = 0
  for (const { length } of texts) sum += length
  return sum
}

/** What resolving takes. */
export interface ResolveContext {
  readonly tree: XmlTree
  readonly signature: XmlElement
  readonly originals: readonly Document[]
  readonly budget: WorkBudget
}

const MOST_TRANSFORMS = 8

type Nodes = {
  readonly input: C14nInput
  comments: boolean
  readonly leaveOut: Set<number>
  withoutSignatures: boolean
}
type Feed = (sink: ByteSink) => void

/**
 * Finds what a reference signs (XMLDSig 1.1, 4.4.3): nothing is fetched, files come from `originals` by name, elements by
 * an id that only they have. XSLT and free XPath are not run.
 */
export function resolveReference(context: ResolveContext, reference: Reference): Resolved | Unresolved {
  const { tree, budget, signature } = context
  const { uri, transforms } = reference
  if (transforms.length > MOST_TRANSFORMS) return { failed: 'FORMAT_FAILURE', why: 'too many transforms' }
  const found = locate(context, uri)
  if ('failed' in found) return found
  const { target } = found
  // Content that was moved out of the signature is no longer what people see in it.
  if (reference.type === `${DS}Object` && !(target.kind === 'element' && target.element.parent === signature))
    return cannot('no object of this signature')
  let nodes: Nodes | undefined
  let bytes: Feed | undefined
  if (target.kind === 'file') {
    bytes = sink => {
      for (const piece of pieces(target.document.source)) sink.update(piece)
    }
  } else {
    const input = target.kind === 'document' ? documentInput(tree) : elementInput(tree, target.element)
    nodes = { input, comments: found.comments, leaveOut: new Set(), withoutSignatures: false }
  }
  let withoutSignatures = false

  for (const transform of transforms) {
    const algorithm = attributeOf(transform, 'Algorithm') ?? ''
    const method = methodOf(transform)
    if (algorithm === ENVELOPED) {
      if (!nodes) return cannot('enveloped-signature on a file')
      nodes.leaveOut.add(signature.start)
    } else if (algorithm === XPATH || algorithm === XPATH_FILTER_2) {
      const meaning = knownXPath(tree, transform, algorithm)
      if (!meaning || !nodes) return cannot('XPath transform')
      if (meaning === 'this') nodes.leaveOut.add(signature.start)
      else withoutSignatures = nodes.withoutSignatures = true
    } else if (algorithm === BASE64) {
      const element = target.kind === 'element' ? target.element : tree.root
      bytes = bytes ? decodedBytes(bytes, budget) : decodedText(context, element)
      nodes = undefined
    } else if (method) {
      bytes = nodes ? canonical(nodes, method, budget) : parsedAndCanonical(bytes!, method, budget)
      nodes = undefined
    } else return cannot(`transform ${known(algorithm)}`)
  }
  const feed = bytes
  return {
    target,
    withoutSignatures,
    asNodes: !!nodes,
    feed: (sink, method = defaultCanonicalization) => (feed ?? canonical(nodes!, method, budget))(sink)
  }
}

const cannot = (why: string): Unresolved => ({ failed: 'SIGNED_DATA_NOT_FOUND', why })

/** An algorithm for people: only its last part, and only if that is a plain word. */
const known = (algorithm: string): string => /[A-Za-z0-9-]{1,40}$/.exec(algorithm)?.[0] ?? 'unknown'

function locate(
  { tree, originals }: ResolveContext,
  uri: string | undefined
): { readonly target: Target; readonly comments: boolean } | Unresolved {
  if (uri === '') return { target: { kind: 'document' }, comments: false }
  if (uri === '#xpointer(/)') return { target: { kind: 'document' }, comments: true }
  if (uri?.startsWith('#')) {
    const pointer = /^#xpointer\(id\((['"])([^'"]*)\1\)\)$/.exec(uri)
    const elements = tree.ids.get(pointer ? pointer[2]! : uri.slice(1)) ?? []
    if (elements.length > 1) return { failed: 'FORMAT_FAILURE', why: 'id is not unique' }
    if (!elements[0]) return cannot('no element with this id')
    return { target: { kind: 'element', element: elements[0] }, comments: !!pointer }
  }
  const document = uri === undefined ? only(originals) : named(originals, uri)
  return document ? { target: { kind: 'file', document }, comments: false } : cannot('file not given')
}

const only = (originals: readonly Document[]): Document | undefined =>
  originals.length === 1 ? originals[0] : undefined

/** File names are compared whole; a URI that names a host or climbs directories finds nothing because no file is so called. */
function named(originals: readonly Document[], uri: string): Document | undefined {
  let name = uri
  try {
    name = decodeURIComponent(uri)
  } catch {
    // not percent-encoded after all: it can only match as it stands
  }
  const plain = name.replace(/^\.\//, '')
  const matching = originals.filter(({ fileName }) => fileName === plain || fileName === uri)
  return matching.length === 1 ? matching[0] : undefined
}

function canonical(nodes: Nodes, method: C14nMethod, budget: WorkBudget): Feed {
  return sink => {
    budget.spendOn(nodes.input)
    const { leaveOut, withoutSignatures } = nodes
    const input: C14nInput =
      leaveOut.size > 0 || withoutSignatures
        ? {
            ...nodes.input,
            leaveOut: (uri, local, start) =>
              leaveOut.has(start) || (withoutSignatures && local === 'Signature' && uri === DS)
          }
        : nodes.input
    canonicalize(input, { ...method, comments: method.comments && nodes.comments }, sink)
  }
}

function collect(feed: Feed, budget: WorkBudget): Buffer {
  const parts: Buffer[] = []
  let size = 0
  feed({
    update: piece => {
      size += piece.length
      if (size > MOST_XML_BYTES) throw tooComplex('size')
      budget.spend(piece.length)
      parts.push(Buffer.from(piece))
    }
  })
  return Buffer.concat(parts)
}

const parsedAndCanonical =
  (feed: Feed, method: C14nMethod, budget: WorkBudget): Feed =>
  sink => {
    const { bytes, start } = decodeXmlBytes(collect(feed, budget))
    budget.spend(bytes.length)
    canonicalize({ bytes, start, end: bytes.length }, method, sink)
  }

const decodedBytes =
  (feed: Feed, budget: WorkBudget): Feed =>
  sink =>
    sink.update(base64Bytes(collect(feed, budget).toString('latin1')) ?? notBase64())

const decodedText =
  ({ tree, budget }: ResolveContext, element: XmlElement): Feed =>
  sink => {
    budget.spend(element.end - element.start)
    sink.update(base64Bytes(rawText(tree, element, true)) ?? notBase64())
  }

function notBase64(): never {
  throw unsupportedXml('base64')
}

/** The few XPath expressions that signers use to say "without this signature" or "without any". */
function knownXPath(tree: XmlTree, transform: XmlElement, algorithm: string): 'this' | 'all' | undefined {
  const element = childOf(transform, algorithm === XPATH ? DS : XPATH_FILTER_2, 'XPath')
  if (!element || transform.children.length !== 1) return undefined
  const expression = textOf(tree, element).replace(/\s+/g, '')
  const filter = attributeOf(element, 'Filter')
  const prefix = /([\w.-]+):Signature/.exec(expression)?.[1] ?? ''
  if (!bindsSignatures(tree, element, prefix)) return undefined
  const name = `${prefix}:Signature`
  if (algorithm === XPATH) {
    if (expression === `not(ancestor-or-self::${name})`) return 'all'
    // XMLDSig 1.1, 6.6.4: the enveloped-signature transform in words of XPath
    const ancestors = `count(ancestor-or-self::${name}`
    return expression === `${ancestors}|here()/ancestor::${name}[1])>${ancestors})` ? 'this' : undefined
  }
  if (filter !== 'subtract') return undefined
  if (expression === `here()/ancestor::${name}[1]`) return 'this'
  return [`/descendant::${name}`, `//${name}`, `/descendant-or-self::${name}`].includes(expression) ? 'all' : undefined
}

/** Whether a prefix means the namespace of signatures at an element, its own declarations included. */
function bindsSignatures(tree: XmlTree, element: XmlElement, prefix: string): boolean {
  const tag = tree.xml.bytes.toString('latin1', element.start, element.contentStart)
  const own = new RegExp(`\\sxmlns:${prefix.replace(/[.-]/g, '\\$&')}\\s*=\\s*(["'])([^"']*)\\1`).exec(tag)
  const uri = own ? own[2] : inheritedBindings(element.frame).find(([bound]) => bound === prefix)?.[1]
  return uri === DS && contains(tree.root, element)
}
