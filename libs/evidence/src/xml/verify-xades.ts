import { createHash, X509Certificate } from 'node:crypto'
import type { Document, Element } from '@xmldom/xmldom'
import { C14nCanonicalization, ExclusiveCanonicalization, findAncestorNs, SignedXml } from 'xml-crypto'
import {
  C14N,
  C14n11,
  C14N11,
  canonicalisations,
  digestMethods,
  EXC_C14N,
  hashAlgorithmClasses,
  keyFault,
  signatureAlgorithmClasses,
  signatureMethods
} from './algorithms.js'
import { buildChain, type Chain, chainTimeFault, type Pem, readCertificate } from './certificate-chain.js'
import { base64Of, DS, onlyChild, onlyDescendant, textOf, XADES } from './dom.js'
import { defaultXmlLimits, guardXml, parseStrictly, type XmlFault, type XmlLimits } from './guard-xml.js'
import { type Check, type Indication, indicationOf, type SubIndication, ValidationStop } from './report.js'
import { locateSignature, type SignatureParts } from './signature-structure.js'
import { type ProvenTime, verifyTimeStamp } from './verify-timestamp.js'

/** Whom we believe. Read at the first use, so never changed afterwards. */
export interface Trust {
  /** Certificates of the delivery services, or of the CAs above them. Pin the services themselves where you can. */
  readonly providers: readonly Pem[]
  /** Certificates of time-stamping authorities, or of the CAs above them. */
  readonly tsas: readonly Pem[]
  /**
   * organizationIdentifier values (EN 319 412-1, 5.1.4) that a sealing certificate must carry one of. Needed where
   * `providers` holds a CA: everybody who has a seal from that CA would pass otherwise, the sending office included.
   */
  readonly providerIds?: readonly string[]
}

type Anchors = Record<'providers' | 'tsas', X509Certificate[]>

/** Read once for each trust list that a program holds: they do not change under way. */
const anchorsRead = new WeakMap<Trust, Anchors>()

function anchorsOf(trust: Trust): Anchors {
  const read = (pems: readonly Pem[]) => pems.map(pem => new X509Certificate(pem))
  const anchors = anchorsRead.get(trust) ?? { providers: read(trust.providers), tsas: read(trust.tsas) }
  anchorsRead.set(trust, anchors)
  return anchors
}

/** What is known about one sealed XML document. */
export interface XadesReport {
  indication: Indication
  subIndication?: SubIndication
  /** Set when the bytes never reached a parser. */
  fault?: XmlFault
  signedBy?: { subject?: string; organisation?: string; organisationId?: string; serial: string; anchorId: string }
  /** The signature time stamp that verified. */
  timestamp?: { genTime: Date }
  /** Claimed by the signer, proven by nobody. */
  signingTime?: string
  level: 'XAdES-B-B' | 'XAdES-B-T' | 'unknown'
  /**
   * The canonical text that the seal was found to cover, without the seal itself: the only thing that facts may be read
   * from. Empty unless digests and signature value fit a certificate that leads to a pinned anchor.
   */
  signedXml: string
  checks: Check[]
}

/**
 * Verifies an enveloped XAdES seal (EN 319 132-1; EN 319 102-1, 5.3 and 5.5) over a whole document. Whatever the document
 * is, this does not throw: a failure inside any library is FAILED / FORMAT_FAILURE. Only an unreadable anchor throws.
 *
 * @param raw the bytes as received
 * @param at an instant at which these bytes are known to have existed: now, or, when old evidence is verified anew, the
 *   time at which it was received and entered in the ledger
 */
