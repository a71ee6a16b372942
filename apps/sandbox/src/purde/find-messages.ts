import type { StoredEvidence, StoredMessage } from './mailbox-state.js'
import { datesOf } from './show-message.js'

/** Query parameters of the lists, as they come in the URL. */
export type ListQuery = Record<string, string | undefined>

interface Row {
  message: StoredMessage
  submissionDate: string | undefined
  eventDate: string | undefined
  receiptDate: string | undefined
}

/** The messages of a list that match the filters of the UA API, sorted by its rules, before paging. */
export function findMessages(
  messages: StoredMessage[],
  evidencesOf: (message: StoredMessage) => StoredEvidence[],
  query: ListQuery
): StoredMessage[] {
  const tests = testsFor(query)
  const rows = messages.map(message => ({ message, ...datesOf(message, evidencesOf(message)) }))
  const found = rows.filter(row => tests.every(test => test(row)))
  return sorted(found, query).map(row => row.message)
}

/** One page of a list. */
export function page<T>(items: T[], query: ListQuery, most: number, usual = 20): T[] {
  const offset = whole(query.offset, 0, Number.MAX_SAFE_INTEGER)
  return items.slice(offset, offset + Math.max(1, whole(query.limit, usual, most)))
}

function whole(value: string | undefined, otherwise: number, most: number): number {
  const number = Number(value ?? otherwise)
  return Number.isInteger(number) && number >= 0 ? Math.min(number, most) : otherwise
}

function testsFor(query: ListQuery): ((row: Row) => boolean)[] {
  const tests: ((row: Row) => boolean)[] = []
  const add = (name: string, test: (row: Row, value: string) => boolean) => {
    const value = query[name]
    if (value !== undefined && value !== '') tests.push(row => test(row, value))
  }
  add('label', ({ message }, label) =>
    label === 'TRASH' ? message.inTrash : message.folder === label && !message.inTrash
  )
  add('sender', ({ message }, text) => mentions([message.content.from], text))
  add('recipient', ({ message }, text) => mentions(message.content.to, text))
  add('subject', ({ message }, text) => holds(message.content.subject, text))
  add('attachments', ({ message }, flag) => message.attachments.length > 0 === (flag === 'true'))
  add('opened', ({ message }, flag) => message.opened === (flag === 'true'))
  add('shippingService', (_, service) => service === 'electronic')
  for (const name of ['submissionDate', 'eventDate', 'receiptDate'] as const) {
    add(`${name}From`, (row, from) => row[name] !== undefined && Date.parse(row[name]) >= Date.parse(from))
    add(`${name}To`, (row, to) => row[name] !== undefined && Date.parse(row[name]) <= Date.parse(to))
  }
  return tests
}

function mentions(parties: unknown[], text: string): boolean {
  return parties.some(party => holds(JSON.stringify(party), text))
}

function holds(value: string | undefined, text: string): boolean {
  return (value ?? '').toLocaleLowerCase('pl').includes(text.toLocaleLowerCase('pl'))
}

/** Rules R15 and R16: newest first unless told otherwise, and rows that lack the value always first. */
function sorted(rows: Row[], query: ListQuery): Row[] {
  const key = keyOf(query.sortColumn ?? 'timestamp')
  const sign = query.sortDirection === 'asc' ? 1 : -1
  const before = (left: Row, right: Row): number => {
    const [a, b] = [key(left), key(right)]
    if (a === undefined || b === undefined) return Number(a !== undefined) - Number(b !== undefined)
    return sign * (a < b ? -1 : Number(a > b))
  }
  return rows.sort(before)
}

function keyOf(column: string): (row: Row) => string | undefined {
  switch (column) {
    case 'submissionDate':
    case 'eventDate':
      return row => row[column]
    // The contract misspells the name of this one.
    case 'reciptDate':
      return row => row.receiptDate
    case 'subject':
      return row => row.message.content.subject
    case 'sender':
      return row => row.message.content.from.eDeliveryAddress
    case 'recipient':
      return row => row.message.content.to[0]?.eDeliveryAddress
    default:
      return row => row.message.takenAt
  }
}
