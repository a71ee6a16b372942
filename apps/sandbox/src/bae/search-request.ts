import type { HttpException } from '@nestjs/common'
import { z } from 'zod'
import { searchError } from './search-error.js'

const ade = z.string().regex(/^AE:[A-Z]{2}-\d{5}-\d{5}-[A-Z]{5}-\d{2}$/)

/** Kinds of addressees that can be searched for. */
export const searchCategories = [
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
] as const
const entityCategories: readonly string[] = ['PUBLIC_INSTITUTION', 'COMPANY', 'ORGANISATION']

const idForms: Record<string, RegExp> = {
  pesel: /^\d{11}$/,
  nip: /^\d{10}$/,
  regon: /^(\d{9}|\d{14})$/,
  krs: /^\d{10}$/
}

const officialId = z
  .strictObject({ id: z.string().min(1), referenceRegistry: z.enum(['pesel', 'regon', 'krs', 'nip', 'ue', 'kppId']) })
  .superRefine(({ id, referenceRegistry }, context) => {
    if (idForms[referenceRegistry]?.test(id) ?? true) return
    context.addIssue({ code: 'invalid_format', format: 'regex', input: id, path: ['id'] })
  })

// Fields that the contract marks as read-only are not taken in a question.
const address = z.strictObject({
  addressType: z.array(z.enum(['correspondence', 'headquarters'])).optional(),
  countryCode: z.string().regex(/^[A-Z]{2}$/),
  street: z.string().max(512).optional(),
  postalCode: z.string().max(128).optional(),
  city: z.string().max(512),
  buildingNumber: z.string().max(128).optional(),
  flatNumber: z.string().max(128).optional()
})

const paging = (most: number) => ({
  offset: z.int().min(0).default(0),
  limit: z.int().min(1).max(most).default(20)
})

const baeSearch = z.strictObject({
  senderEda: ade,
  recipientEdasOnly: z.boolean(),
  searchCategory: z.array(z.enum(searchCategories)).min(1).optional(),
  entityName: z.string().min(2).max(2000).optional(),
  name: z.string().min(2).max(240).optional(),
  surname: z.string().min(2).max(300).optional(),
  recipientEdas: z.array(ade).max(50).optional(),
  searchByParentIds: z.boolean().default(false),
  officialIds: z.array(officialId).max(4).optional(),
  address: z.array(address).optional(),
  ...paging(50)
})
export type BaeSearch = z.infer<typeof baeSearch>

const edaSearch = z.strictObject({ senderEda: ade, recipientEdas: z.array(ade).max(1000), ...paging(1000) })
export type EdaSearch = z.infer<typeof edaSearch>

const edaConfirmation = z.strictObject({ senderEda: ade, recipientEda: ade })
export type EdaConfirmation = z.infer<typeof edaConfirmation>

/** Checks the body of `bae_search`, also that its arguments go together. @throws HttpException with a SEAPI code */
export function readBaeSearch(body: unknown): BaeSearch {
  const search = read(baeSearch, body)
  const { searchCategory, entityName, name, surname, officialIds, address: addresses } = search
  const criteria = [entityName, name, surname, officialIds?.length || undefined, addresses?.length || undefined]
  const given = criteria.some(criterion => criterion !== undefined)
  if (search.recipientEdasOnly) {
    if (given || searchCategory || search.searchByParentIds) throw searchError('SEAPI-00008', 'recipientEdasOnly')
    if (!search.recipientEdas?.length) throw searchError('SEAPI-00002', 'recipientEdas')
    return search
  }
  if (search.recipientEdas) throw searchError('SEAPI-00008', 'recipientEdas')
  if (!searchCategory || !given) throw searchError('SEAPI-00002')
  const named = name !== undefined || surname !== undefined
  if (named && searchCategory.every(category => entityCategories.includes(category))) {
    throw searchError('SEAPI-00008', 'name, surname')
  }
  if (entityName !== undefined && searchCategory.every(category => category === 'INDIVIDUAL')) {
    throw searchError('SEAPI-00008', 'entityName')
  }
  return search
}

/** Checks the body of `eda-search`. @throws HttpException with a SEAPI code */
export function readEdaSearch(body: unknown): EdaSearch {
  const search = read(edaSearch, body)
  if (search.recipientEdas.length === 0) throw searchError('SEAPI-00002', 'recipientEdas')
  return search
}

/** Checks the body of `eda-confirmation`. @throws HttpException with a SEAPI code */
export function readEdaConfirmation(body: unknown): EdaConfirmation {
  return read(edaConfirmation, body)
}

function read<T>(schema: z.ZodType<T>, body: unknown): T {
  const result = schema.safeParse(body)
  if (result.success) return result.data
  throw refusalOf(result.error.issues[0])
}

function refusalOf(issue: z.core.$ZodIssue | undefined): HttpException {
  const field = issue?.path.join('.') ?? ''
  switch (issue?.code) {
    case 'invalid_value':
      return searchError('SEAPI-00003', field)
    case 'unrecognized_keys':
      return searchError('SEAPI-00008', field)
    case 'too_small':
    case 'too_big':
    case 'invalid_format':
      return searchError('SEAPI-00009', field)
    default:
      return searchError('SEAPI-00001', field)
  }
}
