import type { Refused } from '#platform/plain'

/**
 * Whether a refusal is about the document that was to be sealed, so that trying again is of no use. Everything else is about
 * the key, its certificate or a service, which are mended by people or time: the documents are innocent and wait.
 */
export function isAboutDocument({ type: { code, status } }: Refused): boolean {
  if (code.startsWith('sealing/certificate-')) return false
  // what the installation was never given will not come by itself either; a document that asks for less can be sealed
  return status < 500 || code.endsWith('-not-configured')
}
