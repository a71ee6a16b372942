import { createHash, createHmac, sign } from 'node:crypto'
import type { Party } from './test-pki.js'
import { makeToken, type TokenFlaws } from './test-tsa.js'

const DS = 'http://www.w3.org/2000/09/xmldsig#'
const XADES = 'http://uri.etsi.org/01903/v1.3.2#'
const EXC = 'http://www.w3.org/2001/10/xml-exc-c14n#'
const ENVELOPED = `${DS}enveloped-signature`
const SHA256 = 'http://www.w3.org/2001/04/xmlenc#sha256'
const PROPERTIES = 'http://uri.etsi.org/01903#SignedProperties'

/** A document written in its own exclusive canonical form, open at the place where the seal goes. */
export interface Unsealed {
  before: string
  after: string
}

/** How a seal shall differ from a good B-T one by an elliptic-curve key. */
export interface SealWish {
  seal: Party
  chain?: Party[]
  tsa?: Party
  stampedAt?: string
  /** Stamps these bytes instead of the signature value. */
  stampOver?: Buffer
  tokenFlaws?: TokenFlaws
  method?: string
  /** node:crypto digest of the signature. */
  hash?: string
  /** Digest method and node name for the references. */
  digest?: { uri: string; name: string }
  documentUri?: string
  documentTransforms?: string
  propertiesTransforms?: string
  /** Names another certificate in SigningCertificateV2. */
  named?: Party
  withoutSigningCertificate?: boolean
  signatureId?: string
  propertiesId?: string
  /** HMAC with the public key as its key. */
  hmac?: boolean
  /** Edits the canonical SignedInfo before it is signed. */
  editSignedInfo?: (xml: string) => string
  target?: string
}

const digest = (text: string | Buffer, name = 'sha256') => createHash(name).update(text).digest('base64')
const transform = (uri: string) => `<ds:Transform Algorithm="${uri}"></ds:Transform>`

/** Canonical text of a SignedInfo and the other pieces of a seal, so that attacks can rearrange them. */
export interface Pieces {
  signedInfo: string
  signatureValue: string
  keyInfo: string
  signedProperties: string
  unsigned: string
  signature: string
  document: string
}

/**
 * Seals by templates: every digested piece is written in canonical form by hand, no canonicaliser and no code of the
 * verifier takes part.
 */
