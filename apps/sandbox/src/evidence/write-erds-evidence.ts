import { attribute, element, text } from './xml-text.js'
import {
  ERDS_EVENTS,
  type ErdsKind,
  type EvidenceIssuer,
  type EvidencePart,
  type EvidenceParty,
  type EvidenceReason,
  reasonDetails
} from './evidence-facts.js'
import type { UnsealedXml } from './seal-xades.js'

/** What one piece of technical evidence says. Times are instants; they are written in UTC. */
export interface ErdsEvidence {
  evidenceId: string
  kind: ErdsKind
  reasons: EvidenceReason[]
  eventTime: Date
  issuer: EvidenceIssuer
  sender: EvidenceParty
  recipient: EvidenceParty
  submissionTime: Date
  messageId: string
  parts: EvidencePart[]
}

const DS = 'http://www.w3.org/2000/09/xmldsig#'
const SAML = 'urn:oasis:names:tc:SAML:2.0:assertion'
const DIGEST_URIS = {
  sha256: 'http://www.w3.org/2001/04/xmlenc#sha256',
  'sha3-512': 'http://www.w3.org/2007/05/xmldsig-more#sha3-512'
} as const

/**
 * Technical evidence of ETSI EN 319 522-3 (XML), version EN319522v1.1.1, not yet sealed.
 *
 * The schema's elementFormDefault is unqualified: elements that it declares globally carry the prefix `e`, local ones
 * (EventTime, Code, Details, PolicyID, Identifier, ComposingParts, ContentType) are in no namespace at all.
 *
 * The text is its own exclusive canonical form: every namespace is declared on the element that uses it first, no
 * white space stands in tags, attributes are in canonical order. So the seal can be computed over these very bytes.
 */
export function writeErdsEvidence(evidence: ErdsEvidence): UnsealedXml {
  const event = ERDS_EVENTS[evidence.kind]
  const before = [
    '<e:Evidence xmlns:e="http://uri.etsi.org/19522/v1#" version="EN319522v1.1.1">',
    element('e:EvidenceIdentifier', evidence.evidenceId),
    `<e:ERDSEventId>http://uri.etsi.org/19522/Event/${event}</e:ERDSEventId>`,
    writeReasons(evidence.reasons),
    element('EventTime', evidence.eventTime.toISOString()),
    `<e:EvidenceIssuerPolicyID>${element('PolicyID', evidence.issuer.policyId)}</e:EvidenceIssuerPolicyID>`,
    `<e:EvidenceIssuerDetails>${writeIssuer(evidence.issuer)}</e:EvidenceIssuerDetails>`,
    `<e:SenderDetails>${writeParty(evidence.sender)}</e:SenderDetails>`,
    `<e:RecipientDetails>${writeParty(evidence.recipient)}</e:RecipientDetails>`,
    element('e:SubmissionTime', evidence.submissionTime.toISOString()),
    // One message has one recipient in this service, so the index is always the first.
    '<EvidenceRefersToRecipient>1</EvidenceRefersToRecipient>',
    element('e:MessageIdentifier', evidence.messageId),
    writeParts(evidence.parts)
  ].join('')
  return { before, after: '</e:Evidence>' }
}

function writeReasons(reasons: EvidenceReason[]): string {
  if (reasons.length === 0) return ''
  const written = reasons.map(reason => {
    const code = element('Code', `http://uri.etsi.org/19522/EventReason/${reason.code}`)
    return `<e:EventReason>${code}${element('Details', reasonDetails(reason))}</e:EventReason>`
  })
  return `<e:EventReasons>${written.join('')}</e:EventReasons>`
}

function writeIssuer(issuer: EvidenceIssuer): string {
  return writeIdentity([
    ['LegalName', issuer.name],
    ['LegalPersonIdentifier', issuer.legalPersonIdentifier]
  ])
}

function writeParty({ ade, party }: EvidenceParty): string {
  const identity =
    party.kind === 'entity'
      ? writeIdentity([
          ['LegalName', party.name],
          ['LegalPersonIdentifier', party.legalPersonIdentifier]
        ])
      : writeIdentity([
          ['CurrentGivenName', party.givenName],
          ['CurrentFamilyName', party.familyName]
        ])
  return `${identity}<Identifier IdentifierSchemeName="eDelivery">${text(ade)}</Identifier>`
}

/** eIDAS attribute names (Implementing Regulation 2015/1501): the short one is the FriendlyName. */
function writeIdentity(attributes: [friendlyName: string, value: string | undefined][]): string {
  const written = attributes.map(([friendlyName, value]) => {
    if (value === undefined) return ''
    const person = friendlyName.startsWith('Legal') ? 'legalperson' : 'naturalperson'
    const name = `http://eidas.europa.eu/attributes/${person}/${friendlyName}`
    return (
      `<saml:Attribute xmlns:saml="${SAML}" FriendlyName="${attribute(friendlyName)}" Name="${attribute(name)}">` +
      `<saml:AttributeValue>${text(value)}</saml:AttributeValue></saml:Attribute>`
    )
  })
  return `<e:Identity>${written.join('')}</e:Identity>`
}

function writeParts(parts: EvidencePart[]): string {
  if (parts.length === 0) return ''
  const written = parts.map(
    part =>
      `<e:PartInfo>${element('Identifier', part.id)}${element('ContentType', part.contentType)}` +
      `<ds:DigestMethod xmlns:ds="${DS}" Algorithm="${DIGEST_URIS[part.digest.algorithm]}"></ds:DigestMethod>` +
      `<ds:DigestValue xmlns:ds="${DS}">${part.digest.value.toString('base64')}</ds:DigestValue></e:PartInfo>`
  )
  return (
    `<e:UserContentInfo><ComposingParts>${parts.length}</ComposingParts>` +
    `<e:PartsInfo>${written.join('')}</e:PartsInfo></e:UserContentInfo>`
  )
}
