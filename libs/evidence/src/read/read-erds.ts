import type { Element } from '@xmldom/xmldom'
import {
  erdsEvents,
  type ErdsFacts,
  type ErdsKind,
  type EventReason,
  type EvidencePart,
  type Reading
} from './evidence-facts.js'
import { children, find, read, readAde, readCount, readInstant } from './read-text.js'

const REASON_PREFIX = 'http://uri.etsi.org/19522/EventReason/'

/**
 * Reads technical evidence (ETSI EN 319 522-3, root `Evidence`). Lenient: elements are found by local name, because
 * local ones stand in no namespace by the schema and in one in practice; unknown events and reasons are kept as printed.
 * @param root the root of the verified canonical text
 */
export function readErds(root: Element): Reading<ErdsFacts> {
  const evidenceId = read(root, 'EvidenceIdentifier')
  const eventUri = read(root, 'ERDSEventId')
  const eventTime = readInstant(read(root, 'EventTime'), 'utc')
  const messageId = read(root, 'MessageIdentifier')
  if (!evidenceId || !eventUri || !eventTime || !messageId) {
    const missing = {
      EvidenceIdentifier: evidenceId,
      ERDSEventId: eventUri,
      EventTime: eventTime,
      MessageIdentifier: messageId
    }
    return { ok: false, missing: Object.entries(missing).flatMap(([name, value]) => (value ? [] : [name])) }
  }
  const recipients = children(root, 'RecipientDetails').map(readParty)
  const kind = kindOf(eventUri)
  return {
    ok: true,
    facts: {
      kind,
      evidenceId,
      eventUri,
      eventTime,
      messageId,
      submissionTime: readInstant(read(root, 'SubmissionTime'), 'utc'),
      senderAde: readParty(find(root, 'SenderDetails')),
      // an empty place is kept out of the list, but then the index no longer means anything
      recipientAdes: recipients.filter(ade => ade !== undefined),
      refersToRecipient: recipients.includes(undefined)
        ? undefined
        : readCount(read(root, 'EvidenceRefersToRecipient')),
      reasons: children(find(root, 'EventReasons'), 'EventReason').map(readReason),
      parts: children(find(root, 'UserContentInfo', 'PartsInfo'), 'PartInfo').map(part => readPart(part, messageId)),
      availableAt: kind === 'D.1' ? eventTime : undefined,
      issuer: readLegalName(find(root, 'EvidenceIssuerDetails', 'Identity'))
    }
  }
}

/**
 * Parts "Polish text, English text" at a comma. Both texts may hold commas themselves; the English one begins with a
 * capital and holds no Polish letters, so the first comma of which both is true is taken. The text as printed is always
 * kept beside it, because this is a guess.
 */
export function splitReason(raw: string): { pl?: string; en?: string } {
  const cuts = [...raw.matchAll(/,\s*(?=\p{Lu})/gu)]
  const polish = /[ąćęłńóśźż]/i
  const cut = cuts.find(c => !polish.test(raw.slice(c.index)) && raw.slice(0, c.index).trim() !== '')
  if (cut) return { pl: raw.slice(0, cut.index).trim(), en: raw.slice(cut.index + cut[0].length).trim() }
  const only = raw.indexOf(',')
  if (only <= 0 || raw.indexOf(',', only + 1) >= 0 || polish.test(raw.slice(only))) return {}
  return { pl: raw.slice(0, only).trim(), en: raw.slice(only + 1).trim() }
}

function kindOf(eventUri: string): ErdsKind {
  const tail = eventUri.split(/[/#:]/).pop() ?? ''
  return Object.hasOwn(erdsEvents, tail) ? erdsEvents[tail as keyof typeof erdsEvents] : 'other'
}

function readParty(party: Element | undefined): string | undefined {
  return readAde(read(party, 'Identifier'))
}

function readReason(reason: Element): EventReason {
  const code = read(reason, 'Code') ?? ''
  const raw = children(reason, 'Details')
    .map(d => d.textContent?.trim() ?? '')
    .filter(Boolean)
    .join('; ')
  return { code: code.startsWith(REASON_PREFIX) ? code.slice(REASON_PREFIX.length) : code, raw, ...splitReason(raw) }
}

function readPart(part: Element, messageId: string): EvidencePart {
  const id = read(part, 'Identifier') ?? ''
  const value = read(part, 'DigestValue')
  const alg = find(part, 'DigestMethod')?.getAttribute('Algorithm') ?? ''
  return {
    id,
    contentType: read(part, 'ContentType'),
    digest: value ? { alg, value } : undefined,
    isMessageText: id === messageId
  }
}

function readLegalName(identity: Element | undefined): string | undefined {
  const named = children(identity, 'Attribute').find(a =>
    [a.getAttribute('FriendlyName'), a.getAttribute('Name')].some(name => name?.split(/[/#:]/).pop() === 'LegalName')
  )
  return read(named, 'AttributeValue')
}
