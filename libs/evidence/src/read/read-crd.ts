import type { Element } from '@xmldom/xmldom'
import type { EvidencePart, ProofFacts, ProofKind, Reading } from './evidence-facts.js'
import { children, find, read, readAde, readCount, readInstant } from './read-text.js'

const ZONE = 'Europe/Warsaw'

/**
 * Reads a proof of receipt (BP.OX) in the form of template 10856 of the Central Repository of Document Templates, root
 * `Dokument`; and a proof of sending (BP.WX) in the same form, of which no public sample exists: it is known by its title,
 * or by having no date of receipt. Times without an offset are taken as Polish local time.
 * @param root the root of the verified canonical text
 */
export function readCrd(root: Element): Reading<ProofFacts> {
  const body = find(root, 'TrescDokumentu')
  const dates = { sent: find(body, 'DataWyslania'), received: find(body, 'DataOdbioru') }
  const message = find(body, 'DaneWiadomosci')
  const evidenceId = read(message, 'IdentyfikatorDowoduPotwierdzenia')
  const messageId = read(message, 'IdentyfikatorWiadomosci')
  const submissionTime = readInstant(read(dates.sent, 'DataNadaniaPrzesylki'), ZONE)
  const acceptedAt = readInstant(read(dates.sent, 'DataAkceptacjiNadaniaPrzesylki'), ZONE)
  const receivedAt = readInstant(read(dates.received, 'DataPrzekazaniaAdresatowi'), ZONE)
  const kind = kindOf(read(body, 'DaneDokumentu', 'TytulDokumentu') ?? '', dates.received !== undefined)
  const eventTime = kind === 'BP.OX' ? receivedAt : (acceptedAt ?? submissionTime)
  if (!evidenceId || !messageId || !eventTime) {
    const time = kind === 'BP.OX' ? 'DataPrzekazaniaAdresatowi' : 'DataAkceptacjiNadaniaPrzesylki'
    const missing = {
      IdentyfikatorDowoduPotwierdzenia: evidenceId,
      IdentyfikatorWiadomosci: messageId,
      [time]: eventTime
    }
    return { ok: false, missing: Object.entries(missing).flatMap(([name, value]) => (value ? [] : [name])) }
  }
  const recipient = readAde(read(body, 'DaneAdresata', 'AdresEDoreczen'))
  return {
    ok: true,
    facts: {
      kind,
      evidenceId,
      messageId,
      eventTime,
      submissionTime,
      acceptedAt,
      availableAt: readInstant(read(dates.received, 'DataUdostepnieniaDoOdbioru'), ZONE),
      // a proof of sending cannot prove a receipt, whatever stands in it
      receivedAt: kind === 'BP.OX' ? receivedAt : undefined,
      senderAde: readAde(read(body, 'DaneNadawcy', 'AdresEDoreczen')),
      recipientAdes: recipient ? [recipient] : [],
      reasons: [],
      parts: children(find(body, 'DaneZalaczniki'), 'DaneZalacznika').map(part => readPart(part, messageId)),
      mode: read(message, 'TrybDoreczenia'),
      issuer: readIssuer(find(body, 'DaneUslugiEDoreczenNadawcy', 'DanePodpisuWystawcy'))
    }
  }
}

function kindOf(title: string, hasReceipt: boolean): ProofKind {
  if (/otrzymani/i.test(title)) return 'BP.OX'
  if (/wys[łl]ani|nadani/i.test(title)) return 'BP.WX'
  return hasReceipt ? 'BP.OX' : 'BP.WX'
}

function readPart(part: Element, messageId: string): EvidencePart {
  const value = attributesOf(part, 'AtrybutZalacznika')
  const id = value.get('IdZalacznika') ?? ''
  return {
    id,
    name: value.get('NazwaZalacznika'),
    size: readCount(value.get('RozmiarZalacznika')),
    isMessageText: value.get('TrescWiadomosci')?.toLowerCase() === 'tak' || id === messageId
  }
}

function readIssuer(seal: Element | undefined): string | undefined {
  return attributesOf(seal, 'AtrybutPodpisu').get('Wystawca')
}

/** The template writes named values as `<X nazwaAtrybutu="name"><WartoscAtrybutu>value</…></X>`. */
function attributesOf(parent: Element | undefined, element: string): Map<string, string> {
  const pairs = children(parent, element).map(
    e => [e.getAttribute('nazwaAtrybutu') ?? '', read(e, 'WartoscAtrybutu') ?? ''] as const
  )
  return new Map(pairs.filter(([, value]) => value !== ''))
}
