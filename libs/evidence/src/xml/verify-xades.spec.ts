import { execFileSync } from 'node:child_process'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ExtendedKeyUsage, Extension, KeyUsageFlags } from '@peculiar/x509'
import { erdsEvidence, proof, sealed } from '../../test/test-evidence.js'
import { makeParty } from '../../test/test-pki.js'
import { goodSeal, makeWorld, STAMPING, type TestWorld } from '../../test/world.js'
import { verifyXades } from './verify-xades.js'

const itNeedingXmlsec = hasTool('xmlsec1') ? it : it.skip
if (itNeedingXmlsec === it.skip) console.warn('skipped: xmlsec1 is not here to give a second opinion')

let world: TestWorld
beforeAll(async () => {
  world = await makeWorld()
})

const verify = (document: string, at = world.now, trust = world.trust) => verifyXades(Buffer.from(document), trust, at)
const verdict = (document: string, at = world.now) => {
  const { indication, subIndication } = verify(document, at)
  return [indication, subIndication].filter(Boolean).join(' ')
}

describe('a good seal', () => {
  it('passes as B-T, with the signer, the proven time and the sealed text', () => {
    const unsealed = erdsEvidence()
    const report = verify(goodSeal(world, unsealed).document)
    expect(report).toMatchObject({
      indication: 'PASSED',
      level: 'XAdES-B-T',
      signingTime: '2026-11-02T09:15:03Z',
      timestamp: { genTime: new Date('2026-11-02T09:15:05Z') },
      signedBy: { subject: 'Operator', organisation: 'Operator Sp. z o.o.', organisationId: 'VATPL-Operator' },
      signedXml: unsealed.before + unsealed.after
    })
    expect(report.subIndication).toBeUndefined()
    expect(report.checks.filter(c => c.ok === false)).toEqual([])
  })

  it('passes as B-B without a time stamp, and over the Id of the root', () => {
    expect(verify(goodSeal(world, erdsEvidence(), { tsa: undefined }).document).level).toBe('XAdES-B-B')
    expect(verdict(goodSeal(world, erdsEvidence({ rootId: 'ev' }), { documentUri: '#ev' }).document)).toBe('PASSED')
  })

  it('passes on a national proof, whose root stands in a default namespace', () => {
    expect(verdict(goodSeal(world, proof({ received: '2026-11-02T10:15:03+01:00' })).document)).toBe('PASSED')
  })

  it.each([
    ['rsa-sha256', 'sha256'],
    ['rsa-sha512', 'sha512']
  ])('passes with %s', async (method, hash) => {
    const rsa = await makeParty({ name: 'Operator', key: 'RSA-2048', issuer: world.issuing })
    const wish = { seal: rsa, hash, method: `http://www.w3.org/2001/04/xmldsig-more#${method}` }
    expect(verdict(goodSeal(world, erdsEvidence(), wish).document)).toBe('PASSED')
  })

  it('passes with ECDSA over P-384 and SHA-384, also in the digests', async () => {
    const seal = await makeParty({ name: 'Operator', key: 'P-384', issuer: world.issuing })
    const more = 'http://www.w3.org/2001/04/xmldsig-more#'
    const wish = {
      seal,
      hash: 'sha384',
      method: `${more}ecdsa-sha384`,
      digest: { uri: `${more}sha384`, name: 'sha384' }
    }
    expect(verdict(goodSeal(world, erdsEvidence(), wish).document)).toBe('PASSED')
  })

  it('passes when the very certificate of the service is pinned, and when a byte order mark precedes', () => {
    const document = goodSeal(world, erdsEvidence(), { chain: [] }).document
    const trust = { ...world.trust, providers: [world.provider.pem] }
    expect(verify('\ufeff' + document, world.now, trust).indication).toBe('PASSED')
  })

  it('passes with characters that XML 1.1 takes for line ends', () => {
    const unsealed = erdsEvidence({ reason: 'wiersz\u2028drugi\u0085trzeci' })
    const report = verify(goodSeal(world, unsealed).document)
    expect(report).toMatchObject({ indication: 'PASSED', signedXml: unsealed.before + unsealed.after })
  })

  it('passes after white space and comments moved outside what is canonical', () => {
    const { document } = goodSeal(world, erdsEvidence())
    const moved = `<?xml version="1.0" encoding="utf-8"?>\n<!-- printed --> ${document.replace('<EventTime>', '<EventTime >')}\n`
    expect(verdict(moved)).toBe('PASSED')
  })

  itNeedingXmlsec('is judged the same way by xmlsec1', () => {
    const good = goodSeal(world, erdsEvidence())
    expect(xmlsec(good.document)).toBe(true)
    expect(xmlsec(good.document.replace('09:15:02.250Z', '09:15:02.251Z'))).toBe(false)
  })

  it('is read the same way when the signature comes first and the references are swapped', () => {
    const swapped = goodSeal(world, erdsEvidence(), {
      editSignedInfo: xml =>
        xml.replace(/(<ds:Reference Id="r-doc".*?<\/ds:Reference>)(<ds:Reference Type.*?<\/ds:Reference>)/, '$2$1')
    })
    expect(verdict(swapped.document)).toBe('PASSED')
  })
})