export function sealed(unsealed: Unsealed, wish: SealWish): Pieces {
  const { uri, name } = wish.digest ?? { uri: SHA256, name: 'sha256' }
  const id = wish.signatureId ?? 'sig-1'
  const propertiesId = wish.propertiesId ?? 'props-1'
  const method = wish.method ?? 'http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256'
  const dsDigest = (over: string | Buffer) =>
    `<ds:DigestMethod xmlns:ds="${DS}" Algorithm="${SHA256}"></ds:DigestMethod>` +
    `<ds:DigestValue xmlns:ds="${DS}">${digest(over)}</ds:DigestValue>`
  const certificate = wish.withoutSigningCertificate
    ? ''
    : `<xades:SigningCertificateV2><xades:Cert><xades:CertDigest>${dsDigest((wish.named ?? wish.seal).der)}` +
      `</xades:CertDigest></xades:Cert></xades:SigningCertificateV2>`
  const signedProperties =
    `<xades:SignedProperties xmlns:xades="${XADES}" Id="${propertiesId}"><xades:SignedSignatureProperties>` +
    `<xades:SigningTime>2026-11-02T09:15:03Z</xades:SigningTime>${certificate}` +
    `</xades:SignedSignatureProperties></xades:SignedProperties>`
  const documentTransforms = wish.documentTransforms ?? transform(ENVELOPED) + transform(EXC)
  const propertiesTransforms = wish.propertiesTransforms ?? transform(EXC)
  const reference = (attributes: string, transforms: string, over: string) =>
    `<ds:Reference ${attributes}><ds:Transforms>${transforms}</ds:Transforms>` +
    `<ds:DigestMethod Algorithm="${uri}"></ds:DigestMethod><ds:DigestValue>${digest(over, name)}</ds:DigestValue></ds:Reference>`
  const written =
    `<ds:SignedInfo xmlns:ds="${DS}"><ds:CanonicalizationMethod Algorithm="${EXC}"></ds:CanonicalizationMethod>` +
    `<ds:SignatureMethod Algorithm="${method}"></ds:SignatureMethod>` +
    reference(`Id="r-doc" URI="${wish.documentUri ?? ''}"`, documentTransforms, unsealed.before + unsealed.after) +
    reference(`Type="${PROPERTIES}" URI="#${propertiesId}"`, propertiesTransforms, signedProperties) +
    `</ds:SignedInfo>`
  const signedInfo = wish.editSignedInfo ? wish.editSignedInfo(written) : written
  const value = wish.hmac
    ? createHmac('sha256', wish.seal.certificate.publicKey.toString('pem')).update(signedInfo).digest()
    : sign(wish.hash ?? 'sha256', Buffer.from(signedInfo), { key: wish.seal.key, dsaEncoding: 'ieee-p1363' })
  const signatureValue = `<ds:SignatureValue xmlns:ds="${DS}">${value.toString('base64')}</ds:SignatureValue>`
  const keyInfo =
    '<ds:KeyInfo><ds:X509Data>' +
    [wish.seal, ...(wish.chain ?? [])]
      .map(p => `<ds:X509Certificate>${p.der.toString('base64')}</ds:X509Certificate>`)
      .join('') +
    '</ds:X509Data></ds:KeyInfo>'
  const unsigned = wish.tsa ? unsignedProperties(signatureValue, wish, wish.tsa) : ''
  const signature =
    `<ds:Signature xmlns:ds="${DS}" Id="${id}">${signedInfo}${signatureValue}${keyInfo}<ds:Object>` +
    `<xades:QualifyingProperties xmlns:xades="${XADES}" Target="${wish.target ?? `#${id}`}">${signedProperties}${unsigned}` +
    `</xades:QualifyingProperties></ds:Object></ds:Signature>`
  const document = unsealed.before + signature + unsealed.after
  return { signedInfo, signatureValue, keyInfo, signedProperties, unsigned, signature, document }
}

function unsignedProperties(signatureValue: string, wish: SealWish, tsa: Party): string {
  const genTime = new Date(wish.stampedAt ?? '2026-11-02T09:15:05Z')
  const token = makeToken(wish.stampOver ?? Buffer.from(signatureValue), tsa, genTime, wish.tokenFlaws)
  return (
    '<xades:UnsignedProperties><xades:UnsignedSignatureProperties><xades:SignatureTimeStamp>' +
    `<ds:CanonicalizationMethod Algorithm="${EXC}"></ds:CanonicalizationMethod>` +
    `<xades:EncapsulatedTimeStamp>${token.toString('base64')}</xades:EncapsulatedTimeStamp>` +
    '</xades:SignatureTimeStamp></xades:UnsignedSignatureProperties></xades:UnsignedProperties>'
  )
}

/** What a piece of technical evidence shall say. */
export interface EvidenceWish {
  event?: string
  eventTime?: string
  messageId?: string
  sender?: string
  recipient?: string
  rootId?: string
  parts?: string
  reason?: string
}

export const SENDER = 'AE:PL-10000-20001-GMINA-27'
export const RECIPIENT = 'AE:PL-30000-40002-ODBIE-32'

