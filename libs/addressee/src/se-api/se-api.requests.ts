import { z } from 'zod'

/**
 * What may be asked, by SE API 4.0.5. Strict: an unknown field or a value outside the contract is our mistake and is
 * found here, before the register sees it.
 */

const eda = z.string().min(1)
const within = (min: number, max: number) => z.string().min(min).max(max)

/** `officialIds[]`: an identifier and the register that gave it. */
export const officialId = z.strictObject({
  id: z.string().min(1),
  referenceRegistry: z.enum(['pesel', 'regon', 'krs', 'nip', 'ue', 'kppId'])
})

/** `address[]` of a question; the read-only fields of the contract are not sent. */
export const askedAddress = z.strictObject({
  addressType: z.array(z.enum(['correspondence', 'headquarters'])).optional(),
  countryCode: z.string().regex(/^[A-Z]{2}$/),
  street: within(1, 512).optional(),
  postalCode: within(1, 128).optional(),
  city: within(1, 512),
  buildingNumber: within(1, 128).optional(),
  flatNumber: within(1, 128).optional()
})

/** Kinds of parties in the register. */
export const searchCategory = z.enum([
  'INDIVIDUAL',
  'ADVOCATE',
  'LEGAL_ADVISOR',
  'TAX_ADVISOR',
  'RESTRUCTURING_ADVISOR',
  'PATENT_ATTORNEY',
  'NOTARY',
  'COUNSELLOR_OF_GCRP',
  'PUBLIC_INSTITUTION',
  'COURT_ENFORCEMENT_OFFICER',
  'COMPANY',
  'ORGANISATION'
])

/**
 * `POST /search/bae_search`. With `recipientEdasOnly` only addresses may be given, without it at least one criterion
 * that is not an address: the register answers SEAPI-00008 and SEAPI-00002 to anything else.
 */
export const baeSearchRequest = z
  .strictObject({
    senderEda: eda,
    recipientEdasOnly: z.boolean(),
    searchCategory: z.array(searchCategory).min(1).optional(),
    entityName: within(2, 2000).optional(),
    name: within(2, 240).optional(),
    surname: within(2, 300).optional(),
    recipientEdas: z.array(eda).min(1).max(50).optional(),
    searchByParentIds: z.boolean().optional(),
    officialIds: z.array(officialId).min(1).max(4).optional(),
    address: z.array(askedAddress).min(1).optional(),
    offset: z.int().min(0).optional(),
    limit: z.int().min(1).max(50).optional()
  })
  .superRefine((search, context) => {
    const criteria = ['entityName', 'name', 'surname', 'officialIds', 'address'] as const
    const others = [...criteria, 'searchCategory' as const].filter(name => search[name] !== undefined)
    if (search.recipientEdasOnly) {
      if (!search.recipientEdas) context.addIssue({ code: 'custom', path: ['recipientEdas'], message: 'is missing' })
      for (const name of others)
        context.addIssue({ code: 'custom', path: [name], message: 'does not go with addresses' })
    } else {
      if (search.recipientEdas)
        context.addIssue({ code: 'custom', path: ['recipientEdas'], message: 'needs recipientEdasOnly' })
      if (!criteria.some(name => search[name] !== undefined))
        context.addIssue({ code: 'custom', path: [], message: 'has no criterion' })
    }
  })

/** `POST /search/eda-search`: up to 1,000 addresses at once. */
export const edaSearchRequest = z.strictObject({
  senderEda: eda,
  recipientEdas: z.array(eda).min(1).max(1000),
  offset: z.int().min(0).optional(),
  limit: z.int().min(1).max(1000).optional()
})

/** `POST /search/eda-confirmation`: one address. */
export const edaConfirmationRequest = z.strictObject({ senderEda: eda, recipientEda: eda })

export type OfficialId = z.infer<typeof officialId>
export type SearchCategory = z.infer<typeof searchCategory>
export type BaeSearchRequest = z.infer<typeof baeSearchRequest>
export type EdaSearchRequest = z.infer<typeof edaSearchRequest>
export type EdaConfirmationRequest = z.infer<typeof edaConfirmationRequest>