describe('changed bytes', () => {
  it('fail with HASH_FAILURE when the document was changed, and give no text', () => {
    const changed = goodSeal(world, erdsEvidence()).document.replace('09:15:02.250Z', '09:15:02.251Z')
    expect(verify(changed)).toMatchObject({ indication: 'FAILED', subIndication: 'HASH_FAILURE', signedXml: '' })
  })

  it('fail with HASH_FAILURE when the signed properties were changed', () => {
    const changed = goodSeal(world, erdsEvidence()).document.replace('09:15:03Z', '09:15:04Z')
    expect(verdict(changed)).toBe('FAILED HASH_FAILURE')
  })

  it('fail with SIG_CRYPTO_FAILURE when SignedInfo was changed to fit', () => {
    const good = goodSeal(world, erdsEvidence())
    const other = goodSeal(world, erdsEvidence({ eventTime: '2026-11-02T09:15:02.251Z' }))
    expect(verdict(other.document.replace(other.signatureValue, good.signatureValue))).toBe('FAILED SIG_CRYPTO_FAILURE')
  })

  it('fail when the signed properties of another seal are put in', () => {
    const other = goodSeal(world, proof(), { seal: world.office })
    const good = goodSeal(world, erdsEvidence())
    const swapped = good.document.replace(good.signedProperties, other.signedProperties)
    expect(verify(swapped)).toMatchObject({ indication: expect.not.stringMatching('PASSED'), signedXml: '' })
    const swappedWithKey = swapped.replace(good.keyInfo, other.keyInfo)
    expect(verdict(swappedWithKey)).toBe('FAILED HASH_FAILURE')
  })

  it('fail for every single byte of the sealed text', () => {
    const good = goodSeal(world, erdsEvidence(), { tsa: undefined })
    const from = good.document.indexOf('<e:EvidenceIdentifier>')
    const until = good.document.indexOf('<ds:Signature')
    const offsets = Array.from({ length: 40 }, (_, i) => from + Math.floor(((until - from) * i) / 40))
    const judged = offsets.map(at => {
      const bytes = Buffer.from(good.document)
      bytes[at] = bytes[at] === 0x37 ? 0x38 : 0x37
      return verifyXades(bytes, world.trust, world.now).indication
    })
    expect(new Set(judged)).toEqual(new Set(['FAILED']))
  })
})