/** Technical evidence of EN 319 522-3, canonical by hand: local elements in no namespace, as the schema has it. */
export function erdsEvidence(wish: EvidenceWish = {}): Unsealed {
  const party = (name: string, ade: string) =>
    `<e:${name}><Identifier IdentifierSchemeName="eDelivery">${ade}</Identifier></e:${name}>`
  const id = wish.rootId ? ` Id="${wish.rootId}"` : ''
  return {
    before:
      `<e:Evidence xmlns:e="http://uri.etsi.org/19522/v1#"${id} version="EN319522v1.1.1">\n` +
      '<e:EvidenceIdentifier>evidence-1</e:EvidenceIdentifier>' +
      `<e:ERDSEventId>http://uri.etsi.org/19522/Event/${wish.event ?? 'SubmissionAcceptance'}</e:ERDSEventId>` +
      (wish.reason
        ? '<e:EventReasons><e:EventReason><Code>http://uri.etsi.org/19522/EventReason/Some</Code>' +
          `<Details>${wish.reason}</Details></e:EventReason></e:EventReasons>`
        : '') +
      `<EventTime>${wish.eventTime ?? '2026-11-02T09:15:02.250Z'}</EventTime>` +
      party('SenderDetails', wish.sender ?? SENDER) +
      party('RecipientDetails', wish.recipient ?? RECIPIENT) +
      '<e:SubmissionTime>2026-11-02T09:15:00Z</e:SubmissionTime>' +
      '<EvidenceRefersToRecipient>1</EvidenceRefersToRecipient>' +
      `<e:MessageIdentifier>${wish.messageId ?? 'PPSA-E-1'}</e:MessageIdentifier>` +
      (wish.parts ? `<e:UserContentInfo><e:PartsInfo>${wish.parts}</e:PartsInfo></e:UserContentInfo>` : ''),
    after: '</e:Evidence>'
  }
}

/** One PartInfo with a digest of these bytes. */
export function partInfo(id: string, bytes: string, uri = SHA256, name = 'sha256'): string {
  return (
    `<e:PartInfo><Identifier>${id}</Identifier><ContentType>application/pdf</ContentType>` +
    `<ds:DigestMethod xmlns:ds="${DS}" Algorithm="${uri}"></ds:DigestMethod>` +
    `<ds:DigestValue xmlns:ds="${DS}">${digest(bytes, name)}</ds:DigestValue></e:PartInfo>`
  )
}

/** What a national proof shall say. */
export interface ProofWish {
  title?: string
  available?: string
  received?: string
  parts?: { id: string; name: string; size: string; text?: boolean }[]
}

/** A proof in the form of template 10856. */
export function proof(wish: ProofWish = {}): Unsealed {
  const side = (name: string, ade: string) => `<${name}><AdresEDoreczen>${ade}</AdresEDoreczen></${name}>`
  const attribute = (name: string, value: string) =>
    `<AtrybutZalacznika nazwaAtrybutu="${name}"><WartoscAtrybutu>${value}</WartoscAtrybutu></AtrybutZalacznika>`
  const parts = (wish.parts ?? []).map(
    p =>
      `<DaneZalacznika>${attribute('IdZalacznika', p.id)}${attribute('TrescWiadomosci', p.text ? 'Tak' : 'Nie')}` +
      `${attribute('NazwaZalacznika', p.name)}${attribute('RozmiarZalacznika', p.size)}</DaneZalacznika>`
  )
  const receipt = wish.received
    ? '<DataOdbioru>' +
      (wish.available ? `<DataUdostepnieniaDoOdbioru>${wish.available}</DataUdostepnieniaDoOdbioru>` : '') +
      `<DataPrzekazaniaAdresatowi>${wish.received}</DataPrzekazaniaAdresatowi></DataOdbioru>`
    : ''
  return {
    before:
      '<Dokument xmlns="http://crd.gov.pl/wzor/2021/09/01/10856/"><TrescDokumentu>' +
      `<DaneDokumentu><TytulDokumentu>${wish.title ?? 'Potwierdzenie otrzymania'}</TytulDokumentu></DaneDokumentu>` +
      side('DaneNadawcy', SENDER) +
      side('DaneAdresata', RECIPIENT) +
      '<DataWyslania><DataNadaniaPrzesylki>2026-11-02T10:15:00+01:00</DataNadaniaPrzesylki>' +
      '<DataAkceptacjiNadaniaPrzesylki>2026-11-02T10:15:02+01:00</DataAkceptacjiNadaniaPrzesylki></DataWyslania>' +
      receipt +
      '<DaneWiadomosci><IdentyfikatorDowoduPotwierdzenia>proof-1</IdentyfikatorDowoduPotwierdzenia>' +
      '<IdentyfikatorWiadomosci>PPSA-E-1</IdentyfikatorWiadomosci><TrybDoreczenia>podstawowy</TrybDoreczenia></DaneWiadomosci>' +
      `<DaneZalaczniki>${parts.join('')}</DaneZalaczniki></TrescDokumentu>`,
    after: '</Dokument>'
  }
}
