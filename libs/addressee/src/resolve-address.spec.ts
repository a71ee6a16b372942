import {
  recordsOfBaeSearch,
  recordsOfEdaConfirmation,
  recordsOfEdaSearch,
  resolveAddress,
  type RegisteredAddress,
  type Resolution
} from './resolve-address.js'
import { baeSearchAnswer } from './se-api/se-api.answers.js'

const OFFICE = 'AE:PL-30000-40001-URZAD-23'
const OFFICE_2 = 'AE:PL-10000-20001-GMINA-27'
const PERSON = 'AE:PL-30000-40002-ODBIE-32'

function record(over: Partial<RegisteredAddress> = {}): RegisteredAddress {
  return {
    ade: PERSON,
    edaStatus: 'ACTIVE',
    designatedOperator: true,
    isPublic: false,
    isNaturalPerson: true,
    isMain: undefined,
    assignmentDegree: 3,
    warning: undefined,
    names: {},
    enteredOn: undefined,
    removedOn: undefined,
    ...over
  }
}

const told = (resolution: Resolution) =>
  resolution.outcome === 'found' ? resolution.address.ade : `${resolution.outcome} ${resolution.problem.code}`

describe('the address to send to', () => {
  it.each<[string, Partial<RegisteredAddress>[], string]>([
    ['one active address', [{}], PERSON],
    ['none', [], 'not-found addressee/not-in-bae'],
    ['two of a citizen', [{}, { ade: OFFICE }], 'ambiguous addressee/ambiguous'],
    ['the same one twice', [{}, {}], PERSON],
    ['closed, may come back', [{ edaStatus: 'CLOSED_RECOVERABLE' }], 'unusable addressee/address-closed'],
    ['closed for good', [{ edaStatus: 'CLOSED_UNRECOVERABLE' }], 'unusable addressee/address-closed'],
    ['struck off', [{ edaStatus: 'STRUCK_OFF' }], 'unusable addressee/address-struck-off'],
    ['a status of tomorrow', [{ edaStatus: 'SUSPENDED' }], 'unusable addressee/address-status-unknown'],
    ['proposed only', [{ assignmentDegree: 0 }], 'unusable addressee/address-not-active'],
    ['being made', [{ assignmentDegree: 1 }], 'unusable addressee/address-not-active'],
    ['not disclosed', [{ assignmentDegree: 2 }], 'unusable addressee/address-not-disclosed'],
    ['degree not told', [{ assignmentDegree: undefined }], PERSON],
    ['blocked', [{ warning: { code: 'W', blocking: true } }], 'unusable addressee/blocked-by-warning'],
    ['warned only', [{ warning: { code: 'W', blocking: false } }], PERSON],
    ['one closed, one active', [{ ade: OFFICE, edaStatus: 'CLOSED_RECOVERABLE' }, {}], PERSON],
    ['party not told', [{ isPublic: undefined }], 'unusable addressee/address-status-unknown'],
    ['an address with wrong check digits', [{ ade: `${PERSON.slice(0, -2)}99` }], 'unusable addressee/ade-malformed']
  ])('%s', (_, records, expected) => expect(told(resolveAddress(records.map(record)))).toBe(expected))

  const office = (over: Partial<RegisteredAddress>) => record({ isPublic: true, isNaturalPerson: false, ...over })

  it('takes the one main address of a public body', () => {
    const two = [office({ ade: OFFICE, isMain: false }), office({ ade: OFFICE_2, isMain: true })]
    expect(told(resolveAddress(two))).toBe(OFFICE_2)
    expect(told(resolveAddress([...two].reverse()))).toBe(OFFICE_2)
  })

  it('does not choose between two main addresses, or between an office and a citizen', () => {
    const mains = [office({ ade: OFFICE, isMain: true }), office({ ade: OFFICE_2, isMain: true })]
    expect(resolveAddress(mains)).toMatchObject({ outcome: 'ambiguous', count: 2 })
    expect(resolveAddress([office({ ade: OFFICE, isMain: true }), record()])).toMatchObject({ outcome: 'ambiguous' })
  })

  it('uses an undisclosed address that the sender named, and only that one', () => {
    expect(told(resolveAddress([record({ assignmentDegree: 2 })], PERSON))).toBe(PERSON)
    expect(told(resolveAddress([record()], OFFICE))).toBe('not-found addressee/not-in-bae')
  })
})

describe('records of the answers', () => {
  const eda = { recipientEda: PERSON, edaStatus: 'ACTIVE', designatedOperator: false, assignmentDegree: 3 }

  it('reads the current data of a party, not its history', () => {
    const answer = baeSearchAnswer.parse({
      baeSearchResponses: [
        {
          recipientEda: { ...eda, assignmentDegree: '3', somethingNew: 1 },
          baeSearchData: [
            { index: 2, isPublic: false, surname: 'DAWNA' },
            { index: 1, isPublic: false, name: 'ANNA', surname: 'OBECNA' }
          ]
        }
      ],
      totalResults: 1
    })
    expect(recordsOfBaeSearch(answer)).toEqual([
      record({ designatedOperator: false, names: { name: 'ANNA', surname: 'OBECNA', entityName: undefined } })
    ])
  })

  it('reads both other answers', () => {
    const recipient = { isPublic: true, entityName: 'URZĄD' }
    const expected = record({
      designatedOperator: false,
      isPublic: true,
      isNaturalPerson: false,
      names: { entityName: 'URZĄD' }
    })
    expect(recordsOfEdaSearch({ edaSearchResponses: [{ recipientEda: eda, recipient }] })).toEqual([expected])
    expect(recordsOfEdaConfirmation({ recipientEda: eda, recipient })).toEqual([expected])
    expect(recordsOfEdaSearch({})).toEqual([])
    expect(recordsOfEdaConfirmation({})).toEqual([])
  })

  it('takes a warning of unknown type for a blocking one', () => {
    const [unknown] = recordsOfEdaConfirmation({ recipientEda: { ...eda, warning: { code: 'X', type: 'NEW' } } })
    expect(unknown?.warning).toEqual({ code: 'X', blocking: true })
  })
})