describe('moved seals', () => {
  const forged = () => erdsEvidence({ event: 'ContentHandover', messageId: 'PPSA-E-forged' })
  /** The good root, without its seal, to be hidden somewhere in a forged document. */
  const good = (rootId?: string) => {
    const unsealed = erdsEvidence({ rootId })
    const pieces = goodSeal(world, unsealed, { documentUri: rootId ? `#${rootId}` : '' })
    return { pieces, bare: unsealed.before + unsealed.after }
  }
  const wrap = (inside: string) => forged().before + inside + forged().after

  const variants: [what: string, stoppedBy: string, make: () => string][] = [
    [
      'seal on a forged root, original beside it',
      'references',
      () => wrap(good('ev').pieces.signature + good('ev').bare)
    ],
    [
      'original inside the signature’s Object',
      'references',
      () => {
        const { pieces, bare } = good('ev')
        return wrap(pieces.signature.replace('</ds:Signature>', `<ds:Object>${bare}</ds:Object></ds:Signature>`))
      }
    ],
    ['original with its seal inside a forged root', 'one-signature', () => wrap(good('ev').pieces.document)],
    ['original with its seal inside a forged root, URI empty', 'one-signature', () => wrap(good().pieces.document)],
    [
      'forged root with the same Id',
      'unique-ids',
      () => {
        const { pieces, bare } = good('ev')
        const root = erdsEvidence({ rootId: 'ev', event: 'ContentHandover' })
        return root.before + pieces.signature + bare + root.after
      }
    ],
    [
      'seal deeper in the forged document',
      'one-signature',
      () => wrap(`<wrapper>${good('ev').pieces.signature}</wrapper>`)
    ],
    [
      'two seals, the good one first',
      'one-signature',
      () => {
        const { pieces } = good()
        return pieces.document.replace(
          pieces.signature,
          pieces.signature +
            pieces.signature.replaceAll('sig-1', 'sig-2').replaceAll('props-1', 'props-2').replaceAll('r-doc', 'r-doc2')
        )
      }
    ],
    [
      'forged signed properties beside the good ones',
      'signature-shape',
      () => {
        const { pieces } = good()
        const more = pieces.signedProperties.replace('props-1', 'props-2').replace('09:15:03Z', '09:15:09Z')
        return pieces.document.replace('</xades:QualifyingProperties>', `${more}</xades:QualifyingProperties>`)
      }
    ],
    [
      'good signed properties moved into an extension, forged ones in their place',
      'signature-shape',
      () => {
        const { pieces } = good()
        const forgedProperties = pieces.signedProperties.replace('09:15:03Z', '09:15:09Z').replace(' Id="props-1"', '')
        const moved = pieces.document.replace(pieces.signedProperties, forgedProperties)
        return moved.replace('</ds:Signature>', `<ds:Object>${pieces.signedProperties}</ds:Object></ds:Signature>`)
      }
    ],
    [
      'two SignedInfo, the forged one first',
      'signature-shape',
      () => {
        const { pieces } = good()
        return pieces.document.replace(
          pieces.signedInfo,
          pieces.signedInfo.replace('r-doc', 'r-doc2') + pieces.signedInfo
        )
      }
    ],
    [
      'two SignedInfo, the forged one last',
      'signature-shape',
      () => {
        const { pieces } = good()
        return pieces.document.replace(
          pieces.signedInfo,
          pieces.signedInfo + pieces.signedInfo.replace('r-doc', 'r-doc2')
        )
      }
    ],
    [
      'comment in a DigestValue',
      'one-signature',
      () => good().pieces.document.replace('<ds:DigestValue>', '<ds:DigestValue><!--x-->')
    ],
    [
      'two DigestValue',
      'references',
      () => {
        const { pieces } = good()
        const value = /<ds:DigestValue>.*?<\/ds:DigestValue>/.exec(pieces.signedInfo)![0]
        return pieces.document.replace(value, value + value)
      }
    ],
    [
      'same Id twice',
      'unique-ids',
      () => {
        const { pieces } = good()
        return pieces.document.replace('<EventTime>', '<EventTime Id="props-1">')
      }
    ],
    [
      'same Id twice in another spelling',
      'unique-ids',
      () => good().pieces.document.replace('<EventTime>', '<EventTime ID="props-1">')
    ],
    [
      'seal of another document',
      'digests',
      () => {
        const { pieces } = good()
        return wrap(pieces.signature)
      }
    ],
    [
      'properties that point to another signature',
      'signed-properties',
      () => goodSeal(world, erdsEvidence(), { target: '#sig-2' }).document
    ],
    ['two roots', 'xml', () => `<a/>${good().pieces.document}`]
  ]

  it.each(variants)('%s: stopped by %s', (_what, stoppedBy, make) => {
    const report = verify(make())
    expect(report).toMatchObject({ indication: 'FAILED', signedXml: '' })
    expect(report.checks.filter(c => c.ok === false).map(c => c.name)).toEqual([stoppedBy])
  })

  it.each([
    [
      'an XPath transform',
      {
        documentTransforms:
          '<ds:Transform Algorithm="http://www.w3.org/TR/1999/REC-xpath-19991116"><ds:XPath>true()</ds:XPath></ds:Transform>'
      }
    ],
    [
      'an XSLT transform',
      { documentTransforms: '<ds:Transform Algorithm="http://www.w3.org/TR/1999/REC-xslt-19991116"></ds:Transform>' }
    ],
    [
      'canonicalisation with comments',
      {
        propertiesTransforms:
          '<ds:Transform Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#WithComments"></ds:Transform>'
      }
    ],
    [
      'no enveloped-signature',
      { documentTransforms: '<ds:Transform Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"></ds:Transform>' }
    ],
    ['a reference to a part of the document', { documentUri: '#part' }],
    ['a reference to somewhere else', { documentUri: 'http://127.0.0.1/evil.xml' }]
  ])('%s is not accepted', (_name, wish) => {
    expect(verdict(goodSeal(world, erdsEvidence(), wish).document)).toBe('FAILED FORMAT_FAILURE')
  })

  it('a third reference and a missing one are not accepted', () => {
    const third = (xml: string) => xml.replace(/(<ds:Reference) Id="r-doc"(.*?<\/ds:Reference>)/, '$1$2$1$2')
    const one = (xml: string) => xml.replace(/<ds:Reference Type.*?<\/ds:Reference>/, '')
    for (const editSignedInfo of [third, one]) {
      expect(verdict(goodSeal(world, erdsEvidence(), { editSignedInfo }).document)).toBe('FAILED FORMAT_FAILURE')
    }
  })
})

