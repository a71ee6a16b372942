import { createHash, sign } from 'node:crypto'
import * as asn1js from 'asn1js'
import * as pkijs from 'pkijs'
import { Refused } from '#platform/plain'
import { issue, nonRepudiation, p384, rsa } from '../../test/test-authority.js'
import { asBer } from '../../test/test-ber.js'
import { documentOf, SealingWorld } from '../../test/test-sealing-world.js'
import { issueToken } from '../../test/test-tsa.js'
import { attribute, oid, setOf } from '../der.js'
import { Oid } from '../oids.js'
import type { SealLevel } from '../seal-format.js'
import { BufferSource, readAll } from '../source.js'
import { readTstInfo } from '../timestamp/timestamp-message.js'
import { prepareCades } from './prepare-cades.js'
import { raiseCades } from './raise-cades.js'
import { readCadesSignatures } from './read-cades.js'
import { readCms } from './read-cms.js'
import { rewriteCms } from './rewrite-cms.js'

const view = (bytes: Buffer): ArrayBuffer => new Uint8Array(bytes).buffer
const letter = documentOf('pismo.txt', 'Decyzja nr 1')
const read = (bytes: Buffer, ...originals: (typeof letter)[]) => readCadesSignatures(new BufferSource(bytes), originals)
const one = (bytes: Buffer, ...originals: (typeof letter)[]) => read(bytes, ...originals).signatures[0]!

/** The same signature changed with pkijs. */
function changed(bytes: Buffer, change: (signed: pkijs.SignedData) => void): Buffer {
  const signed = new pkijs.SignedData({ schema: pkijs.ContentInfo.fromBER(view(bytes)).content })
  change(signed)
  const info = new pkijs.ContentInfo({ contentType: Oid.signedData, content: signed.toSchema(true) })
  return Buffer.from(info.toSchema().toBER())
}

async function refusal(work: Promise<unknown>): Promise<string> {
  const error: unknown = await work.then(
    () => undefined,
    (thrown: unknown) => thrown
  )
  if (!(error instanceof Refused)) throw new Error('not refused', { cause: error })
  return error.type.code
}

let world: SealingWorld
beforeAll(async () => {
  world = await SealingWorld.make()
})