export function verifyXades(
  raw: Uint8Array,
  trust: Trust,
  at: Date,
  limits: XmlLimits = defaultXmlLimits
): XadesReport {
  // read outside the net below: an anchor that cannot be read is our mistake and not a fault of the evidence
  const anchors = anchorsOf(trust)
  const report: XadesReport = { indication: 'FAILED', level: 'unknown', signedXml: '', checks: [] }
  const guarded = guardXml(raw, limits)
  if (!guarded.ok) {
    report.checks.push({ name: 'xml', ok: false, detail: guarded.detail })
    return { ...report, subIndication: 'FORMAT_FAILURE', fault: guarded.fault }
  }
  report.checks.push({ name: 'xml', ok: true, detail: 'harmless and well-formed' })
  try {
    validate(guarded, anchors, trust.providerIds, at, report)
    report.indication = 'PASSED'
  } catch (error) {
    // whatever a library says about hostile input is a verdict on the input, and its words may quote it
    const stop =
      error instanceof ValidationStop ? error : new ValidationStop('FORMAT_FAILURE', 'signature', 'not understood')
    report.subIndication = stop.subIndication
    report.indication = indicationOf(stop.subIndication)
    report.checks.push({ name: stop.check, ok: false, detail: stop.detail })
  }
  return report
}

function validate(
  { text, document }: { text: string; document: Document },
  anchors: Anchors,
  providerIds: readonly string[] | undefined,
  at: Date,
  report: XadesReport
): void {
  const pass = (name: string, detail: string) => report.checks.push({ name, ok: true, detail })
  const parts = locateSignature(document)
  pass('structure', 'one signature over the whole document and its own properties')

  const certificates = parts.certificates.map(readCertificate).filter(c => c !== undefined)
  const leaf = chooseSigner(parts.signedProperties, certificates)
  const chain = buildChain(leaf, certificates, anchors.providers, 'seal')
  checkProvider(leaf, providerIds)
  report.signedBy = { ...nameOf(leaf), serial: leaf.serialNumber.toLowerCase(), anchorId: chain.anchorId }
  pass('trust', 'the certificate leads to a pinned trust anchor')

  const signed = checkCore(text, document, parts, leaf)
  report.signedXml = signed.document
  const properties = parseStrictly(signed.properties)
  // once more, now from the very bytes that the seal covers
  if (chooseSigner(properties.documentElement!, certificates) !== leaf) throw noSigner('another certificate was sealed')
  report.signingTime = textOf(
    onlyDescendant(properties.documentElement!, XADES, 'SignedSignatureProperties', 'SigningTime')
  )
  report.level = 'XAdES-B-B'
  pass('digests', 'both references fit')
  pass('signature', 'the signature value fits the certificate')

  const proven = checkTimeStamps(document, parts, anchors.tsas, at, report)
  if (proven) {
    report.timestamp = { genTime: proven.genTime }
    report.level = 'XAdES-B-T'
  }
  checkTime(chain, proven?.genTime, at)
  pass(
    'validity',
    proven ? 'the certificate was valid at the time stamp' : 'the certificate is valid at the given time'
  )
  report.checks.push({ name: 'revocation', ok: null, detail: 'not asked: no revocation source is configured' })
}

/**
 * The certificate that SigningCertificateV2 names by its digest (EN 319 132-1, 5.2.2). KeyInfo alone names nobody: it is
 * not signed.
 */
function chooseSigner(signedProperties: Element, certificates: X509Certificate[]): X509Certificate {
  const properties = onlyChild(signedProperties, XADES, 'SignedSignatureProperties')
  const named =
    onlyChild(properties, XADES, 'SigningCertificateV2') ?? onlyChild(properties, XADES, 'SigningCertificate')
  if (!named) throw new ValidationStop('SIG_CONSTRAINTS_FAILURE', 'signing-certificate', 'not named in the properties')
  const digest = onlyDescendant(onlyFirst(named), XADES, 'CertDigest')
  const method = onlyChild(digest, DS, 'DigestMethod')?.getAttribute('Algorithm') ?? ''
  const value = base64Of(onlyChild(digest, DS, 'DigestValue'))
  if (!value) throw new ValidationStop('FORMAT_FAILURE', 'signing-certificate', 'digest not readable')
  if (!Object.hasOwn(digestMethods, method)) {
    throw new ValidationStop('CRYPTO_CONSTRAINTS_FAILURE', 'signing-certificate', 'digest method is not accepted')
  }
  const found = certificates.find(c => createHash(digestMethods[method]!).update(c.raw).digest().equals(value))
  if (!found) throw noSigner('the named certificate is not in KeyInfo')
  return found
}

