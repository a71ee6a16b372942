import { Ids } from '#platform'
import type { SealedParcel, SealedPart } from '../../provider.js'
import { wholeContent } from './checked-content.js'
import type { DraftRequest, ReceivedMessage } from './ua-api.messages.js'

/** Under this key of `additionalData` every draft of ours carries its letter id. */
const MARKER = 'goniec'

/** The parts that go inside the draft, as many as fit in `inlineBytes` together, and those to be uploaded after it. */
export function divideParts(
  parts: readonly SealedPart[],
  inlineBytes: number
): { inline: readonly SealedPart[]; uploads: readonly SealedPart[] } {
  let room = inlineBytes
  const inline = parts.filter(part => {
    if (part.size > room) return false
    room -= part.size
    return true
  })
  return { inline, uploads: parts.filter(part => !inline.includes(part)) }
}

/**
 * The draft of a parcel.
 * @throws PartChanged when the archive gives other bytes than were sealed
 */
export async function draftOf(parcel: SealedParcel, inline: readonly SealedPart[], ids: Ids): Promise<DraftRequest> {
  const attachments: NonNullable<DraftRequest['attachments']> = []
  for (const part of inline) {
    attachments.push({
      order: parcel.parts.indexOf(part) + 1,
      file: {
        fileMetadata: {
          fileId: ids.next(),
          filename: part.fileName,
          contentType: part.mediaType,
          size: part.size,
          alg: 'SHA-3',
          hash: part.sha3_512.toLowerCase()
        },
        file: (await wholeContent(part)).toString('base64')
      }
    })
  }
  return {
    messageMetadata: {
      from: { eDeliveryAddress: parcel.senderAde },
      to: [{ eDeliveryAddress: parcel.recipientAde }],
      subject: parcel.subject,
      shippingService: 'electronic',
      ...(parcel.reference && { caseId: parcel.reference }),
      ...(parcel.threadId && { threadId: parcel.threadId }),
      additionalData: { [MARKER]: parcel.letterId }
    },
    textBody: parcel.text,
    ...(attachments.length > 0 && { attachments })
  }
}

/** Whether a message is this letter: by our marker if the operator gives it back, else by what can be compared. */
export type Likeness = 'ours' | 'alike' | 'other'

/**
 * Compares a message (format `full`) with a parcel. A marker decides alone. Without one, the same addressee, subject
 * and set of attachments (SHA3-512, or name and size where there is no hash) make it `alike`.
 */
export function compare(message: ReceivedMessage, parcel: SealedParcel): Likeness {
  const marker = markerOf(message)
  if (marker !== undefined) return marker === parcel.letterId ? 'ours' : 'other'
  if (!mayBe(message, parcel)) return 'other'
  const files = (message.attachments ?? []).map(entry => entry.file?.fileMetadata)
  if (files.length !== parcel.parts.length || files.length === 0) return 'other'
  const left = [...parcel.parts]
  for (const file of files) {
    const at = left.findIndex(part =>
      file?.hash
        ? file.hash.toLowerCase() === part.sha3_512.toLowerCase()
        : file?.filename === part.fileName && (file.size ?? part.size) === part.size
    )
    if (at < 0) return 'other'
    left.splice(at, 1)
  }
  return 'alike'
}

/** By a row of a list alone: whether it is worth to look at the whole message. What a row does not tell counts as a yes. */
export function mayBe(row: ReceivedMessage, parcel: SealedParcel): boolean {
  const marker = markerOf(row)
  if (marker !== undefined) return marker === parcel.letterId
  const { to, subject } = row.messageMetadata ?? {}
  const addresses = (to ?? []).flatMap(entry => (entry.eDeliveryAddress ? [entry.eDeliveryAddress.toUpperCase()] : []))
  if (addresses.length > 0 && !addresses.includes(parcel.recipientAde.toUpperCase())) return false
  return subject === undefined || subject === null || plain(subject) === plain(parcel.subject)
}

/** A service may trim or normalise what it keeps. */
function plain(text: string): string {
  return text.normalize('NFC').replace(/\s+/g, ' ').trim()
}

/** Our marker, if the operator gave it back. */
export function markerOf(message: ReceivedMessage): string | undefined {
  const marker = message.messageMetadata?.additionalData?.[MARKER]
  return typeof marker === 'string' ? marker : undefined
}
