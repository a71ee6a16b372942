import { createHash } from 'node:crypto'
import { Refused } from '#platform/plain'
import { hashOfDocument } from '../document.js'
import type { Draft, PrepareSeal } from '../draft.js'
import { hashOf } from '../seal-algorithm.js'
import { sealingProblems } from '../sealing.errors.js'
import { BufferSource, JoinedSource } from '../source.js'
import { CadesTemplate } from './cades-template.js'

/**
 * Prepares a CAdES baseline seal (ETSI EN 319 122-1, 6) on one document: `CAdES-detached` gives the signature alone,
 * `CAdES-attached` a signature with the document inside, which is read where it is and not copied.
 * @throws Refused `sealing/nothing-to-seal`, `sealing/one-document-only`.
 */
export const prepareCades: PrepareSeal = (documents, { format, signer, signingTime }) => {
  const document = documents[0]
  if (!document) throw new Refused(sealingProblems['nothing-to-seal'])
  if (documents.length > 1) throw new Refused(sealingProblems['one-document-only'], { documents: documents.length })
  const template = CadesTemplate.of(signer)
  const digest = hashOfDocument(document, hashOf(signer.algorithm)).copy().digest()
  const toBeSigned = template.signedAttributes(digest, signingTime)
  const draft: Draft = {
    toBeSigned,
    imprint: signature => createHash('sha256').update(signature).digest(),
    finish: (signature, token) => {
      if (format !== 'CAdES-attached')
        return { file: new BufferSource(template.contentInfo(toBeSigned, signature, token)) }
      const { before, after } = template.aroundContent(document.source.size, toBeSigned, signature, token)
      return { file: new JoinedSource([new BufferSource(before), document.source, new BufferSource(after)]) }
    }
  }
  return draft
}