/** The first `Cert` is the signer's; others may follow for its issuers. */
function onlyFirst(named: Element): Element | undefined {
  return Array.from(named.getElementsByTagNameNS(XADES, 'Cert')).find(e => e.parentNode === named)
}

function checkProvider(leaf: X509Certificate, allowed: readonly string[] | undefined): void {
  if (!allowed) return
  const id = nameOf(leaf).organisationId
  if (!id || !allowed.includes(id)) {
    throw new ValidationStop('CHAIN_CONSTRAINTS_FAILURE', 'trust', 'the seal is not that of an expected provider')
  }
}

/** Core validation (XMLDSig 3.2) by xml-crypto with our key and our algorithms; gives back what was covered. */
function checkCore(
  text: string,
  document: Document,
  parts: SignatureParts,
  leaf: X509Certificate
): { document: string; properties: string } {
  const method = signatureMethods[parts.method]!
  const key = leaf.publicKey
  const weak = keyFault(key)
  if (weak) throw new ValidationStop('CRYPTO_CONSTRAINTS_FAILURE', 'algorithms', weak)
  if (method.key !== key.asymmetricKeyType)
    throw new ValidationStop('SIG_CRYPTO_FAILURE', 'signature', 'key of another kind')
  const verifier = new SignedXml({ publicCert: key, getCertFromKeyInfo: () => null })
  verifier.SignatureAlgorithms = signatureAlgorithmClasses
  verifier.HashAlgorithms = hashAlgorithmClasses
  const ours = Object.entries(verifier.CanonicalizationAlgorithms).filter(
    ([uri]) => canonicalisations.has(uri) || uri.endsWith('#enveloped-signature')
  )
  verifier.CanonicalizationAlgorithms = { ...Object.fromEntries(ours), [C14N11]: C14n11 }
  verifier.loadSignature(parts.signature)
  let fits: boolean
  try {
    fits = verifier.checkSignature(escapeLineEndingsOfXml11(text))
  } catch (error) {
    // the library gives a digest that differs as `false` and a signature value that differs as an exception
    if (error instanceof Error && error.message.startsWith('invalid signature')) {
      throw new ValidationStop('SIG_CRYPTO_FAILURE', 'signature', 'the signature value does not fit the certificate')
    }
    throw error
  }
  if (!fits) throw new ValidationStop('HASH_FAILURE', 'digests', 'the document was changed after sealing')
  const references = verifier.getSignedReferences()
  const covered = references[parts.documentReference]
  const properties = references[1 - parts.documentReference]
  if (references.length !== 2 || !covered || !properties) {
    throw new ValidationStop('FORMAT_FAILURE', 'references', 'not two verified references')
  }
  checkSameDocument(document, parts, covered, properties)
  return { document: covered, properties }
}

/**
 * xml-crypto parses the text with a parser of its own. If the two parsers had understood the text differently, our look
 * at the structure would be worth nothing; so what the library verified must be, in canonical form, what we looked at.
 */
function checkSameDocument(document: Document, parts: SignatureParts, covered: string, properties: string): void {
  const sameProperties = exclusive(parseStrictly(properties).documentElement!) === exclusive(parts.signedProperties)
  const { signature } = parts
  const following = signature.nextSibling
  const root = document.documentElement!
  root.removeChild(signature)
  const sameDocument = exclusive(parseStrictly(covered).documentElement!) === exclusive(root)
  root.insertBefore(signature, following)
  if (!sameProperties || !sameDocument) {
    throw new ValidationStop('FORMAT_FAILURE', 'same-document', 'two parsers disagree about the document')
  }
}

function exclusive(element: Element): string {
  return new ExclusiveCanonicalization().process(element, {})
}