describe('a CAdES seal', () => {
  it.each([
    ['RSA-SHA256', rsa(2048)],
    ['RSASSA-PSS-SHA384', rsa(2048)],
    ['ECDSA-SHA256', undefined],
    ['ECDSA-SHA384', p384]
  ] as const)('made with %s is baseline B-B and holds, inside and beside the document', async (algorithm, key) => {
    const own = await SealingWorld.make(algorithm, key)
    for (const format of ['CAdES-attached', 'CAdES-detached'] as const) {
      const sealed = own.seal(prepareCades, format, letter)
      const found = one(sealed, letter)
      expect(found).toMatchObject({
        format,
        integrity: { indication: 'PASSED' },
        baselineFaults: [],
        claimedSigningTime: own.clock.now(),
        counterSignatures: 0
      })
      expect(found.signingCertificate).toEqual(own.institution.certificate)
      expect(found.scopes).toMatchObject([{ kind: 'whole-file', complete: true }])
      expect(sealed.includes('Decyzja nr 1')).toBe(format === 'CAdES-attached')
    }
  })

  it('takes exactly one document', () => {
    const options = world.options('CAdES-detached')
    expect(() => prepareCades([], options)).toThrow(/nothing-to-seal/)
    expect(() => prepareCades([letter, letter], options)).toThrow(/one-document-only/)
  })

  it('read without its document is not judged, with another one fails, with several finds the right one', () => {
    const sealed = world.seal(prepareCades, 'CAdES-detached', letter)
    const other = documentOf('inne.txt', 'Decyzja nr 2')
    expect(one(sealed).integrity).toMatchObject({ subIndication: 'SIGNED_DATA_NOT_FOUND' })
    expect(one(sealed).scopes[0]!.complete).toBe(false)
    expect(one(sealed, other).integrity).toMatchObject({ indication: 'FAILED', subIndication: 'HASH_FAILURE' })
    expect(one(sealed, other, letter)).toMatchObject({
      integrity: { indication: 'PASSED' },
      scopes: [{ name: 'pismo.txt' }]
    })
  })

  it('with a changed content, value, attribute or type fails for that reason', () => {
    const sealed = world.seal(prepareCades, 'CAdES-attached', letter)
    const at = sealed.indexOf('Decyzja nr 1')
    const content = Buffer.from(sealed)
    content[at + 11] = 0x32
    expect(one(content).integrity).toMatchObject({ indication: 'FAILED', subIndication: 'HASH_FAILURE' })
    const value = Buffer.from(sealed)
    value[value.length - 1]! ^= 1
    expect(one(value).integrity).toMatchObject({ indication: 'FAILED', subIndication: 'SIG_CRYPTO_FAILURE' })
    const time = Buffer.from(sealed)
    time[time.indexOf('261122120000Z')] = 0x31
    expect(one(time).integrity).toMatchObject({ indication: 'FAILED', subIndication: 'SIG_CRYPTO_FAILURE' })
    const type = changed(sealed, signed => (signed.encapContentInfo.eContentType = '1.2.3'))
    expect(one(type).integrity).toMatchObject({ indication: 'FAILED', subIndication: 'FORMAT_FAILURE' })
    expect(one(type).baselineFaults).toEqual(['content-type-not-data'])
  })

  it('with a signed attribute twice has no form, since readers could differ', () => {
    const sealed = world.seal(prepareCades, 'CAdES-attached', letter)
    for (const type of [Oid.messageDigest, Oid.contentType]) {
      const twice = changed(sealed, signed => {
        const { attributes } = signed.signerInfos[0]!.signedAttrs!
        attributes.push(attributes.find(attribute => attribute.type === type)!)
      })
      expect(one(twice)).toMatchObject({
        integrity: { subIndication: 'FORMAT_FAILURE' },
        baselineFaults: ['attribute-repeated']
      })
    }
  })

  /** Signed anew after a change of the signed attributes. */
  const resigned = (change: (signer: pkijs.SignerInfo) => void, hash = 'sha256') =>
    changed(world.seal(prepareCades, 'CAdES-attached', letter), signed => {
      const signer = signed.signerInfos[0]!
      change(signer)
      const attributes = signer.signedAttrs!.attributes.map(one => Buffer.from(one.toSchema().toBER()))
      const value = sign(hash, setOf(attributes), world.institution.key)
      signer.signature = new asn1js.OctetString({ valueHex: view(value) })
    })
  const without = (type: string) => (signer: pkijs.SignerInfo) => {
    const set = signer.signedAttrs!
    set.attributes = set.attributes.filter(attribute => attribute.type !== type)
  }

  it('without an attribute that must be signed, or with one unsigned, has no form (RFC 5652, 11)', () => {
    const broken = { indication: 'FAILED', subIndication: 'FORMAT_FAILURE' }
    expect(one(resigned(() => undefined)).integrity).toEqual({ indication: 'PASSED' })
    for (const type of [Oid.contentType, Oid.messageDigest])
      expect(one(resigned(without(type))).integrity).toMatchObject(broken)
    expect(one(resigned(without(Oid.signingTime))).integrity).toEqual({ indication: 'PASSED' })
    const late = changed(world.seal(prepareCades, 'CAdES-attached', letter), ({ signerInfos: [signer] }) => {
      const attributes = signer!.signedAttrs!.attributes.filter(({ type }) => type === Oid.signingTime)
      signer!.unsignedAttrs = new pkijs.SignedAndUnsignedAttributes({ type: 1, attributes })
    })
    expect(one(late).integrity).toMatchObject(broken)
  })

  it.each([
    ['SHA-224', '2.16.840.1.101.3.4.2.4', 'sha224'],
    ['SHA3-256', '2.16.840.1.101.3.4.2.8', 'sha3-256'],
    ['the name of a signature algorithm for its digest', '1.2.840.10045.4.3.3', 'sha384']
  ])('digested by others: %s', (_, id, hash) => {
    const digest = createHash(hash).update('Decyzja nr 1').digest()
    const other = resigned(signer => {
      signer.digestAlgorithm = new pkijs.AlgorithmIdentifier({ algorithmId: id })
      signer.signatureAlgorithm = new pkijs.AlgorithmIdentifier({ algorithmId: '1.2.840.10045.2.1' })
      const stated = signer.signedAttrs!.attributes.find(({ type }) => type === Oid.messageDigest)!
      stated.values = [new asn1js.OctetString({ valueHex: view(digest) })]
    }, hash)
    expect(one(other)).toMatchObject({ integrity: { indication: 'PASSED' }, scopes: [{ digest: { hash } }] })
    expect(one(other).hashes).toContain(hash)
  })

  it('may have zeros and line ends behind it, and nothing else', () => {
    const sealed = world.seal(prepareCades, 'CAdES-attached', letter)
    const verdict = (...behind: Buffer[]) => one(Buffer.concat([sealed, ...behind])).integrity
    expect(verdict(Buffer.alloc(5000))).toEqual({ indication: 'PASSED' })
    expect(verdict(Buffer.from('\r\n'))).toEqual({ indication: 'PASSED' })
    expect(verdict(Buffer.from('\n0'))).toMatchObject({ subIndication: 'FORMAT_FAILURE' })
    expect(verdict(Buffer.alloc(100_000))).toMatchObject({ subIndication: 'FORMAT_FAILURE' })
    expect(verdict(sealed)).toMatchObject({ subIndication: 'FORMAT_FAILURE' })
  })

  it('is over the attributes in the order of DER, whatever the order in the file (RFC 5652, 5.4)', () => {
    const sealed = world.seal(prepareCades, 'CAdES-attached', letter)
    const shuffled = (resign: boolean) =>
      changed(sealed, signed => {
        const signer = signed.signerInfos[0]!
        signer.signedAttrs!.attributes.reverse()
        if (!resign) return
        const set = Buffer.from(signer.signedAttrs!.toSchema().toBER())
        set[0] = 0x31
        signer.signature = new asn1js.OctetString({ valueHex: view(sign('sha256', set, world.institution.key)) })
      })
    expect(one(shuffled(false)).integrity).toEqual({ indication: 'PASSED' })
    expect(one(shuffled(true)).integrity).toMatchObject({ subIndication: 'SIG_CRYPTO_FAILURE' })
  })

  it('trusts the certificate that it names and not one that was put in its place', async () => {
    const sealed = world.seal(prepareCades, 'CAdES-attached', letter)
    const { institution, issuer } = world
    const impostor = await issue({ subject: 'CN=X', issuer, extensions: [nonRepudiation] })
    const swapped = changed(sealed, signed => {
      signed.certificates = [impostor, issuer].map(({ certificate }) => pkijs.Certificate.fromBER(view(certificate)))
    })
    expect(one(swapped)).toMatchObject({
      integrity: { indication: 'INDETERMINATE', subIndication: 'NO_SIGNING_CERTIFICATE_FOUND' },
      signingCertificate: undefined
    })
    const redirected = changed(sealed, signed => {
      const sid = signed.signerInfos[0]!.sid as pkijs.IssuerAndSerialNumber
      sid.serialNumber = pkijs.Certificate.fromBER(view(impostor.certificate)).serialNumber
    })
    expect(one(redirected)).toMatchObject({
      integrity: { indication: 'INDETERMINATE', subIndication: 'NO_SIGNING_CERTIFICATE_FOUND' },
      baselineFaults: ['signer-identifier-mismatch']
    })
    expect(one(redirected).signingCertificate).toEqual(institution.certificate)
  })

  it('is read from BER and from PEM', () => {
    const sealed = world.seal(prepareCades, 'CAdES-detached', letter)
    expect(one(asBer(sealed), letter)).toMatchObject({ integrity: { indication: 'PASSED' }, baselineFaults: [] })
    const pem = `-----BEGIN CMS-----\n${sealed.toString('base64').replace(/(.{64})/g, '$1\n')}\n-----END CMS-----\n`
    expect(one(Buffer.from(pem), letter).integrity.indication).toBe('PASSED')
  })

  it('that is not one is a signature of no form', () => {
    for (const bytes of [Buffer.alloc(0), Buffer.from('%PDF-1.7'), world.institution.certificate])
      expect(one(bytes).integrity).toMatchObject({ indication: 'FAILED', subIndication: 'FORMAT_FAILURE' })
  })

  it('of others without signed attributes is verified over the content, and is not more than indeterminate', async () => {
    const { institution } = world
    const certificate = pkijs.Certificate.fromBER(view(institution.certificate))
    const content = new pkijs.EncapsulatedContentInfo({ eContentType: Oid.data })
    content.eContent = new asn1js.OctetString({ valueHex: view(Buffer.from('Decyzja nr 1')) })
    const signed = new pkijs.SignedData({
      version: 1,
      encapContentInfo: content,
      certificates: [certificate],
      signerInfos: [
        new pkijs.SignerInfo({
          version: 1,
          sid: new pkijs.IssuerAndSerialNumber({ issuer: certificate.issuer, serialNumber: certificate.serialNumber })
        })
      ]
    })
    await signed.sign(institution.cryptoKey, 0, 'SHA-256')
    const info = new pkijs.ContentInfo({ contentType: Oid.signedData, content: signed.toSchema(true) })
    const bytes = Buffer.from(info.toSchema().toBER())
    expect(one(bytes).integrity).toMatchObject({
      indication: 'INDETERMINATE',
      subIndication: 'SIG_CONSTRAINTS_FAILURE'
    })
    expect(one(bytes).baselineFaults).toContain('signing-certificate-missing')
    const other = Buffer.from(bytes)
    other[other.indexOf('Decyzja nr 1') + 11] = 0x32
    expect(one(other).integrity).toMatchObject({ subIndication: 'SIG_CRYPTO_FAILURE' })
  })
})

