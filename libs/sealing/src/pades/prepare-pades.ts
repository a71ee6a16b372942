import { createHash } from 'node:crypto'
import { Refused } from '#platform/plain'
import { CadesTemplate, longestContentInfo } from '../cms/cades-template.js'
import { type Document, hashOfDocument } from '../document.js'
import type { Draft, PrepareOptions, PrepareSeal, Signer } from '../draft.js'
import { hashOf } from '../seal-algorithm.js'
import { sealingProblems } from '../sealing.errors.js'
import { BufferSource, JoinedSource } from '../source.js'
import { PdfReader } from './pdf-reader.js'
import { assertBeginsWithHeader } from './pdf-structure.js'
import { digestOfPlan, fillContents, planIncrement } from './plan-increment.js'

/** Room beyond what was computed or measured: tokens of one authority differ by a few bytes from one to the next. */
const margin = 64

/** The most bytes that a CMS without a time stamp takes, by template. */
const rooms = new WeakMap<CadesTemplate, number>()

function roomFor(template: CadesTemplate, signer: Signer): number {
  const known = rooms.get(template)
  if (known !== undefined) return known
  const room = longestContentInfo(template, signer, 0)
  rooms.set(template, room)
  return room
}

/** What a token of `bytes` adds to the CMS: the attribute around it and longer lengths everywhere above. */
const roomForToken = (bytes: number): number => (bytes > 0 ? bytes + 48 + margin : 0)

/**
 * Prepares a PAdES baseline seal (ETSI EN 319 142-1, 6) of one PDF, at level B-B or, with a token, B-T. The document is
 * hashed once; what is held in memory is the increment.
 * @throws Refused what PdfReader and planIncrement throw; `sealing/one-document-only`
 */
export const preparePades: PrepareSeal = (documents, options) => {
  const [document, ...others] = documents
  if (!document || others.length > 0) throw new Refused(sealingProblems['one-document-only'])
  const pdf = PdfReader.open(document.source, { password: options.pdf?.password, repair: true })
  assertBeginsWithHeader(document.source)
  const template = CadesTemplate.of(options.signer)
  return draft(pdf, document, options, template, roomFor(template, options.signer) + roomForToken(options.tokenBytes))
}

function draft(
  pdf: PdfReader,
  document: Document,
  options: PrepareOptions,
  template: CadesTemplate,
  contentsBytes: number
): Draft {
  const { signer, signingTime, tokenBytes, pdf: pdfOptions = {} } = options
  const plan = planIncrement(pdf, {
    kind: 'signature',
    contentsBytes,
    signingTime,
    signer,
    timestamped: tokenBytes > 0,
    documentName: document.fileName,
    options: pdfOptions
  })
  const toBeSigned = template.signedAttributes(digestOfPlan(plan, hashOfDocument(document, hashOf(signer.algorithm))))
  return {
    toBeSigned,
    imprint: signature => createHash('sha256').update(signature).digest(),
    finish(signature, token) {
      const cms = template.contentInfo(toBeSigned, signature, token)
      // Never cut: what is longer than its room gets more, and a new signature over the new layout.
      if (!fillContents(plan, cms)) return { again: draft(pdf, document, options, template, cms.length + margin) }
      return { file: new JoinedSource([document.source, new BufferSource(plan.increment)]) }
    }
  }
}