/**
 * The library's parser takes U+0085 and U+2028 for line ends, as XML 1.1 has it; seals are made over XML 1.0, where they are
 * ordinary characters. Written as references they survive.
 */
function escapeLineEndingsOfXml11(text: string): string {
  return text.replace(/[\u0085\u2028]/g, c => `&#${c.charCodeAt(0)};`)
}

/** The first signature time stamp that verifies. One that is there and does not verify keeps the seal from passing. */
function checkTimeStamps(
  document: Document,
  parts: SignatureParts,
  anchors: X509Certificate[],
  at: Date,
  report: XadesReport
): ProvenTime | undefined {
  let fault: ValidationStop | undefined
  for (const element of parts.timeStamps) {
    try {
      const tokens = Array.from(element.getElementsByTagNameNS(XADES, 'EncapsulatedTimeStamp'))
      const token = tokens.length === 1 ? base64Of(tokens[0]) : undefined
      if (!token) throw new ValidationStop('FORMAT_FAILURE', 'timestamp', 'not exactly one token')
      const proven = verifyTimeStamp(token, stampedBytes(document, parts, element), anchors, at)
      report.checks.push({ name: 'timestamp', ok: true, detail: proven.genTime.toISOString() })
      return proven
    } catch (error) {
      fault ??=
        error instanceof ValidationStop ? error : new ValidationStop('FORMAT_FAILURE', 'timestamp', 'not understood')
    }
  }
  if (!fault) {
    report.checks.push({ name: 'timestamp', ok: null, detail: 'there is none' })
    return undefined
  }
  // anybody can put a bad time stamp beside a good seal: that casts doubt on it and does not make it a forgery
  const sub = indicationOf(fault.subIndication) === 'FAILED' ? 'SIG_CONSTRAINTS_FAILURE' : fault.subIndication
  throw new ValidationStop(sub, 'timestamp', `${fault.subIndication}: ${fault.detail}`)
}

/** What a signature time stamp covers: the ds:SignatureValue element in canonical form (EN 319 132-1, 5.3). */
function stampedBytes(document: Document, parts: SignatureParts, stamp: Element): Buffer {
  const algorithm = onlyChild(stamp, DS, 'CanonicalizationMethod')?.getAttribute('Algorithm') ?? C14N
  const element = parts.signatureValue
  if (algorithm === EXC_C14N) return Buffer.from(new ExclusiveCanonicalization().process(element, {}), 'utf8')
  if (!canonicalisations.has(algorithm)) {
    throw new ValidationStop('SIG_CONSTRAINTS_FAILURE', 'timestamp', 'canonicalisation is not allowed')
  }
  const path = `/*/*[local-name()='Signature' and namespace-uri()='${DS}']/*[local-name()='SignatureValue']`
  const ancestorNamespaces = findAncestorNs(document, path)
  return Buffer.from(new C14nCanonicalization().process(element, { ancestorNamespaces }), 'utf8')
}

function checkTime(chain: Chain, proven: Date | undefined, at: Date): void {
  const fault = chainTimeFault(chain, proven ?? at)
  if (fault === 'not-yet-valid')
    throw new ValidationStop('NOT_YET_VALID', 'validity', 'sealed before the certificate was valid')
  if (fault) throw new ValidationStop('OUT_OF_BOUNDS_NO_POE', 'validity', 'no proof that it was sealed before expiry')
}

/** From the subject of a certificate: common name, organisation, organizationIdentifier. */
function nameOf(certificate: X509Certificate): { subject?: string; organisation?: string; organisationId?: string } {
  const { CN, O, organizationIdentifier } = certificate.toLegacyObject().subject as unknown as Record<
    string,
    string | string[] | undefined
  >
  const one = (value: string | string[] | undefined) => (Array.isArray(value) ? value[0] : value)
  return { subject: one(CN), organisation: one(O), organisationId: one(organizationIdentifier) }
}

const noSigner = (detail: string) => new ValidationStop('NO_SIGNING_CERTIFICATE_FOUND', 'signing-certificate', detail)
