import type { DecodedXml } from './c14n/decode-xml.js'
import { FormFault, readStructure } from './read-structure.js'
import { resolveReference, type ResolveContext, WorkBudget } from './resolve-reference.js'
import { contains, readXmlTree, type XmlElement, type XmlTree } from './xml-tree.js'

/** What one signature covers of its own document. */
interface Coverage {
  readonly signature: XmlElement
  /** Elements with all that is in them, other signatures left out or not; `unknown` may be anything. */
  readonly elements: readonly XmlElement[]
  readonly unknown: boolean
}

/**
 * Whether nothing may be added to the root for the sake of a signature that is there: it covers the root, or is the root, whose
 * parts are fixed. Broken ones count: nobody knows.
 */
export function rootIsCovered(xml: DecodedXml): boolean {
  const tree = readXmlTree(xml)
  if (tree.signatures.includes(tree.root)) return true
  return coverages(tree).some(one => covers(one, tree.root))
}

/** The signatures that no other one covers with all that is in them, so that something may be added to them. */
export function uncoveredSignatures(tree: XmlTree): XmlElement[] {
  const all = coverages(tree)
  return tree.signatures.filter(inner => !all.some(one => one.signature !== inner && covers(one, inner)))
}

const covers = ({ elements, unknown }: Coverage, inner: XmlElement): boolean =>
  unknown || elements.some(element => contains(element, inner))

function coverages(tree: XmlTree): Coverage[] {
  const budget = WorkBudget.for(tree)
  return tree.signatures.map(signature => coverageOf({ tree, signature, originals: [], budget }))
}

function coverageOf(context: ResolveContext): Coverage {
  const { tree, signature } = context
  try {
    const elements: XmlElement[] = []
    for (const reference of readStructure(tree, signature).references) {
      const resolved = resolveReference(context, reference)
      if ('failed' in resolved) {
        // a transform that is not understood may take in anything of this document
        if (reference.uri === '' || reference.uri?.startsWith('#')) return { signature, elements, unknown: true }
        continue
      }
      const { target, withoutSignatures } = resolved
      // what comes new into the document is a signature or stands in one, and these leave all of them out
      if (target.kind === 'file' || withoutSignatures) continue
      elements.push(target.kind === 'document' ? tree.root : target.element)
    }
    return { signature, elements, unknown: false }
  } catch (error) {
    if (error instanceof FormFault) return { signature, elements: [], unknown: true }
    throw error
  }
}
