import { DateTime } from 'luxon'
import type { EvidenceIssuer, EvidencePart, EvidenceParty, ProofKind } from './evidence-facts.js'
import type { SealCertificateFacts, UnsealedXml } from './seal-xades.js'
import { attribute, element } from './xml-text.js'

/** What a proof of sending or of receipt says. Times are instants; they are written with the offset of Warsaw. */
export interface ProofOfCorrespondence {
  proofId: string
  kind: ProofKind
  messageId: string
  sender: EvidenceParty
  recipient: EvidenceParty
  /** When the sender handed the letter in (M03 of A.1). */
  submittedAt: Date
  /** When the sender's provider accepted it (G05 of A.1). */
  acceptedAt: Date
  /** G05 of D.1; a proof of receipt only. */
  availableAt?: Date
  /** The moment of delivery; a proof of receipt only. */
  receivedAt?: Date
  parts: EvidencePart[]
  senderService: ProofService
  recipientService: ProofService
}

/** A delivery service as the proof prints it, with the certificate of the seal it uses. */
export interface ProofService {
  issuer: EvidenceIssuer
  certificate: SealCertificateFacts
  /** When this service sealed its evidence; absent while it has sealed none. */
  sealedAt?: Date
}

const CRD = 'http://crd.gov.pl/wzor/2021/09/01/10856/'
const PERSON = 'http://crd.gov.pl/xml/schematy/osoba/2009/11/16/'

const TITLES: Record<ProofKind, { title: string; meaning: string }> = {
  'BP.WX': {
    title: 'Potwierdzenie wysłania',
    meaning: 'Dokument jest dowodem wysłania, o którym mowa w art. 40 ustawy o doręczeniach elektronicznych'
  },
  'BP.OX': {
    title: 'Potwierdzenie otrzymania',
    meaning: 'Dokument jest dowodem otrzymania, o którym mowa w art. 40 ustawy o doręczeniach elektronicznych'
  }
}

/**
 * Proof of receipt (BP.OX) in the form of template 10856 of the Central Repository of Document Templates, not yet
 * sealed; canonical by construction, like the technical evidence.
 *
 * No public sample or template of the proof of sending (BP.WX) exists. Our hypothesis is the same form with its own
 * title and without the block DataOdbioru, because nothing has been received when it is issued.
 */
export function writeProof(proof: ProofOfCorrespondence): UnsealedXml {
  const { title, meaning } = TITLES[proof.kind]
  const before = [
    `<Dokument xmlns="${CRD}"><OpisDokumentu></OpisDokumentu><DaneDokumentu></DaneDokumentu>`,
    '<TrescDokumentu format="text/xml" kodowanie="XML" rodzaj="inny">',
    `<DaneDokumentu>${element('TytulDokumentu', title)}${element('OpisDokumentu', meaning)}</DaneDokumentu>`,
    `<DaneNadawcy>${writeParty(proof.sender)}</DaneNadawcy>`,
    `<DaneAdresata>${writeParty(proof.recipient)}</DaneAdresata>`,
    `<DataWyslania>${element('DataNadaniaPrzesylki', warsaw(proof.submittedAt))}`,
    `${element('DataAkceptacjiNadaniaPrzesylki', warsaw(proof.acceptedAt))}</DataWyslania>`,
    proof.kind === 'BP.OX' ? writeReceipt(proof) : '',
    `<DaneWiadomosci>${element('IdentyfikatorDowoduPotwierdzenia', proof.proofId)}`,
    `${element('IdentyfikatorWiadomosci', proof.messageId)}`,
    '<TrybDoreczenia>podstawowy</TrybDoreczenia></DaneWiadomosci>',
    `<DaneZalaczniki>${proof.parts.map(writePart).join('')}</DaneZalaczniki>`,
    writeService('DaneUslugiEDoreczenNadawcy', proof.senderService),
    writeService('DaneUslugiEDoreczenAdresata', proof.recipientService),
    '<Stopka>Dowód zabezpieczono pieczęcią elektroniczną dostawcy usługi. Wydruk jest kopią dowodu.</Stopka>',
    '</TrescDokumentu>'
  ].join('')
  return { before, after: '</Dokument>' }
}

function writeReceipt(proof: ProofOfCorrespondence): string {
  const available = element('DataUdostepnieniaDoOdbioru', proof.availableAt && warsaw(proof.availableAt))
  const received = element('DataPrzekazaniaAdresatowi', proof.receivedAt && warsaw(proof.receivedAt))
  return `<DataOdbioru>${available}${received}</DataOdbioru>`
}

function writeParty({ ade, party }: EvidenceParty): string {
  const person =
    party.kind === 'entity'
      ? '<Rodzaj>osoba prawna</Rodzaj>' + `<OsobaPrawna>${element('NazwaPodmiotu', party.name)}</OsobaPrawna>`
      : '<Rodzaj>osoba fizyczna</Rodzaj><OsobaFizyczna>' +
        element(`oso:Imie xmlns:oso="${PERSON}"`, party.givenName) +
        element(`oso:Nazwisko xmlns:oso="${PERSON}"`, party.familyName) +
        '</OsobaFizyczna>'
  return `<StronaKorespondencji>${person}</StronaKorespondencji>${element('AdresEDoreczen', ade)}`
}

function writePart(part: EvidencePart): string {
  const attributes = writeAttributes('AtrybutZalacznika', [
    ['IdZalacznika', part.id],
    ['TrescWiadomosci', part.isMessageText ? 'Tak' : 'Nie'],
    ['NazwaZalacznika', part.name],
    ['RozmiarZalacznika', String(part.size)]
  ])
  return `<DaneZalacznika>${attributes}</DaneZalacznika>`
}

function writeService(name: string, { issuer, certificate, sealedAt }: ProofService): string {
  const seal = writeAttributes('AtrybutPodpisu', [
    ['Wystawca', certificate.commonName],
    ['WazneOd', warsaw(certificate.notBefore)],
    ['WazneDo', warsaw(certificate.notAfter)],
    ['DataPodpisania', sealedAt && warsaw(sealedAt)],
    ['NrSeryjny', certificate.serialNumber]
  ])
  return (
    `<${name}>${element('IdentyfikatorUslugi', issuer.serviceId)}` +
    `${element('IdentyfikatorPolityki', issuer.policyId)}` +
    `<DanePodpisuWystawcy>${seal}</DanePodpisuWystawcy></${name}>`
  )
}

function writeAttributes(name: string, attributes: [name: string, value: string | undefined][]): string {
  return attributes
    .filter(([, value]) => value !== undefined)
    .map(
      ([attributeName, value]) =>
        `<${name} nazwaAtrybutu="${attribute(attributeName)}">${element('WartoscAtrybutu', value)}</${name}>`
    )
    .join('')
}

/** Local time of Warsaw with its offset, whole seconds, such as 2026-02-25T10:12:29+01:00. */
function warsaw(instant: Date): string {
  return DateTime.fromJSDate(instant, { zone: 'Europe/Warsaw' }).toFormat("yyyy-MM-dd'T'HH:mm:ssZZ")
}
