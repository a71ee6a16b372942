import { setTimeout as pause } from 'node:timers/promises'
import type { Collected } from '#letter'
import type { PollingBudget, PollingLane } from './polling-budget.js'
import { purdeProblems, type PurdeProblem } from './purde.errors.js'
import type { UaApiClient, UaResult } from './ua-api.client.js'
import type { EvidenceLine } from './ua-api.messages.js'

/** Milliseconds that a collection waits for the operator's pace before it gives up for this time. */
const LONGEST_PAUSE_MS = 2_000

/** What a collection works with. */
export interface CollectTools {
  readonly client: UaApiClient
  readonly budget: PollingBudget
  readonly downloadsAtOnce: number
}

/** All evidence of an address that was not downloaded yet. */
export function collectNew(tools: CollectTools, ade: string): AsyncIterable<Collected> {
  return collect(tools, ade, 'collect', new Set(), () => tools.client.newEvidence(ade))
}

/** All evidence of one message but what `known` names. */
export function collectOf(
  tools: CollectTools,
  ade: string,
  messageId: string,
  known: ReadonlySet<string>
): AsyncIterable<Collected> {
  return collect(tools, ade, 'inquire', known, () => tools.client.evidenceOf(ade, messageId))
}

async function* collect(
  { client, budget, downloadsAtOnce }: CollectTools,
  ade: string,
  lane: PollingLane,
  known: ReadonlySet<string>,
  list: () => Promise<UaResult<{ lines: EvidenceLine[]; unreadable: number }>>
): AsyncIterable<Collected> {
  const grant = budget.take(ade, lane)
  if (!grant.granted) {
    yield notListed('budget-spent', grant.retryAfterMs)
    return
  }
  const listed = await list()
  if (listed.kind !== 'ok') {
    if (listed.kind === 'later') yield notListed(listed.problem, listed.retryAfterMs)
    else yield notListed(listed.kind === 'refused' && listed.status === 403 ? 'not-permitted' : 'provider-unavailable')
    return
  }
  const code = purdeProblems['evidence-not-given'].code
  for (let n = 0; n < listed.value.unreadable; n++)
    yield { kind: 'not-downloaded', providerEvidenceId: '', messageId: '', code }
  const wanted = listed.value.lines.filter(line => !known.has(line.evidenceId))
  // A download marks the item as fetched at the operator: no more are asked for at once than are then handed on.
  for (let at = 0; at < wanted.length; at += downloadsAtOnce) {
    const lines = wanted.slice(at, at + downloadsAtOnce)
    const given = await Promise.all(lines.map(line => client.downloadEvidence(ade, line.evidenceId)))
    // What was given is handed on first: the operator will not list it again.
    for (const [n, answer] of given.entries()) if (!isTooFast(answer)) yield collected(lines[n]!, answer)
    const wait = longestWait(given)
    if (wait === undefined) continue
    await pause(Math.min(wait, LONGEST_PAUSE_MS))
    for (const line of lines.filter((_, n) => isTooFast(given[n]!))) {
      const answer = await client.downloadEvidence(ade, line.evidenceId)
      // Still too fast after a pause: what is left stays on the operator's list and comes another time.
      if (isTooFast(answer)) return yield notListed(answer.problem, answer.retryAfterMs)
      yield collected(line, answer)
    }
  }
}

type Download = UaResult<{ bytes: Buffer; mediaType: string }>
type TooFast = Extract<Download, { kind: 'later' }>

/** 429 is about our pace and so about all that follows; anything else is about one item. */
function isTooFast(answer: Download): answer is TooFast {
  return answer.kind === 'later' && answer.problem === 'provider-busy'
}

function longestWait(answers: readonly Download[]): number | undefined {
  const waits = answers.filter(isTooFast).map(answer => answer.retryAfterMs ?? LONGEST_PAUSE_MS)
  return waits.length > 0 ? Math.max(...waits) : undefined
}

function collected(line: EvidenceLine, given: Download): Collected {
  const { evidenceId, messageId } = line
  if (given.kind !== 'ok') {
    const problem = given.kind === 'later' ? given.problem : 'evidence-not-given'
    return { kind: 'not-downloaded', providerEvidenceId: evidenceId, messageId, code: purdeProblems[problem].code }
  }
  const listed = Date.parse(line.eventDate ?? '')
  return {
    kind: 'evidence',
    evidence: {
      providerEvidenceId: evidenceId,
      messageId,
      kind: line.type ?? '',
      bytes: given.value.bytes,
      mediaType: given.value.mediaType,
      ...(!Number.isNaN(listed) && { listedEventTime: new Date(listed) })
    }
  }
}

function notListed(problem: PurdeProblem, retryAfterMs?: number): Collected {
  return { kind: 'not-listed', code: purdeProblems[problem].code, retryAfterMs }
}
