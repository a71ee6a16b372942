import { createHash } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Ajv, type ValidateFunction } from 'ajv'
import { parse } from 'yaml'
import { drugi, gmina, tokenOf } from '../../test/operator-client.js'
import { createSandbox, type Sandbox } from '../sandbox.js'

let dir: string
let sandbox: Sandbox
let token: string

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'goniec-bae-'))
  sandbox = await createSandbox({ dir })
  token = await tokenOf(sandbox, gmina)
}, 60_000)

afterAll(async () => {
  await sandbox.close()
  rmSync(dir, { recursive: true, force: true })
})

interface Answer {
  status: number
  body: {
    errorCodes?: { errorCode: string; language: string }[]
    baeSearchResponses?: { recipientEda: { recipientEda: string } }[]
    totalResults?: number
  }
}

async function ask(call: string, question: object, bearer = token): Promise<Answer> {
  const answer = await fetch(`${sandbox.url}/api/se/v4/search/${call}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(bearer ? { authorization: `Bearer ${bearer}` } : {}) },
    body: JSON.stringify({ senderEda: gmina, ...question })
  })
  return { status: answer.status, body: (await answer.json()) as Answer['body'] }
}

const search = (question: object) => ask('bae_search', { recipientEdasOnly: false, ...question })
const foundBy = async (question: object): Promise<string[]> => {
  const { body } = await search(question)
  return (body.baeSearchResponses ?? []).map(found => found.recipientEda.recipientEda.slice(18, 23))
}
const id = (referenceRegistry: string, value: string) => ({ officialIds: [{ id: value, referenceRegistry }] })
const person = { searchCategory: ['INDIVIDUAL'] }
const company = { searchCategory: ['COMPANY'] }
const address = { countryCode: 'PL', city: 'przykładowo' }

test.each<[string, object, string[]]>([
  ['PESEL', { ...person, ...id('pesel', '91821110072') }, ['ODBIE']],
  ['NIP', { ...company, ...id('nip', '9990010219') }, ['ODRZU']],
  ['REGON', { ...company, ...id('regon', '990010776') }, ['ODRZU']],
  ['KRS', { ...company, ...id('krs', '0009910091') }, ['ODRZU']],
  ['a NIP in the wrong category', { ...person, ...id('nip', '9990010219') }, []],
  [
    'two numbers of one company',
    { ...company, officialIds: [...id('nip', '9990010219').officialIds, ...id('krs', '0009910091').officialIds] },
    ['ODRZU']
  ],
  [
    'numbers of two companies',
    { ...company, officialIds: [...id('nip', '9990010219').officialIds, ...id('krs', '0009910104').officialIds] },
    []
  ],
  ['part of a name, in another case', { ...company, entityName: 'odrzucona PRÓBA' }, ['ODRZU']],
  ['a public body’s name', { searchCategory: ['PUBLIC_INSTITUTION'], entityName: 'urząd woj' }, ['URZAD']],
  [
    'name, surname and address',
    {
      ...person,
      name: 'ANNA',
      surname: 'odbierająca',
      address: [{ ...address, street: 'polna', buildingNumber: '5', flatNumber: '1' }]
    },
    ['ODBIE']
  ],
  [
    'another street',
    { ...person, name: 'Anna', surname: 'Odbierająca', address: [{ ...address, street: 'Leśna' }] },
    []
  ],
  ['a person who is not in BAE', { ...person, ...id('pesel', '97881710492') }, []],
  ['a closed address (it is shown)', { ...company, ...id('nip', '9990010248') }, ['ZAMKN']],
  ['units of a parent', { ...company, ...id('nip', '9990010219'), searchByParentIds: true }, []]
])('bae_search by %s', async (_what, question, codes) => {
  expect(await foundBy(question)).toEqual(codes)
  if (codes.length === 0) expect(await search(question)).toMatchObject({ status: 404, body: { httpCode: '404' } })
})

test('bae_search by addresses only: those that are there', async () => {
  const recipientEdas = ['AE:PL-30000-40009-ZAMKN-27', 'AE:PL-30000-40011-NIEMA-34', 'AE:PL-30000-40010-PRYWA-28']
  const { status, body } = await ask('bae_search', { recipientEdasOnly: true, recipientEdas })
  expect(status).toBe(200)
  expect(body.totalResults).toBe(2)
  expect(body.baeSearchResponses?.map(found => found.recipientEda)).toMatchObject([
    { recipientEda: recipientEdas[0], edaStatus: 'CLOSED_UNRECOVERABLE', designatedOperator: true },
    { recipientEda: recipientEdas[2], edaStatus: 'ACTIVE', designatedOperator: false }
  ])
})

test('pages are counted, not results', async () => {
  const question = { ...person, address: [address], limit: 4 }
  const first = await foundBy({ ...question, offset: 0 })
  const second = await foundBy({ ...question, offset: 1 })
  const all = await foundBy({ ...person, address: [address], limit: 50 })
  expect([...first, ...second]).toEqual(all.slice(0, 8))
  expect((await search({ ...question, offset: 1 })).body.totalResults).toBe(all.length)
})

test.each<[string, object, string]>([
  ['no criteria', person, 'SEAPI-00002'],
  ['no category', id('nip', '9990010219'), 'SEAPI-00002'],
  ['addresses only, but none', { recipientEdasOnly: true }, 'SEAPI-00002'],
  ['an unknown category', { searchCategory: ['ALIEN'], entityName: 'xx' }, 'SEAPI-00003'],
  ['an unknown registry', { ...company, ...id('isbn', '1') }, 'SEAPI-00003'],
  [
    'addresses only, with criteria',
    { recipientEdasOnly: true, recipientEdas: [drugi], entityName: 'xx' },
    'SEAPI-00008'
  ],
  ['addresses where criteria are meant', { ...company, entityName: 'xx', recipientEdas: [drugi] }, 'SEAPI-00008'],
  ['a person’s name for companies', { ...company, surname: 'Kowalska' }, 'SEAPI-00008'],
  ['an entity’s name for persons', { ...person, entityName: 'Urząd' }, 'SEAPI-00008'],
  ['an argument nobody knows', { ...company, entityName: 'xx', colour: 'red' }, 'SEAPI-00008'],
  ['a name of one letter', { ...company, entityName: 'x' }, 'SEAPI-00009'],
  ['a NIP of nine digits', { ...company, ...id('nip', '999001021') }, 'SEAPI-00009'],
  ['five numbers', { ...company, officialIds: Array(5).fill(id('nip', '9990010219').officialIds[0]) }, 'SEAPI-00009'],
  ['a limit of 51', { ...company, entityName: 'xx', limit: 51 }, 'SEAPI-00009'],
  ['an address that is none', { recipientEdasOnly: true, recipientEdas: ['AE:PL-1'] }, 'SEAPI-00009'],
  ['text where a flag is meant', { ...company, entityName: 'xx', recipientEdasOnly: 'false' }, 'SEAPI-00001']
])('%s: 400', async (_what, question, code) => {
  const { status, body } = await search(question)
  expect(status).toBe(400)
  expect(body).toMatchObject({ httpCode: '400', id: expect.any(String) })
  expect(body.errorCodes?.map(error => [error.errorCode, error.language])).toEqual([
    [code, 'GB'],
    [code, 'PL']
  ])
})

test('without a token 401, in another office’s name 403', async () => {
  const question = { recipientEda: 'AE:PL-30000-40001-URZAD-23' }
  const bare = await fetch(`${sandbox.url}/api/se/v4/search/eda-confirmation`, { method: 'POST' })
  expect([bare.status, bare.headers.get('www-authenticate')]).toEqual([401, 'Bearer'])
  expect((await ask('eda-confirmation', question, 'x.y.z')).status).toBe(401)
  expect((await ask('eda-confirmation', { ...question, senderEda: drugi })).status).toBe(403)
})

test('eda-confirmation and eda-search', async () => {
  const recipientEda = 'AE:PL-30000-40001-URZAD-23'
  const one = await ask('eda-confirmation', { recipientEda })
  expect(one.body).toMatchObject({ recipientEda: { recipientEda, isMainEda: true }, recipient: { isPublic: true } })
  expect((await ask('eda-confirmation', { recipientEda: 'AE:PL-30000-40011-NIEMA-34' })).status).toBe(404)
  const several = await ask('eda-search', { recipientEdas: [recipientEda, 'AE:PL-30000-40011-NIEMA-34'] })
  expect(several.body).toMatchObject({ totalResults: 1, edaSearchResponses: [{ recipientEda: { recipientEda } }] })
})

test('the ledger counts look-ups and keeps no identifier in clear', async () => {
  const pesel = '92831210145'
  await search({ ...person, ...id('pesel', pesel) })
  const last = sandbox.ledger.entries({ surface: 'bae', action: 'bae-search' }).at(-1)
  expect(last).toMatchObject({ sender: gmina, found: 1, asked: [createHash('sha256').update(pesel).digest('hex')] })
  expect(readFileSync(join(dir, 'ledger.ndjson'), 'utf8')).not.toContain(pesel)
})

const contractFile = join(process.env.GONIEC_SHARED ?? '../shared', 'contracts/se-api_v.4.0.5.yaml')
const hasContract = existsSync(contractFile)
if (!hasContract) console.warn(`SKIPPED: ${contractFile} is absent, BAE's answers are not compared with the contract`)
const withContract = hasContract ? test : test.skip

withContract('every answer keeps to the official contract, and holds nothing it does not name', async () => {
  const schemaOf = contractSchemas(readFileSync(contractFile, 'utf8'))
  const recipientEdas = ['AE:PL-30000-40001-URZAD-23', 'AE:PL-30000-40002-ODBIE-32', 'AE:PL-30000-40009-ZAMKN-27']
  const conforms = (schema: string, { body }: Answer) => {
    const validate = schemaOf(schema)
    expect([validate(body), validate.errors]).toEqual([true, null])
  }
  conforms('SearchResponse', await ask('bae_search', { recipientEdasOnly: true, recipientEdas }))
  conforms('SearchResponse', await search({ ...company, entityName: 'próba' }))
  conforms('EdaSearchResponses', await ask('eda-search', { recipientEdas }))
  for (const recipientEda of recipientEdas) {
    conforms('EdaConfirmationResponse', await ask('eda-confirmation', { recipientEda }))
  }
  conforms('SearchEngineError', await search({}))
  conforms('SearchEngineError', await ask('eda-search', { recipientEdas: ['AE:PL-30000-40011-NIEMA-34'] }))
  expect(schemaOf('SearchResponse')({ baeSearchResponses: [{ recipientEda: { edaStatus: 'OPEN' } }] })).toBe(false)
})

interface Schema {
  enum?: string[]
  properties?: object
  additionalProperties?: boolean
}

function contractSchemas(yaml: string): (name: string) => ValidateFunction {
  const { components } = parse(yaml) as { components: { schemas: Record<string, Schema> } }
  // The contract declares this one as a string and lists numbers: nothing could ever satisfy it as written.
  components.schemas.AssignmentDegreeEnum!.enum = ['0', '1', '2', '3']
  for (const schema of Object.values(components.schemas)) if (schema.properties) schema.additionalProperties = false
  const ajv = new Ajv({ strict: false, formats: { int32: true } })
  ajv.addSchema({ $id: 'se-api', components })
  return name => ajv.compile({ $ref: `se-api#/components/schemas/${name}` })
}
