import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv } from 'ajv'
import { parse } from 'yaml'
import { baeSearchRequest, edaConfirmationRequest, edaSearchRequest, searchCategory } from './se-api.requests.js'

const file = join(process.env.GONIEC_SHARED ?? '../shared', 'contracts/se-api_v.4.0.5.yaml')
const here = existsSync(file)
if (!here) console.warn(`SKIPPED: questions against the contract of SE API (${file} is not here)`)
const test = here ? it : it.skip

const SENDER = 'AE:PL-10000-20001-GMINA-27'
const RECIPIENT = 'AE:PL-30000-40002-ODBIE-32'

describe('questions to SE API 4.0.5', () => {
  const schema = (name: string) => {
    const contract = parse(readFileSync(file, 'utf8')) as {
      components: { schemas: Record<string, { properties?: unknown; enum?: string[] }> }
    }
    for (const one of Object.values(contract.components.schemas))
      if (one.properties) Object.assign(one, { additionalProperties: false })
    const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: false })
    ajv.addSchema({ $id: 'contract', components: contract.components })
    const wanted = contract.components.schemas[name]!
    const rebased = JSON.parse(JSON.stringify(wanted).replaceAll('"#/', '"contract#/')) as Record<string, unknown>
    return { validate: ajv.compile(rebased), wanted }
  }

  test('take every field and value that ours may carry', () => {
    const { validate } = schema('BaeSearch')
    const full = baeSearchRequest.parse({
      senderEda: SENDER,
      recipientEdasOnly: false,
      searchCategory: searchCategory.options,
      entityName: 'URZĄD',
      name: 'ANNA',
      surname: 'PRZYKŁADOWA',
      searchByParentIds: false,
      officialIds: (['pesel', 'regon', 'krs', 'nip'] as const).map(referenceRegistry => ({
        id: '1',
        referenceRegistry
      })),
      address: [
        {
          addressType: ['correspondence'],
          countryCode: 'PL',
          street: 'POLNA',
          postalCode: '00-001',
          city: 'WARSZAWA',
          buildingNumber: '1',
          flatNumber: '2'
        }
      ],
      offset: 0,
      limit: 50
    })
    expect(validate(full) ? [] : validate.errors).toEqual([])
    expect(validate({ ...full, limit: 51 })).toBe(false)
    const only = baeSearchRequest.parse({ senderEda: SENDER, recipientEdasOnly: true, recipientEdas: [RECIPIENT] })
    expect(validate(only) ? [] : validate.errors).toEqual([])
  })

  test('know exactly the categories of the contract', () => {
    expect([...searchCategory.options].sort()).toEqual([...(schema('SearchCategoryEnum').wanted.enum ?? [])].sort())
  })

  test('fit for the two shorter questions', () => {
    const search = edaSearchRequest.parse({ senderEda: SENDER, recipientEdas: [RECIPIENT], limit: 1000 })
    const confirmation = edaConfirmationRequest.parse({ senderEda: SENDER, recipientEda: RECIPIENT })
    expect(schema('EdaSearch').validate(search)).toBe(true)
    expect(schema('EdaConfirmation').validate(confirmation)).toBe(true)
  })
})
