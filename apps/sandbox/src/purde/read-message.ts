import { z } from 'zod'
import type { MessageContent } from './mailbox-state.js'
import { type UaError, UaRefusal } from './ua-error.js'

/** Recipients of one electronic message at most. */
const MOST_RECIPIENTS = 15
const LONGEST_TEXT = 5000

const addressData = z.looseObject({
  eDeliveryAddress: z.string().optional(),
  contributor: z
    .looseObject({
      firstName: z.string().optional(),
      lastName: z.string().optional(),
      companyName: z.string().max(1900).optional(),
      companyNameContinued: z.string().max(100).optional()
    })
    .optional()
})

const attachment = z.looseObject({
  order: z.number().int().optional(),
  attachmentId: z.string().optional(),
  file: z
    .looseObject({
      fileMetadata: z
        .looseObject({
          filename: z.string().optional(),
          contentType: z.string().optional(),
          size: z.number().int().optional(),
          alg: z.string().optional(),
          hash: z.string().optional(),
          description: z.string().optional()
        })
        .optional(),
      file: z.string().optional()
    })
    .optional()
})

const message = z.looseObject({
  messageMetadata: z.looseObject({
    from: addressData.optional(),
    to: z.array(addressData).optional(),
    subject: z.string().optional(),
    refToMessageId: z.string().optional(),
    threadId: z.string().optional(),
    caseId: z.string().optional(),
    shippingService: z.enum(['electronic', 'hybrid']),
    additionalData: z.record(z.string(), z.string()).optional()
  }),
  textBody: z.string().optional(),
  attachments: z.array(attachment).optional()
})

/** An attachment of an incoming message: a new file inline, or one that the draft has already (by its identifier). */
export type IncomingAttachment = z.infer<typeof attachment>

export interface IncomingMessage {
  content: MessageContent
  attachments: IncomingAttachment[] | undefined
}

/**
 * Reads a message of the UA API (schema Message) leniently: unknown fields are dropped, what only the service may set is
 * ignored.
 *
 * @throws UaRefusal with every fault found
 */
export function readMessage(body: unknown, mailbox: string): IncomingMessage {
  const parsed = message.safeParse(body)
  if (!parsed.success) {
    throw new UaRefusal(
      parsed.error.issues.map(issue => ({
        error: 'INVALID_REQUEST',
        error_description: `${issue.path.join('.')}: ${issue.code}`
      }))
    )
  }
  const { messageMetadata: metadata, textBody, attachments } = parsed.data
  const faults: UaError[] = []
  const fault = (error: string, error_description: string) => faults.push({ error, error_description })
  if (metadata.shippingService === 'hybrid') fault('SERVICE_UNAVAILABLE', 'the sandbox has no hybrid service')
  if (metadata.from?.eDeliveryAddress !== mailbox) fault('INVALID_SENDER', 'from must be the address of this mailbox')
  if ((metadata.to?.length ?? 0) > MOST_RECIPIENTS) {
    fault('INVALID_RECIPIENT', `a message has at most ${MOST_RECIPIENTS} recipients`)
  }
  if ((textBody?.length ?? 0) > LONGEST_TEXT) fault('INVALID_TEXT', `the text has at most ${LONGEST_TEXT} characters`)
  if (faults.length > 0) throw new UaRefusal(faults)
  const { from, to, subject, refToMessageId, threadId, caseId, additionalData } = metadata
  const content = {
    from: from ?? {},
    to: to ?? [],
    subject,
    textBody,
    refToMessageId,
    threadId,
    caseId,
    additionalData
  }
  return { content, attachments }
}

/** What keeps a message from being sent, besides its attachments. */
export function checkSendable(content: MessageContent): UaError[] {
  const faults: UaError[] = []
  if (content.to.length === 0) faults.push({ error: 'INVALID_RECIPIENT', error_description: 'there is no recipient' })
  if (content.to.some(recipient => !recipient.eDeliveryAddress)) {
    faults.push({ error: 'INVALID_RECIPIENT', error_description: 'a recipient has no address for electronic delivery' })
  }
  if (!content.subject) faults.push({ error: 'INVALID_SUBJECT', error_description: 'the message has no title' })
  return faults
}
