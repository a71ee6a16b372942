import type { EvidenceKind } from '../evidence/evidence-facts.js'

/** Who a message is from or for, kept exactly as the client sent it (UA API schema MessageAddressData). */
export interface AddressData {
  eDeliveryAddress?: string
  contributor?: { firstName?: string; lastName?: string; companyName?: string; companyNameContinued?: string }
  [other: string]: unknown
}

/** What the sender wrote: the same in the draft and in every message made from it. */
export interface MessageContent {
  from: AddressData
  to: AddressData[]
  subject?: string
  textBody?: string
  caseId?: string
  threadId?: string
  refToMessageId?: string
  additionalData?: Record<string, string>
}

/** One attachment; its bytes are a file named by the SHA-256. Digests are lower-case hex, the size is in bytes. */
export interface StoredAttachment {
  attachmentId: string
  order: number
  filename: string
  contentType: string
  size: number
  sha256: string
  sha3: string
  description?: string
}

export interface StoredDraft {
  draftId: string
  mailbox: string
  content: MessageContent
  attachments: StoredAttachment[]
  /** ISO 8601, world time; so are all times here. */
  createdAt: string
}

/** How an item of the evidence list is not what it should be. */
export type EvidenceFlaw = 'sealed-by-stranger' | 'changed-after-sealing' | 'same-bytes-again' | 'of-unknown-message'

/** One thing that will happen to a message: evidence appears in the list when it is due. */
export interface PlannedStep {
  kind: EvidenceKind
  /** When the event happened (G05), which may lie before the moment the evidence appears. */
  eventTime: string
  /** When the evidence appears. */
  due: string
  /** Key of the reason in `reasons.ts`. */
  reason?: string
  /** BP.OX: the moment of delivery it states. */
  receivedAt?: string
  flaw?: EvidenceFlaw
}

export interface StoredMessage {
  messageId: string
  mailbox: string
  recipient: string
  taskId: string
  draftId: string
  content: MessageContent
  attachments: StoredAttachment[]
  takenAt: string
  folder: 'OUTBOX' | 'SENT'
  inTrash: boolean
  opened: boolean
  /** The whole story of the message, in the order of appearance. */
  plan: PlannedStep[]
  /** How many steps of the plan have been taken. */
  stepsDone: number
  evidenceIds: string[]
}

export interface StoredEvidence {
  evidenceId: string
  mailbox: string
  messageId: string
  kind: EvidenceKind
  eventTime: string
  createdAt: string
  reasonId?: string
  reasonDetails?: string
  /** BP.OX: the moment of delivery it states. */
  receivedAt?: string
  /** The bytes are a file named by this SHA-256 (hex). */
  sha256: string
  from: AddressData
  /** One addressee, as in the contract: a message to several is one message for each. */
  to: AddressData
  downloaded: boolean
  flaw?: EvidenceFlaw
}

/** What became of one recipient of a send task. */
export interface TaskResult {
  recipient: AddressData
  messageId?: string
  error?: { error: string; error_description: string }
}

export interface StoredTask {
  taskId: string
  mailbox: string
  /** The task is PENDING until then. */
  finishedAt: string
  results: TaskResult[]
}

/** Everything the public service remembers; a plain JSON value. */
export interface MailboxState {
  drafts: Record<string, StoredDraft>
  messages: Record<string, StoredMessage>
  evidences: Record<string, StoredEvidence>
  tasks: Record<string, StoredTask>
  /** Letters whose first attempt to send has been lost on purpose. */
  lostOnce: Record<string, true>
  /** What clients have set, per mailbox. */
  settings: Record<string, { phoneNumber?: string; email?: string }>
  folders: Record<string, { directoryId: string; name: string }[]>
}
