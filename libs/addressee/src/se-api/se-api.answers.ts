import { z } from 'zod'

/**
 * What the register answers, by SE API 4.0.5, read leniently: fields we do not know are kept, enumerations may grow,
 * `assignmentDegree` may be a number or a string (the contract says string and lists numbers), and optional things may
 * be null. Only what a decision rests on must be there.
 */

const text = z.string().nullish()

const warning = z.looseObject({ code: text, type: text, description: text })

/** An address record. */
export const recipientEda = z.looseObject({
  recipientEda: z.string(),
  edaStatus: z.string(),
  designatedOperator: z.boolean(),
  isMainEda: z.boolean().nullish(),
  assignmentDegree: z.union([z.string(), z.number()]).nullish(),
  warning: warning.nullish(),
  dateOfEnteringToBAE: text,
  dateOfRemovalFromBAE: text
})

/** A party record. `index` 1 is the current one; higher numbers are history. */
export const recipientParty = z.looseObject({
  index: z.number().nullish(),
  isPublic: z.boolean(),
  name: text,
  surname: text,
  entityName: text,
  professionalTitle: text,
  legalForm: text,
  officialIds: z.array(z.looseObject({ id: z.string(), referenceRegistry: z.string() })).nullish()
})

export const baeSearchAnswer = z.looseObject({
  baeSearchResponses: z
    .array(z.looseObject({ recipientEda: recipientEda.nullish(), baeSearchData: z.array(recipientParty).nullish() }))
    .nullish(),
  totalResults: z.number().nullish()
})

export const edaSearchAnswer = z.looseObject({
  edaSearchResponses: z
    .array(z.looseObject({ recipientEda: recipientEda.nullish(), recipient: recipientParty.nullish() }))
    .nullish(),
  totalResults: z.number().nullish()
})

export const edaConfirmationAnswer = z.looseObject({
  recipientEda: recipientEda.nullish(),
  recipient: recipientParty.nullish()
})

/** The register's error body; only the codes are of use, messages may repeat what was asked. */
export const searchEngineError = z.looseObject({
  errorCodes: z.array(z.looseObject({ errorCode: z.string() }))
})

export type RecipientEda = z.infer<typeof recipientEda>
export type RecipientParty = z.infer<typeof recipientParty>
export type BaeSearchAnswer = z.infer<typeof baeSearchAnswer>
export type EdaSearchAnswer = z.infer<typeof edaSearchAnswer>
export type EdaConfirmationAnswer = z.infer<typeof edaConfirmationAnswer>