describe('raising a CAdES seal', () => {
  const levels: readonly SealLevel[] = ['B-T', 'B-LT', 'B-LTA', 'B-LTA']

  async function raised(bytes: Buffer, ...to: SealLevel[]): Promise<Buffer> {
    let file: BufferSource = new BufferSource(bytes)
    for (const level of to)
      file = new BufferSource(Buffer.from(readAll(await raiseCades(file, level, { ...tools(), originals: [letter] }))))
    return readAll(file)
  }
  const tools = () => ({ tsa: world.tsa, material: world.material, clock: world.clock })

  it.each(['CAdES-attached', 'CAdES-detached'] as const)(
    '%s goes through all levels and a renewal, and what was there keeps its bytes',
    async format => {
      const sealed = world.seal(prepareCades, format, letter)
      let file = sealed
      for (const level of levels) {
        const next = await raised(file, level)
        const [was, is] = [readCms(file), readCms(next)]
        expect(is.signers[0]!.fields).toEqual(was.signers[0]!.fields)
        for (const value of was.signers[0]!.unsigned) expect(is.signers[0]!.unsigned).toContainEqual(value)
        for (const certificate of was.certificates) expect(is.certificates).toContainEqual(certificate)
        expect(is.der).toBe(true)
        file = next
      }
      const found = one(file, letter)
      expect(found).toMatchObject({ integrity: { indication: 'PASSED' }, baselineFaults: [] })
      expect(found.timestamps.map(({ kind }) => kind)).toEqual(['signature', 'archive', 'archive'])
      for (const { token, imprint } of found.timestamps) {
        const info = readTstInfo(Buffer.from(readAll(readCms(token).content!)))
        expect(imprint('sha256')).toEqual(info.imprint)
      }
      const [, first, second] = found.timestamps
      expect(first!.covers!.ocspResponses).toHaveLength(1)
      expect(first!.covers!.crls).toHaveLength(2)
      // The renewal brought a newer list for the authority of the first archive time stamp, and covers it.
      expect(second!.covers!.crls).toHaveLength(3)
      // pkijs still verifies the signature itself.
      const signed = new pkijs.SignedData({ schema: pkijs.ContentInfo.fromBER(view(file)).content })
      const data = format === 'CAdES-detached' ? { data: view(Buffer.from('Decyzja nr 1')) } : {}
      await expect(signed.verify({ signer: 0, ...data })).resolves.toBe(true)
      expect(signed.version).toBe(5)
    }
  )

  it('asks for the standing of the signer and of each authority, and of the last authority alone when it renews', async () => {
    const archived = await raised(world.seal(prepareCades, 'CAdES-detached', letter), 'B-LTA')
    expect(world.material.asked.at(-1)!.map(({ certificate }) => certificate)).toEqual([
      world.institution.certificate,
      world.authority.certificate
    ])
    await raised(archived, 'B-LTA')
    expect(world.material.asked.at(-1)!.map(({ certificate }) => certificate)).toEqual([world.authority.certificate])
  })

  it('leaves alone what is there already', async () => {
    const archived = new BufferSource(await raised(world.seal(prepareCades, 'CAdES-detached', letter), 'B-LTA'))
    for (const level of ['B-B', 'B-T', 'B-LT'] as const)
      expect(await raiseCades(archived, level, { ...tools(), originals: [letter] })).toBe(archived)
  })

  it('raises what others wrote in BER, and signatures of several signers', async () => {
    const sealed = world.seal(prepareCades, 'CAdES-attached', letter)
    const second = readCms(world.seal(prepareCades, 'CAdES-attached', letter)).signers[0]!
    const both = changed(sealed, signed => {
      signed.signerInfos.push(new pkijs.SignerInfo({ schema: asn1js.fromBER(view(second.parts.whole)).result }))
    })
    for (const [bytes, signers] of [
      [asBer(sealed), 1],
      [asBer(both), 2],
      [both, 2]
    ] as const) {
      const { signatures } = read(await raised(bytes, ...levels))
      expect(signatures).toHaveLength(signers)
      for (const { integrity, timestamps } of signatures) {
        expect(integrity.indication).toBe('PASSED')
        for (const { token, imprint } of timestamps)
          expect(imprint('sha256')).toEqual(readTstInfo(Buffer.from(readAll(readCms(token).content!))).imprint)
      }
    }
  })

  it('makes archive time stamps that speak when something they cover is gone, and not when something is added', async () => {
    const archived = await raised(world.seal(prepareCades, 'CAdES-detached', letter), 'B-LTA')
    const archive = (bytes: Buffer) => one(bytes, letter).timestamps.find(({ kind }) => kind === 'archive')!
    expect(archive(archived).imprint('sha256')).toEqual(world.stamped.at(-1))
    const robbed = changed(archived, signed => signed.certificates!.pop())
    expect(archive(robbed).imprint('sha256')).toBeUndefined()
    const robbedOfList = changed(archived, signed => signed.crls!.pop())
    expect(archive(robbedOfList).imprint('sha256')).toBeUndefined()
    const unstamped = changed(archived, ({ signerInfos: [signer] }) => {
      const attributes = signer!.unsignedAttrs!
      attributes.attributes = attributes.attributes.filter(({ type }) => type !== Oid.signatureTimeStamp)
    })
    expect(archive(unstamped).imprint('sha256')).toBeUndefined()
    const { certificate } = await issue({ subject: 'CN=late', issuer: world.issuer })
    const enriched = readAll(rewriteCms(readCms(archived), { certificates: [certificate] }))
    expect(archive(enriched).imprint('sha256')).toEqual(world.stamped.at(-1))
    expect(archive(enriched).covers!.certificates).not.toContainEqual(certificate)
    const other = one(archived, documentOf('pismo.txt', 'Decyzja nr 2')).timestamps.find(
      ({ kind }) => kind === 'archive'
    )
    expect(other!.imprint('sha256')).not.toEqual(world.stamped.at(-1))
  })

  it('refuses what cannot be raised, with the reason', async () => {
    const sealed = world.seal(prepareCades, 'CAdES-detached', letter)
    const source = new BufferSource(sealed)
    const originals = [letter]
    const code = (file: Buffer, to: SealLevel, over: object) =>
      refusal(raiseCades(new BufferSource(file), to, { ...tools(), originals, ...over }))
    expect(await code(Buffer.from('nothing'), 'B-T', {})).toBe('sealing/cms-broken')
    expect(await code(sealed, 'B-T', { originals: [] })).toBe('sealing/sealed-document-missing')
    expect(await code(sealed, 'B-T', { originals: [documentOf('x', 'other')] })).toBe('sealing/seal-does-not-hold')
    expect(await code(sealed, 'B-LT', { material: undefined })).toBe('sealing/revocation-not-configured')
    const none = changed(sealed, signed => (signed.signerInfos = []))
    expect(await code(none, 'B-T', {})).toBe('sealing/seal-not-found')
    const token = await issueToken(world.authority, Buffer.alloc(32), undefined)
    const old = rewriteCms(readCms(sealed), { unsigned: new Map([[0, [attribute(Oid.archiveTimeStampV2, token)]]]) })
    expect(await code(readAll(old), 'B-LT', {})).toBe('sealing/cms-unsupported')
    expect(one(readAll(old), letter).timestamps[0]!.imprint('sha256')).toBeUndefined()
    const late = {
      ...world.tsa,
      stamp: async (imprint: Buffer) => ({ ...(await world.tsa.stamp(imprint)), genTime: new Date('2041-01-01') })
    }
    expect(await refusal(raiseCades(source, 'B-T', { ...tools(), originals, tsa: late }))).toBe(
      'sealing/certificate-not-valid'
    )
  })

  it('counts counter-signatures and keeps them', async () => {
    const sealed = world.seal(prepareCades, 'CAdES-detached', letter)
    const { parts } = readCms(sealed).signers[0]!
    const countersigned = readAll(
      rewriteCms(readCms(sealed), { unsigned: new Map([[0, [attribute(Oid.countersignature, parts.whole)]]]) })
    )
    const file = await raised(countersigned, 'B-LTA')
    expect(one(file, letter)).toMatchObject({ counterSignatures: 1, integrity: { indication: 'PASSED' } })
    expect(file.includes(Buffer.concat([oid(Oid.countersignature)]))).toBe(true)
  })
})
