import type { Collected } from '../../provider.js'
import type { PollingBudget, PollingLane } from './polling-budget.js'
import { purdeProblems, type PurdeProblem } from './purde.errors.js'
import type { UaApiClient, UaResult } from './ua-api.client.js'
import type { EvidenceLine } from './ua-api.messages.js'

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
  for (let at = 0; at < wanted.length; at += downloadsAtOnce)
    yield* await Promise.all(wanted.slice(at, at + downloadsAtOnce).map(line => download(client, ade, line)))
}

async function download(client: UaApiClient, ade: string, line: EvidenceLine): Promise<Collected> {
  const { evidenceId, messageId } = line
  const given = await client.downloadEvidence(ade, evidenceId)
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