describe('algorithms', () => {
  it('HMAC with the public key as its key fails', () => {
    const wish = { hmac: true, method: 'http://www.w3.org/2001/04/xmldsig-more#hmac-sha256' }
    expect(verdict(goodSeal(world, erdsEvidence(), wish).document)).toBe('FAILED SIG_CRYPTO_FAILURE')
  })

  it('SHA-1 in signature or digest is not accepted', async () => {
    const rsa = await makeParty({ name: 'Operator', key: 'RSA-2048', issuer: world.issuing })
    const sha1 = { seal: rsa, hash: 'sha1', method: 'http://www.w3.org/2000/09/xmldsig#rsa-sha1' }
    const digest = { uri: 'http://www.w3.org/2000/09/xmldsig#sha1', name: 'sha1' }
    expect(verdict(goodSeal(world, erdsEvidence(), sha1).document)).toBe('INDETERMINATE CRYPTO_CONSTRAINTS_FAILURE')
    expect(verdict(goodSeal(world, erdsEvidence(), { digest }).document)).toBe(
      'INDETERMINATE CRYPTO_CONSTRAINTS_FAILURE'
    )
  })

  it('RSA of 1024 bits is not accepted', async () => {
    const rsa = await makeParty({ name: 'Operator', key: 'RSA-1024', issuer: world.issuing })
    const wish = { seal: rsa, method: 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256' }
    expect(verdict(goodSeal(world, erdsEvidence(), wish).document)).toBe('INDETERMINATE CRYPTO_CONSTRAINTS_FAILURE')
  })

  it('ECDSA with r = s = 0, and an unknown method, do not pass', () => {
    const { document, signatureValue } = goodSeal(world, erdsEvidence(), { tsa: undefined })
    const zero = signatureValue.replace(/>[^<]+</, `>${Buffer.alloc(64).toString('base64')}<`)
    expect(verdict(document.replace(signatureValue, zero))).toBe('FAILED SIG_CRYPTO_FAILURE')
    const unknown = goodSeal(world, erdsEvidence(), { method: 'urn:constructor' })
    expect(verdict(unknown.document)).toBe('INDETERMINATE CRYPTO_CONSTRAINTS_FAILURE')
  })
})

describe('trust', () => {
  it('an attacker with the names of the provider leads to no anchor, and nothing is read', () => {
    const document = sealed(erdsEvidence(), {
      seal: world.attacker,
      chain: [world.attackerRoot],
      tsa: world.tsa
    }).document
    const report = verify(document)
    expect(report).toMatchObject({
      indication: 'INDETERMINATE',
      subIndication: 'NO_CERTIFICATE_CHAIN_FOUND',
      signedXml: ''
    })
    expect(report).not.toHaveProperty('signedBy')
  })

  it('a good certificate in KeyInfo does not help a seal made with another key', () => {
    const wish = { seal: { ...world.provider, key: world.attacker.key } }
    expect(verdict(goodSeal(world, erdsEvidence(), wish).document)).toBe('FAILED SIG_CRYPTO_FAILURE')
  })

  it('the signer is named by the signed properties, not by KeyInfo', () => {
    const wish = { seal: world.attacker, chain: [world.provider, world.issuing], named: world.provider }
    expect(verdict(goodSeal(world, erdsEvidence(), wish).document)).toBe('FAILED SIG_CRYPTO_FAILURE')
    const unnamed = goodSeal(world, erdsEvidence(), { named: world.office })
    expect(verdict(unnamed.document)).toBe('INDETERMINATE NO_SIGNING_CERTIFICATE_FOUND')
    const without = goodSeal(world, erdsEvidence(), { withoutSigningCertificate: true })
    expect(verdict(without.document)).toBe('INDETERMINATE SIG_CONSTRAINTS_FAILURE')
  })

  it('somebody else under the same CA passes only while nobody said which providers count', () => {
    const document = goodSeal(world, erdsEvidence(), { seal: world.office }).document
    expect(verify(document).indication).toBe('PASSED')
    const trust = { ...world.trust, providerIds: ['VATPL-Operator'] }
    expect(verify(document, world.now, trust)).toMatchObject({
      subIndication: 'CHAIN_CONSTRAINTS_FAILURE',
      signedXml: ''
    })
    expect(verify(goodSeal(world, erdsEvidence()).document, world.now, trust).indication).toBe('PASSED')
  })

  it.each([
    ['a TLS server', { extended: { usages: [ExtendedKeyUsage.serverAuth], critical: false } }],
    ['a time-stamping authority', { extended: STAMPING }],
    ['a CA', { ca: true, usage: KeyUsageFlags.keyCertSign | KeyUsageFlags.digitalSignature }],
    ['a key for key agreement', { usage: KeyUsageFlags.keyAgreement }],
    ['an unknown critical extension', { extra: [new Extension('1.2.3.4', true, new Uint8Array([5, 0]))] }]
  ])('the certificate of %s makes no evidence', async (_name, wish) => {
    const seal = await makeParty({ name: 'Operator', issuer: world.root, ...wish })
    const document = goodSeal(world, erdsEvidence(), { seal, chain: [] }).document
    expect(verdict(document)).toBe('INDETERMINATE CHAIN_CONSTRAINTS_FAILURE')
  })

  it('a CA below a CA that may have none, and a leaf that issued a leaf, are not believed', async () => {
    const below = await makeParty({ name: 'Below', ca: true, issuer: world.issuing })
    const seal = await makeParty({ name: 'Operator', issuer: below })
    const long = goodSeal(world, erdsEvidence(), { seal, chain: [below, world.issuing] })
    expect(verdict(long.document)).toMatch(/^INDETERMINATE/)
    const child = await makeParty({ name: 'Operator', issuer: world.office })
    const fromLeaf = goodSeal(world, erdsEvidence(), { seal: child, chain: [world.office, world.issuing] })
    expect(verdict(fromLeaf.document)).toBe('INDETERMINATE NO_CERTIFICATE_CHAIN_FOUND')
  })

  it('a CA with a weak key, or one that signs with SHA-1, is not believed', async () => {
    const weak = await makeParty({ name: 'Weak', ca: true, issuer: world.root, key: 'RSA-1024' })
    const underWeak = await makeParty({ name: 'Operator', issuer: weak })
    const bySha1 = await makeParty({ name: 'Operator', issuer: world.issuing, hash: 'SHA-1' })
    const seals = [{ seal: underWeak, chain: [weak] }, { seal: bySha1 }]
    for (const wish of seals) {
      expect(verdict(goodSeal(world, erdsEvidence(), wish).document)).toBe('INDETERMINATE CRYPTO_CONSTRAINTS_FAILURE')
    }
  })

  it('an unreadable anchor is our fault and is thrown', () => {
    const document = goodSeal(world, erdsEvidence()).document
    expect(() => verify(document, world.now, { providers: ['nonsense'], tsas: [] })).toThrow()
  })
})

describe('time', () => {
  it('an expired certificate passes only with a time stamp from before', async () => {
    const seal = await makeParty({ name: 'Operator', issuer: world.issuing, to: '2026-12-01T00:00:00Z' })
    const later = new Date('2027-01-01T00:00:00Z')
    expect(verdict(goodSeal(world, erdsEvidence(), { seal }).document, later)).toBe('PASSED')
    expect(verdict(goodSeal(world, erdsEvidence(), { seal, tsa: undefined }).document, later)).toBe(
      'INDETERMINATE OUT_OF_BOUNDS_NO_POE'
    )
    const stampedLate = { seal, stampedAt: '2026-12-24T00:00:00Z' }
    expect(verdict(goodSeal(world, erdsEvidence(), stampedLate).document, later)).toBe(
      'INDETERMINATE OUT_OF_BOUNDS_NO_POE'
    )
  })

  it('a certificate from the future fails', async () => {
    const seal = await makeParty({ name: 'Operator', issuer: world.issuing, from: '2026-12-01T00:00:00Z' })
    expect(verdict(goodSeal(world, erdsEvidence(), { seal }).document)).toBe('FAILED NOT_YET_VALID')
  })

  it('a time stamp over other bytes, or by another key, keeps the seal from passing', () => {
    const bad = 'INDETERMINATE SIG_CONSTRAINTS_FAILURE'
    const seal = (wish: object) => verdict(goodSeal(world, erdsEvidence(), wish).document)
    expect(seal({ stampOver: Buffer.from('other') })).toBe(bad)
    expect(seal({ tokenFlaws: { signedBy: world.provider } })).toBe(bad)
    expect(seal({ tokenFlaws: { wrongContentDigest: true } })).toBe(bad)
    expect(seal({ tokenFlaws: { trailing: Buffer.from([0, 0]) } })).toBe(bad)
    expect(seal({ tokenFlaws: { withoutCertificate: true } })).toBe('INDETERMINATE NO_SIGNING_CERTIFICATE_FOUND')
  })

  it('a time stamp from the future, or by an unknown authority, keeps the seal from passing', async () => {
    const future = goodSeal(world, erdsEvidence(), { stampedAt: '2026-11-02T10:06:00Z' })
    expect(verdict(future.document)).toBe('INDETERMINATE TIMESTAMP_ORDER_FAILURE')
    const usage = KeyUsageFlags.digitalSignature
    const stranger = await makeParty({ name: 'Tsa', issuer: world.attackerRoot, extended: STAMPING, usage })
    const unknown = goodSeal(world, erdsEvidence(), { tsa: stranger })
    expect(verdict(unknown.document)).toBe('INDETERMINATE NO_CERTIFICATE_CHAIN_FOUND')
  })

  it('a certificate that is no authority’s, or does not say so critically, cannot stamp', async () => {
    for (const extended of [undefined, { ...STAMPING, critical: false }]) {
      const tsa = await makeParty({ name: 'Tsa', issuer: world.tsaRoot, extended })
      expect(verdict(goodSeal(world, erdsEvidence(), { tsa }).document)).toBe('INDETERMINATE CHAIN_CONSTRAINTS_FAILURE')
    }
  })
})

describe('nonsense', () => {
  it.each([
    ['nothing', ''],
    ['no seal', '<a/>'],
    ['a PDF', '%PDF-1.7\n'],
    ['an empty seal', '<a><ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#"/></a>'],
    ['a document type', '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>']
  ])('%s fails on its format and does not throw', (_name, text) => {
    expect(verdict(text)).toBe('FAILED FORMAT_FAILURE')
  })

  it('a broken time stamp or certificate does not throw', () => {
    const good = goodSeal(world, erdsEvidence())
    const token = /<xades:EncapsulatedTimeStamp>([^<]+)/.exec(good.document)![1]!
    const deep = Buffer.from('30803080'.repeat(5000), 'hex').toString('base64')
    for (const other of ['AAAA', '!!!', token.slice(0, 400), deep]) {
      expect(verdict(good.document.replace(token, other))).toMatch(/^INDETERMINATE/)
    }
    const key = /<ds:X509Certificate>([^<]+)/.exec(good.document)![1]!
    expect(verdict(good.document.replace(key, 'AAAA'))).toBe('INDETERMINATE NO_SIGNING_CERTIFICATE_FOUND')
  })
})

function hasTool(name: string): boolean {
  try {
    execFileSync('which', [name], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

/** Core validation by a tool that shares nothing with us. */
function xmlsec(document: string): boolean {
  const folder = mkdtempSync(join(tmpdir(), 'goniec-evidence-'))
  writeFileSync(join(folder, 'evidence.xml'), document)
  writeFileSync(join(folder, 'root.pem'), world.root.pem)
  writeFileSync(join(folder, 'issuing.pem'), world.issuing.pem)
  const ids = ['--id-attr:Id', 'http://uri.etsi.org/01903/v1.3.2#:SignedProperties']
  const trusted = ['--trusted-pem', join(folder, 'root.pem'), '--untrusted-pem', join(folder, 'issuing.pem')]
  try {
    const time = ['--verification-gmt-time', '2026-11-02 10:00:00']
    execFileSync('xmlsec1', ['--verify', ...ids, ...trusted, ...time, join(folder, 'evidence.xml')], { stdio: 'pipe' })
    return true
  } catch {
    return false
  }
}
