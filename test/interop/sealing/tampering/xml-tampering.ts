import type { Document } from '#sealing/plain'
import { documents, type JudgedWorld } from '../judged-world.js'
import { handMadeXades } from './hand-made-xades.js'
import { flipped, type Tampering } from './tampering.js'

/** The first stretch that fits; there must be one. */
const found = (text: string, pattern: RegExp): string => {
  const match = pattern.exec(text)
  if (!match) throw new Error(`nothing like ${pattern.source}`)
  return match[0]
}

/** Replaces the first stretch that fits. */
const swap = (text: string, pattern: RegExp, by: string | ((old: string) => string)): string => {
  const old = found(text, pattern)
  return text.replace(old, () => (typeof by === 'string' ? by : by(old)))
}

/** Base64 of other bytes of the same length: the first bit of the tenth byte is another. */
const otherBase64 = (element: string): string =>
  element.replace(
    />([A-Za-z0-9+/=]+)</,
    (_, text: string) => `>${flipped(Buffer.from(text, 'base64'), 9).toString('base64')}<`
  )

const value = /<ds:SignatureValue[^>]*>[^<]*<\/ds:SignatureValue>/
const keyInfo = /<ds:KeyInfo>.*?<\/ds:KeyInfo>/s
const x509 = /<ds:X509Certificate>[^<]*<\/ds:X509Certificate>/
const token = /<xades:EncapsulatedTimeStamp[^>]*>[^<]*<\/xades:EncapsulatedTimeStamp>/
const properties = /<ds:Object><xades:QualifyingProperties.*?<\/ds:Object>/s
const signedProperties = /<xades:SignedProperties .*?<\/xades:SignedProperties>/s
const reference = /<ds:Reference [^>]*SignedProperties.*?<\/ds:Reference>/s
const stamp = /<xades:SignatureTimeStamp .*?<\/xades:SignatureTimeStamp>/s
const unsigned = '</xades:UnsignedSignatureProperties>'

