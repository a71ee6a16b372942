import type { EvidencePart } from './read/evidence-facts.js'
import type { Check } from './xml/report.js'

/** One file that we sent: digests in hexadecimal, size in bytes. */
export interface SentPart {
  name: string
  sha256: string
  sha3_512: string
  size: number
}

type PartFinding = Check & { fault?: 'HASH_FAILURE' | 'PARTS_DIFFER' }

/**
 * Compares the parts that evidence names with what was sent: by digest where it gives one (technical evidence), by name
 * and size otherwise (proofs of the national template). A digest or a size that differs means that the service holds
 * something else than what we sent. The text of the message counts as a part there and need not be one of ours.
 */
export function checkParts(named: EvidencePart[], sent: SentPart[]): PartFinding[] {
  if (named.length === 0) return [{ name: 'parts', ok: null, detail: 'the evidence names no parts' }]
  const seen = new Set<SentPart>()
  let unknownAlgorithms = 0
  for (const part of named) {
    const digest = part.digest ? readDigest(part.digest) : undefined
    if (part.digest && !digest) unknownAlgorithms++
    const found = digest ? sent.find(s => digest.of(s) === digest.hex) : sent.find(s => isSameFile(s, part))
    if (found) seen.add(found)
    else if (!part.isMessageText && (digest || !part.digest)) return [complain(part, sent, digest !== undefined)]
  }
  const findings: PartFinding[] = []
  if (seen.size > 0) findings.push({ name: 'parts', ok: true, detail: `${seen.size} of ${sent.length} sent parts fit` })
  if (seen.size < sent.length) {
    findings.push({ name: 'parts-absent', ok: null, detail: `${sent.length - seen.size} sent parts are not named` })
  }
  if (unknownAlgorithms > 0) {
    findings.push({
      name: 'parts-digest',
      ok: null,
      detail: `${unknownAlgorithms} digests of a kind that is not compared`
    })
  }
  return findings
}

function isSameFile(sent: SentPart, part: EvidencePart): boolean {
  return part.name === sent.name && (part.size === undefined || part.size === sent.size)
}

function complain(part: EvidencePart, sent: SentPart[], byDigest: boolean): PartFinding {
  if (byDigest)
    return { name: 'parts', ok: false, detail: 'a digest fits nothing that was sent', fault: 'HASH_FAILURE' }
  if (sent.some(s => s.name === part.name)) {
    return { name: 'parts', ok: false, detail: 'a size differs from what was sent', fault: 'HASH_FAILURE' }
  }
  return { name: 'parts', ok: false, detail: 'a part is named that was not sent', fault: 'PARTS_DIFFER' }
}

/** A printed digest and where to find its counterpart; `undefined` for methods that we keep no digests of. */
function readDigest({
  alg,
  value
}: {
  alg: string
  value: string
}): { hex: string; of: (sent: SentPart) => string } | undefined {
  const method = (alg.split('#').pop() ?? '').toLowerCase().replace(/[^a-z0-9]/g, '')
  if (method === 'sha256') return { hex: toHex(value, 32), of: s => s.sha256.toLowerCase() }
  // the mailbox contract writes SHA-3 without a length and means 512 bits
  if (method === 'sha3512' || method === 'sha3') return { hex: toHex(value, 64), of: s => s.sha3_512.toLowerCase() }
  return undefined
}

/** XML Signature prints base64; the mailbox interface prints hexadecimal. Their lengths tell them apart. */
function toHex(value: string, bytes: number): string {
  const text = value.replace(/\s/g, '')
  return new RegExp(`^[0-9a-f]{${2 * bytes}}$`, 'i').test(text)
    ? text.toLowerCase()
    : Buffer.from(text, 'base64').toString('hex')
}
