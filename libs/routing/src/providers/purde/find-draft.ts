import type { SealedParcel } from '../../provider.js'
import { markerOf, mayBe } from './draft.js'
import type { PurdeSettings } from './purde.config.js'
import type { PurdeProblem } from './purde.errors.js'
import type { UaApiClient } from './ua-api.client.js'
import type { ReceivedMessage } from './ua-api.messages.js'

const PAGE = 100

/** Our draft by its marker; none found is certain enough, since a draft that is missed is never sent by itself. */
export async function findDraft(
  client: UaApiClient,
  parcel: SealedParcel,
  settings: PurdeSettings
): Promise<
  | { readonly kind: 'found'; readonly draftId: string | undefined }
  | {
      readonly kind: 'later'
      readonly draftId?: undefined
      readonly problem: PurdeProblem
      readonly retryAfterMs?: number
    }
> {
  for (let page = 0; page < settings.maxSearchPages; page++) {
    const listed = await client.drafts(parcel.senderAde, { offset: page * PAGE, limit: PAGE })
    if (listed.kind === 'later') return listed
    if (listed.kind !== 'ok') return { kind: 'later', problem: 'draft-answer-lost', retryAfterMs: 1_000 }
    for (const row of listed.value) {
      const draftId = row.messageMetadata?.messageId
      if (draftId && mayBe(row, parcel) && (await isOurs(client, parcel, row, draftId)))
        return { kind: 'found', draftId }
    }
    if (listed.value.length < PAGE) break
  }
  return { kind: 'found', draftId: undefined }
}

/** Lists need not show `additionalData`; then the draft itself does. */
async function isOurs(
  client: UaApiClient,
  parcel: SealedParcel,
  row: ReceivedMessage,
  draftId: string
): Promise<boolean> {
  if (markerOf(row) !== undefined) return true
  const draft = await client.draft(parcel.senderAde, draftId, 'full')
  return draft.kind === 'ok' && markerOf(draft.value) === parcel.letterId
}