/** XAdES in all packagings, and what can be done to it. */
export async function xmlTamperings(world: JudgedWorld): Promise<Tampering[]> {
  const sealed = async (...[format, level]: [Parameters<JudgedWorld['seal']>[0], 'B-T' | 'B-LTA']) =>
    (await world.seal(format, documents.xml, { level })).toString('utf8')
  const enveloped = await sealed('XAdES-enveloped', 'B-T')
  const enveloping = await sealed('XAdES-enveloping', 'B-T')
  const detached = await sealed('XAdES-detached', 'B-T')
  const archived = await sealed('XAdES-enveloped', 'B-LTA')
  const twin = await sealed('XAdES-enveloped', 'B-T')
  const other = world.sandbox.pki.seal('institution-p384').certificate.toString('base64')
  const of = (name: string, text: string, more: Partial<Tampering> = {}): Tampering => ({
    name: `XAdES-${name}`,
    file: Buffer.from(text),
    ...more
  })
  const otherXml: Document = {
    ...documents.xml,
    source: world.sourceOf(Buffer.from('<pismo xmlns="urn:pismo"><tresc>inna</tresc></pismo>'))
  }
  const id = /Id="(xades-[0-9a-f]+)"/.exec(enveloped)![1]!
  const objectId = /<ds:Object Id="([^"]+)"/.exec(enveloping)![1]!
  const payload = found(enveloping, /<ds:Object Id=.*?<\/ds:Object>/s)
  const bare = enveloping.replace(/^<\?.*?\?>\s*/, '')
  const evil = '<pismo xmlns="urn:pismo"><tresc>Zapłać</tresc></pismo>'
  return [
    of('enveloped: the content', enveloped.replace('Zażółć', 'Zażółc')),
    of('enveloped: content added at the end', enveloped.replace('</pismo>', '<kwota>1</kwota></pismo>')),
    of('enveloped: a comment added', enveloped.replace('<tresc>', '<!-- uwaga --><tresc>')),
    of('enveloped: a processing instruction added', enveloped.replace('<tresc>', '<?uwaga?><tresc>')),
    of('enveloped: another form of the same tags', enveloped.replace('<tresc>', '<tresc >')),
    of('enveloped: a document type', enveloped.replace('<pismo', '<!DOCTYPE pismo><pismo')),
    of(
      'enveloped: an entity',
      enveloped.replace('<pismo', '<!DOCTYPE pismo [<!ENTITY a "Zażółć">]><pismo').replace('>Zażółć', '>&a;')
    ),
    of('enveloped: signing time', swap(enveloped, /SigningTime>\d{4}/, 'SigningTime>2020')),
    of('enveloped: MIME type', enveloped.replace('>application/xml<', '>application/pdf<')),
    of('enveloped: signature value', swap(enveloped, value, otherBase64)),
    of('enveloped: signature value empty', swap(enveloped, value, '<ds:SignatureValue></ds:SignatureValue>')),
    of('enveloped: digest of the content', swap(enveloped, /<ds:DigestValue>[^<]*<\/ds:DigestValue>/, otherBase64)),
    of('enveloped: digest of the signed properties', swap(enveloped, reference, otherBase64)),
    of(
      'enveloped: digest of the certificate',
      swap(enveloped, /<xades:CertDigest>.*?<\/xades:CertDigest>/s, otherBase64)
    ),
    of(
      'enveloped: canonicalisation method',
      swap(
        enveloped,
        /<ds:CanonicalizationMethod[^>]*>/,
        '<ds:CanonicalizationMethod Algorithm="http://www.w3.org/TR/2001/REC-xml-c14n-20010315">'
      )
    ),
    of('enveloped: signature method', enveloped.replace('#ecdsa-sha256', '#ecdsa-sha384')),
    of('enveloped: digest method', enveloped.replace('xmlenc#sha256', 'xmlenc#sha512')),
    of(
      'enveloped: enveloped-signature transform taken out',
      swap(enveloped, /<ds:Transform Algorithm="[^"]*enveloped-signature"><\/ds:Transform>/, '')
    ),
    of('enveloped: reference to the content taken out', swap(enveloped, /<ds:Reference Id.*?<\/ds:Reference>/s, '')),
    of('enveloped: reference to the signed properties taken out', swap(enveloped, reference, '')),
    of(
      'enveloped: type of the reference to the signed properties taken out',
      swap(enveloped, / Type="[^"]*SignedProperties"/, '')
    ),
    of(
      'enveloped: certificate of the signer exchanged',
      swap(enveloped, x509, `<ds:X509Certificate>${other}</ds:X509Certificate>`)
    ),
    of(
      'enveloped: another certificate put before',
      swap(enveloped, x509, old => `<ds:X509Certificate>${other}</ds:X509Certificate>${old}`)
    ),
    of('enveloped: certificates taken out', swap(enveloped, keyInfo, '')),
    of(
      'enveloped: SigningCertificateV2 taken out',
      swap(enveloped, /<xades:SigningCertificateV2>.*?<\/xades:SigningCertificateV2>/s, '')
    ),
    of('enveloped: signed properties taken out', swap(enveloped, signedProperties, '')),
    of('enveloped: all properties taken out', swap(enveloped, properties, '')),
    of('enveloped: properties of another signature', swap(enveloped, /Target="[^"]*"/, 'Target="#other"')),
    of(
      'enveloped: other properties before those that are signed',
      swap(
        enveloped,
        properties,
        old => old.replaceAll('-sp"', '-sp2"').replace('SigningTime>2026', 'SigningTime>2020') + old
      )
    ),
    of(
      'enveloped: other properties after those that are signed',
      swap(
        enveloped,
        properties,
        old => old + old.replaceAll('-sp"', '-sp2"').replace('SigningTime>2026', 'SigningTime>2020')
      )
    ),
    of(
      'enveloped: other signed properties beside',
      swap(
        enveloped,
        signedProperties,
        old => old.replace('-sp"', '-sp2"').replace('SigningTime>2026', 'SigningTime>2020') + old
      )
    ),
    of(
      'enveloped: signed properties moved to another place',
      swap(
        swap(enveloped, signedProperties, old =>
          old.replace('-sp"', '-sp2"').replace('SigningTime>2026', 'SigningTime>2020')
        ),
        /<\/ds:Signature>/,
        `<ds:Object>${found(enveloped, signedProperties).replace('<xades:SignedProperties', '<xades:SignedProperties xmlns:xades="http://uri.etsi.org/01903/v1.3.2#"')}</ds:Object></ds:Signature>`
      )
    ),
    of(
      'enveloped: an element with the id of the signed properties',
      enveloped.replace('<tresc>', `<tresc Id="${id}-sp">`)
    ),
    of(
      'enveloped: the signature twice',
      swap(enveloped, /<ds:Signature .*<\/ds:Signature>/s, old => old + old)
    ),
    of(
      'enveloped: the signature put into another document',
      swap(enveloped, /<tresc>.*?<\/tresc>/, '<tresc>inna</tresc>')
    ),
    of(
      'enveloped: the whole put into another document',
      `<koperta>${evil}${enveloped.replace(/^<\?.*?\?>\s*/, '')}</koperta>`
    ),
    of('enveloped: time stamp of another signature', swap(enveloped, token, found(twin, token))),
    of(
      'enveloped: time stamp changed',
      swap(enveloped, token, old =>
        old.replace(
          />([^<]*)</,
          (_, text: string) => `>${flipped(Buffer.from(text, 'base64'), -1).toString('base64')}<`
        )
      )
    ),
    of('enveloped: time stamp taken out', swap(enveloped, stamp, '')),
    of('enveloped: unsigned property added', enveloped.replace(unsigned, `<xades:CompleteRevocationRefs/>${unsigned}`)),
    of('enveloped: cut off', enveloped.slice(0, -20)),
    of('enveloped: text after the end', `${enveloped}<x/>`),

    of(
      'enveloped B-LTA: revocation values taken out',
      swap(archived, /<xades:RevocationValues.*?<\/xades:RevocationValues>/s, '')
    ),
    of(
      'enveloped B-LTA: certificate values taken out',
      swap(archived, /<xades:CertificateValues.*?<\/xades:CertificateValues>/s, '')
    ),
    of('enveloped B-LTA: signature time stamp taken out', swap(archived, stamp, '')),
    of(
      'enveloped B-LTA: property added before the archive time stamp',
      swap(
        archived,
        /<xades141:ArchiveTimeStamp/,
        old => `<xades:CompleteRevocationRefs></xades:CompleteRevocationRefs>${old}`
      )
    ),
    of(
      'enveloped B-LTA: property added after the archive time stamp',
      archived.replace(unsigned, `<xades:CompleteRevocationRefs/>${unsigned}`)
    ),
    of(
      'enveloped B-LTA: certificate added to KeyInfo',
      swap(archived, x509, old => `${old}<ds:X509Certificate>${other}</ds:X509Certificate>`)
    ),
    of(
      'enveloped B-LTA: archive time stamp taken out',
      swap(archived, /<xades141:ArchiveTimeStamp.*?<\/xades141:ArchiveTimeStamp>/s, '')
    ),

    of('enveloping: the content', enveloping.replace('Zażółć', 'Zażółc')),
    of(
      'enveloping: the signed object moved out',
      `<koperta xmlns:ds="http://www.w3.org/2000/09/xmldsig#">${evil}<x>${payload}</x>${bare.replace(payload, '')}</koperta>`
    ),
    of(
      'enveloping: the signed object moved out, another in its place',
      `<koperta xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><x>${payload}</x>${bare.replace(payload, payload.replace(objectId, 'o2').replace('Zażółć', 'Zapłać'))}</koperta>`
    ),
    of(
      'enveloping: an object with the same id before',
      bare.replace(payload, payload.replace('Zażółć', 'Zapłać') + payload)
    ),
    of(
      'enveloping: an object with the same id after',
      bare.replace(payload, payload + payload.replace('Zażółć', 'Zapłać'))
    ),
    of('enveloping: an object added', bare.replace(payload, `${payload}<ds:Object>${evil}</ds:Object>`)),
    of('enveloping: the signature inside another document', `<koperta>${evil}${bare}</koperta>`),
    of('enveloping: an element with the id of the object around', `<koperta Id="${objectId}">${evil}${bare}</koperta>`),
    of(
      'enveloping: order of objects',
      swap(bare.replace(payload, ''), properties, old => old + payload)
    ),

    of('detached: another document', detached, { original: otherXml }),
    of('detached: no document', detached),
    of('detached: the same under another name', detached, { original: { ...documents.xml, fileName: 'inny.xml' } }),
    of('detached: reference to another file', detached.replace('URI="pismo.xml"', 'URI="inny.xml"'), {
      original: documents.xml
    }),
    ...wrappings(world)
  ]
}

