import { z } from 'zod'

/**
 * What is sent, by UA API 3.0.8.2. Strict, so that our mistakes are found on our side. `value`s that the contract only
 * describes in words (the one allowed hash name, the length of the text) are held here too.
 */

const address = z.strictObject({ eDeliveryAddress: z.string().regex(/^AE:[A-Z]{2}-/) })

const draftAttachment = z.strictObject({
  order: z.int().min(1),
  file: z.strictObject({
    fileMetadata: z.strictObject({
      fileId: z.string().min(1),
      filename: z.string().min(1).max(128),
      contentType: z.string().min(1),
      size: z.int().min(1),
      alg: z.literal('SHA-3'),
      hash: z.string().regex(/^[0-9a-f]{128}$/)
    }),
    /** Base64. */
    file: z.string().min(1)
  })
})

/** Body of `POST /drafts`. */
export const draftRequest = z.strictObject({
  messageMetadata: z.strictObject({
    from: address,
    to: z.array(address).length(1),
    subject: z.string(),
    shippingService: z.literal('electronic'),
    caseId: z.string().min(1).optional(),
    threadId: z.string().min(1).optional(),
    additionalData: z.record(z.string(), z.string())
  }),
  textBody: z.string().max(5000),
  attachments: z.array(draftAttachment).optional()
})

export type DraftRequest = z.infer<typeof draftRequest>

/**
 * What is received, read leniently: everything optional that the contract does not need for us, unknown fields kept,
 * enumerations as plain text, null where a field may be absent.
 */

const text = z.string().nullish()
const receivedAddress = z.looseObject({ eDeliveryAddress: text })

/** A draft or a message, in whatever format it came. */
export const receivedMessage = z.looseObject({
  messageMetadata: z
    .looseObject({
      messageId: text,
      to: z.array(receivedAddress).nullish(),
      subject: text,
      timestamp: text,
      additionalData: z.record(z.string(), z.unknown()).nullish()
    })
    .nullish(),
  attachments: z
    .array(
      z.looseObject({
        file: z
          .looseObject({
            fileMetadata: z.looseObject({ filename: text, size: z.coerce.number().nullish(), hash: text }).nullish()
          })
          .nullish()
      })
    )
    .nullish()
})

export type ReceivedMessage = z.infer<typeof receivedMessage>

/** The rows of a list that can be read: one broken row does not hide the others. */
function readable(rows: readonly unknown[]): ReceivedMessage[] {
  return rows.flatMap(row => {
    const parsed = receivedMessage.safeParse(row)
    return parsed.success ? [parsed.data] : []
  })
}

/** Lists of drafts and messages; `resultSize` of the contract does not exist in practice. */
export const messageList = z.looseObject({ messages: z.array(z.unknown()) }).transform(list => readable(list.messages))

/** The contract says array; one object alone is understood too. */
export const someMessages = z.union([z.array(receivedMessage), receivedMessage.transform(message => [message])])

/** Answer to `POST /drafts`. */
export const draftCreated = z.looseObject({ messageId: z.string().min(1) })

/** Answer to `POST /drafts/send`. */
export const sendingStarted = z.looseObject({ messageTaskId: z.string().min(1) })

/** Answer to `GET /messages/tasks/{id}/status`. */
export const taskStatus = z.looseObject({ messageTaskStatus: z.string() })

/** One recipient's line of a finished task. */
const taskLine = z.looseObject({
  messageId: text,
  addressee: receivedAddress.nullish(),
  error: text,
  error_description: text
})

/** Answer to `GET /messages/tasks/{id}`. */
export const taskResult = z.union([z.array(taskLine), taskLine.transform(line => [line])])

export type TaskLine = z.infer<typeof taskLine>

/** Answer to `POST /{draft}/attachments/upload`. */
export const fileUploaded = z.looseObject({ attachmentId: text })

/** One line of a list of evidence. */
const evidenceLine = z.looseObject({
  evidenceId: z.string().min(1),
  messageId: z.string().min(1),
  type: text,
  eventDate: text
})

/** Answer to both lists of evidence. A line without ids cannot be asked for and is counted only. */
export const evidenceList = z.looseObject({ evidences: z.array(z.unknown()).nullish() }).transform(list => {
  const parsed = (list.evidences ?? []).map(line => evidenceLine.safeParse(line))
  const lines = parsed.flatMap(line => (line.success ? [line.data] : []))
  return { lines, unreadable: parsed.length - lines.length }
})

export type EvidenceLine = z.infer<typeof evidenceLine>

/** The error body: an array by the contract; a single object has been seen. */
const errorLine = z.looseObject({ error: text, error_description: text })
export const errorAnswer = z.union([z.array(errorLine), errorLine.transform(line => [line])])
