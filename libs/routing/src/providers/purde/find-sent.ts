import type { Attempt, SealedParcel } from '../../provider.js'
import { compare, mayBe } from './draft.js'
import type { PurdeSettings } from './purde.config.js'
import type { PurdeProblem } from './purde.errors.js'
import type { SentFolder, UaApiClient } from './ua-api.client.js'
import type { ReceivedMessage } from './ua-api.messages.js'

const PAGE = 500
const BATCH = 20

/** What a search among sent letters showed. */
export type Search =
  | { readonly found: 'one'; readonly messageId: string }
  | { readonly found: 'none' | 'several' | 'incomplete' }
  | { readonly found: 'cannot-ask'; readonly problem: PurdeProblem; readonly retryAfterMs?: number }

/**
 * Looks for a letter in OUTBOX, then in SENT: in this order, because letters move from the one to the other and would
 * otherwise slip past. No filter of the operator is used, as it is not written whether `recipient` means a name or an
 * address; rows are compared here.
 */
export async function findSent(
  client: UaApiClient,
  parcel: SealedParcel,
  attempt: Attempt,
  settings: PurdeSettings
): Promise<Search> {
  const earliest = attempt.startedAt.getTime() - settings.clockSkewMs
  const alike = new Set<string>()
  let incomplete = false
  for (const folder of ['OUTBOX', 'SENT'] as const) {
    const candidates = await candidatesIn(client, folder, parcel, earliest, settings.maxSearchPages)
    if (!Array.isArray(candidates)) return candidates
    incomplete ||= candidates.length > 0 && candidates.at(-1) === undefined
    const ids = candidates.filter(id => id !== undefined)
    const claimed = (await attempt.claimedByOthers?.(ids)) ?? new Set<string>()
    const open = ids.filter(id => !claimed.has(id))
    for (let at = 0; at < open.length; at += BATCH) {
      const messages = await wholeMessages(client, parcel.senderAde, open.slice(at, at + BATCH))
      if (!Array.isArray(messages)) return messages
      for (const message of messages) {
        const messageId = message.messageMetadata?.messageId
        if (!messageId) continue
        const likeness = compare(message, parcel)
        if (likeness === 'ours') return { found: 'one', messageId }
        if (likeness === 'alike') alike.add(messageId)
      }
    }
  }
  const [only] = alike
  if (alike.size > 1) return { found: 'several' }
  if (only !== undefined) return { found: 'one', messageId: only }
  return { found: incomplete ? 'incomplete' : 'none' }
}

type CannotAsk = Extract<Search, { found: 'cannot-ask' }>

/** Ids of rows that may be the letter; a last `undefined` says that the folder was not read to the end. */
async function candidatesIn(
  client: UaApiClient,
  folder: SentFolder,
  parcel: SealedParcel,
  earliest: number,
  maxPages: number
): Promise<(string | undefined)[] | CannotAsk> {
  const ids: (string | undefined)[] = []
  for (let page = 0; page < maxPages; page++) {
    const listed = await client.messages(parcel.senderAde, folder, { offset: page * PAGE, limit: PAGE })
    if (listed.kind !== 'ok') return cannotAsk(listed)
    const recent = listed.value.filter(row => !isBefore(row, earliest))
    for (const row of recent) {
      const messageId = row.messageMetadata?.messageId
      if (messageId && mayBe(row, parcel)) ids.push(messageId)
    }
    // Newest first: a page with nothing recent ends the search.
    if (listed.value.length < PAGE || recent.length === 0) return ids
  }
  return [...ids, undefined]
}

/**
 * The messages in full. Where a batch is refused (one may have been deleted meanwhile) each half is asked for, so that
 * one that is gone costs few questions: whoever asks too many is told to come back later, and would begin anew.
 */
async function wholeMessages(
  client: UaApiClient,
  ade: string,
  ids: readonly string[]
): Promise<ReceivedMessage[] | CannotAsk> {
  const batch = await client.fullMessages(ade, ids)
  if (batch.kind === 'ok') return batch.value
  if (batch.kind !== 'refused') return cannotAsk(batch)
  if (ids.length === 1) return []
  const middle = Math.ceil(ids.length / 2)
  const first = await wholeMessages(client, ade, ids.slice(0, middle))
  if (!Array.isArray(first)) return first
  const second = await wholeMessages(client, ade, ids.slice(middle))
  return Array.isArray(second) ? [...first, ...second] : second
}

function isBefore(row: ReceivedMessage, earliest: number): boolean {
  const time = Date.parse(row.messageMetadata?.timestamp ?? '')
  return time < earliest
}

function cannotAsk(
  result: { kind: 'later'; problem: PurdeProblem; retryAfterMs?: number } | { kind: 'lost' | 'refused' }
): CannotAsk {
  if (result.kind === 'later')
    return { found: 'cannot-ask', problem: result.problem, retryAfterMs: result.retryAfterMs }
  return { found: 'cannot-ask', problem: 'provider-unavailable' }
}