/** The eight classic ways to wrap a signature (XSW 1 to 8), carried over to a letter with an id. */
function wrappings(world: JudgedWorld): Tampering[] {
  const seal = world.sandbox.pki.seal('institution-p256')
  const good = '<pismo Id="p">Dziękuję</pismo>'
  const bad = (inside = '', id = 'bad') => `<pismo Id="${id}">Zapłać${inside}</pismo>`
  const signature = handMadeXades(seal, good)
  const around = handMadeXades(seal, good, `<ds:Object>${good}</ds:Object>`)
  const signed = good.replace('</pismo>', `${signature}</pismo>`)
  const of = (name: string, text: string, more: Partial<Tampering> = {}): Tampering => ({
    name: `XAdES wrapping ${name}`,
    file: Buffer.from(text),
    ...more
  })
  return [
    of('0: none', `<koperta>${signed}</koperta>`),
    of('1: the letter inside the signature of another root', bad(around)),
    of('2: the letter beside the signature in another root', bad(good + signature)),
    of('3: another letter before', `<koperta>${bad()}${signed}</koperta>`),
    of('4: the letter inside another one', `<koperta>${bad(signed)}</koperta>`),
    of('5: the signature in another letter', `<koperta>${bad(signature)}${good}</koperta>`),
    of('6: the signature with the letter in another letter', `<koperta>${bad(around)}</koperta>`),
    of('7: another letter with the same id in an extension', `<koperta><x>${bad('', 'p')}</x>${signed}</koperta>`),
    of('8: another letter with the same id around', `<koperta>${bad(around, 'p')}</koperta>`)
  ]
}
