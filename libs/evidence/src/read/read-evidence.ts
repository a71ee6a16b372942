import { parseStrictly } from '../xml/guard-xml.js'
import type { EvidenceFacts, Reading } from './evidence-facts.js'
import { readCrd } from './read-crd.js'
import { readErds } from './read-erds.js'

/**
 * Reads evidence of any form that is known. Facts count only when `signedXml` is the text that a seal was found to
 * cover (`XadesReport.signedXml`), never the document as received: what stands outside the seal can be anything.
 */
export function readEvidence(signedXml: string): Reading<EvidenceFacts> {
  const root = parseStrictly(signedXml).documentElement
  if (root?.localName === 'Evidence') return readErds(root)
  if (root?.localName === 'Dokument') return readCrd(root)
  return { ok: false, missing: ['a known root element'] }
}
