import { daysToCollect } from '../evidence/deemed-delivery.js'
import { scenarioOf } from '../world/scenarios.js'
import { HASH_NAME } from './attachment-rules.js'
import { timeOf } from './issue-evidence.js'
import type { StoredAttachment, StoredDraft, StoredEvidence, StoredMessage } from './mailbox-state.js'
import { messageStatus } from './message-status.js'

/** How much of a message is shown; `fullExtended` is `full` with the bytes of the attachments. */
export type MessageFormat = 'minimal' | 'metadata' | 'full' | 'fullExtended'

/** A JSON object of the UA API. */
export type Json = Record<string, unknown>

/** FileMetadata of the UA API. */
export function showFile(attachment: StoredAttachment): Json {
  return {
    fileId: attachment.attachmentId,
    filename: attachment.filename,
    contentType: attachment.contentType,
    size: attachment.size,
    alg: HASH_NAME,
    hash: attachment.sha3,
    ...(attachment.description === undefined ? {} : { description: attachment.description })
  }
}

/** Attachment of the UA API; the bytes only when they are given (base64). */
export function showAttachment(attachment: StoredAttachment, base64?: string): Json {
  return {
    order: attachment.order,
    attachmentId: attachment.attachmentId,
    file: { fileMetadata: showFile(attachment), ...(base64 === undefined ? {} : { file: base64 }) }
  }
}

/** Evidence of the UA API: the entry of the list, not the bytes. */
export function showEvidence(evidence: StoredEvidence): Json {
  return {
    evidenceId: evidence.evidenceId,
    messageId: evidence.messageId,
    createDate: evidence.createdAt,
    eventDate: evidence.eventTime,
    ...(evidence.reasonId ? { reasonId: evidence.reasonId } : {}),
    ...(evidence.reasonDetails ? { reasonDetails: [evidence.reasonDetails] } : {}),
    downloaded: evidence.downloaded,
    type: evidence.kind,
    from: evidence.from,
    to: evidence.to
  }
}

/** A draft. Its list shows additionalData, unlike the list of messages: clients find their own drafts by it. */
export function showDraft(draft: StoredDraft, format: MessageFormat): Json {
  const { content } = draft
  const metadata = { messageId: draft.draftId, timestamp: draft.createdAt, shippingService: 'electronic' }
  if (format === 'minimal') return { messageMetadata: metadata }
  const shown = {
    messageControlData: { messageType: 'Message', opened: true, massMessage: false, labels: [] },
    messageMetadata: {
      ...metadata,
      ...given({
        from: content.from,
        to: content.to,
        subject: content.subject,
        refToMessageId: content.refToMessageId,
        threadId: content.threadId,
        additionalData: content.additionalData,
        caseId: format === 'metadata' ? undefined : content.caseId
      })
    }
  }
  if (format === 'metadata') return shown
  return {
    ...shown,
    ...given({ textBody: content.textBody }),
    attachments: draft.attachments.map(attachment => showAttachment(attachment))
  }
}

/** The dates of a message that follow from its genuine evidence (M03 and G05 of A.1, and the proof of receipt). */
export function datesOf(message: StoredMessage, evidences: StoredEvidence[]) {
  const genuine = evidences.filter(isGenuine)
  const acceptance = genuine.find(evidence => evidence.kind === 'A.1')
  const receipt = genuine.find(evidence => evidence.kind === 'BP.OX')
  return {
    submissionDate: acceptance && message.takenAt,
    eventDate: acceptance?.eventTime,
    receiptDate: receipt?.receivedAt
  }
}

/**
 * A sent message.
 *
 * @param evidences its evidence
 * @param now world time, for the days that the addressee has left
 * @param bytes base64 of an attachment by its SHA-256, for `fullExtended`
 */
export function showMessage(
  message: StoredMessage,
  evidences: StoredEvidence[],
  format: MessageFormat,
  now: Date,
  bytes?: Map<string, string>
): Json {
  const { content } = message
  const metadata = { messageId: message.messageId, timestamp: message.takenAt, shippingService: 'electronic' }
  if (format === 'minimal') return { messageMetadata: metadata, messageControlData: { messageType: 'Message' } }
  const detailed = format !== 'metadata'
  const kinds = evidences.filter(isGenuine).map(evidence => evidence.kind)
  const rejection = evidences.find(evidence => evidence.kind === 'A.2')
  const shown = {
    messageControlData: given({
      messageTaskId: detailed ? message.taskId : undefined,
      massMessage: false,
      opened: message.opened,
      status: messageStatus(kinds),
      statusDescription: rejection?.reasonDetails,
      messageType: 'Message',
      daysToReceive: daysToReceive(message, kinds, now),
      labels: [{ label: message.folder, ...(message.inTrash ? { messageLocation: 'TRASH' } : {}) }]
    }),
    messageMetadata: {
      ...metadata,
      ...given({
        from: content.from,
        to: content.to,
        subject: content.subject,
        refToMessageId: content.refToMessageId,
        threadId: content.threadId,
        ...datesOf(message, evidences),
        caseId: detailed ? content.caseId : undefined,
        additionalData: detailed ? content.additionalData : undefined
      })
    }
  }
  if (!detailed) return shown
  return {
    ...shown,
    ...given({ textBody: content.textBody }),
    attachments: message.attachments.map(attachment => showAttachment(attachment, bytes?.get(attachment.sha256))),
    evidences: evidences.map(showEvidence)
  }
}

function isGenuine(evidence: StoredEvidence): boolean {
  return evidence.flaw === undefined || evidence.flaw === 'same-bytes-again'
}

/** Only a letter from a public to a non-public addressee can be taken as delivered, and only until it is delivered. */
function daysToReceive(message: StoredMessage, kinds: string[], now: Date): number | undefined {
  const available = timeOf(message, 'D.1')
  if (!available || !kinds.includes('D.1') || kinds.includes('E.1')) return undefined
  if (scenarioOf(message.recipient)?.isPublic || !scenarioOf(message.mailbox)?.isPublic) return undefined
  return kinds.includes('BP.OX') ? 0 : daysToCollect(available, now)
}

/** Without the fields that have no value: the contract knows absent fields, not empty ones. */
function given(fields: Json): Json {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
}
