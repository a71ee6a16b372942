import { createHash, sign } from 'node:crypto'
import * as asn1js from 'asn1js'
import * as pkijs from 'pkijs'
import { type Identity, makeSealer, p384, rsa } from '../../test/test-authority.js'
import '../../test/test-tsa.js'
import { readDer } from '../der-reader.js'
import { Oid } from '../oids.js'
import { hashOf, nodeKeyOptions, type SealAlgorithm } from '../seal-algorithm.js'
import { CadesTemplate } from './cades-template.js'
import { readSignedData } from './read-signed-data.js'

const document = Buffer.from('Decyzja nr 1')
const signingTime = new Date('2026-11-22T12:00:00Z')
const view = (bytes: Buffer): ArrayBuffer => new Uint8Array(bytes).buffer

async function seal(algorithm: SealAlgorithm, identity: Identity, chain: Identity[], time?: Date, token?: Buffer) {
  const template = new CadesTemplate({
    certificate: identity.certificate,
    chain: chain.map(({ certificate }) => certificate),
    algorithm
  })
  const digest = createHash(hashOf(algorithm)).update(document).digest()
  const attributes = template.signedAttributes(digest, time)
  const signature = sign(hashOf(algorithm), attributes, { key: identity.key, ...nodeKeyOptions(algorithm) })
  return { cms: template.contentInfo(attributes, signature, token), attributes, signature }
}

function parsed(cms: Buffer): pkijs.SignedData {
  const info = pkijs.ContentInfo.fromBER(view(cms))
  return new pkijs.SignedData({ schema: info.content })
}

describe('the CAdES writer', () => {
  it.each([
    ['RSA-SHA256', rsa(3072)],
    ['RSA-SHA512', rsa(3072)],
    ['ECDSA-SHA256', undefined],
    ['ECDSA-SHA384', p384]
  ] as const)('makes with %s what pkijs verifies, chain included', async (algorithm, kind) => {
    const { root, authority, institution } = await makeSealer(kind)
    const { cms } = await seal(algorithm, institution, [authority], signingTime)
    const verdict = await parsed(cms).verify({
      signer: 0,
      data: view(document),
      trustedCerts: [pkijs.Certificate.fromBER(view(root.certificate))],
      checkChain: true,
      checkDate: signingTime,
      extendedMode: true
    })
    expect(verdict).toMatchObject({ signatureVerified: true, signerCertificateVerified: true })
    const other = parsed(cms).verify({ signer: 0, data: view(Buffer.from('Decyzja nr 2')), extendedMode: true })
    await expect(other).rejects.toThrow(/digest|hash/i)
  })

  it('writes DER: read by another library and written again it is the same, sets are sorted', async () => {
    const { authority, institution } = await makeSealer(rsa(3072))
    const { cms } = await seal('RSASSA-PSS-SHA256', institution, [authority], signingTime)
    expect(Buffer.from(asn1js.fromBER(view(cms)).result.toBER()).equals(cms)).toBe(true)
    const sets: Buffer[][] = []
    const walk = (der: Buffer): void => {
      const node = readDer(der)
      if (!(node.tag & 0x20)) return
      const children = node.children().map(({ raw }) => raw)
      if (node.tag === 0x31) sets.push(children)
      children.forEach(walk)
    }
    walk(cms)
    const signer = readSignedData(cms).signer
    sets.push(
      readDer(signer.signedAttributes)
        .children()
        .map(({ raw }) => raw)
    )
    expect(sets.length).toBeGreaterThan(5)
    for (const set of sets) expect(set).toEqual([...set].sort((a, b) => Buffer.compare(a, b)))
  })

  it('has exactly the attributes of CAdES-B: with signing-time', async () => {
    const { authority, institution } = await makeSealer()
    const { cms } = await seal('ECDSA-SHA256', institution, [authority], signingTime)
    const { signer, content, contentType, certificates } = readSignedData(cms)
    expect([...signer.attributes.keys()].sort()).toEqual(
      [Oid.contentType, Oid.messageDigest, Oid.signingCertificateV2, Oid.signingTime].sort()
    )
    expect(contentType).toBe(Oid.data)
    expect(content).toBeUndefined()
    expect(certificates).toHaveLength(2)
    expect(signer.attributes.get(Oid.signingTime)![0]!.time()).toEqual(signingTime)
    expect(signer.unsignedAttributes.size).toBe(0)
  })

  it('leaves signing-time out for PAdES, and the default hash out of signing-certificate-v2', async () => {
    const { institution } = await makeSealer()
    const { cms } = await seal('ECDSA-SHA256', institution, [])
    const { signer } = readSignedData(cms)
    expect(signer.attributes.has(Oid.signingTime)).toBe(false)
    const certId = signer.attributes.get(Oid.signingCertificateV2)![0]!.children()[0]!.children()[0]!
    const [hash, issuerSerial, ...rest] = certId.children()
    expect(hash!.tag).toBe(0x04)
    expect(hash!.content).toEqual(createHash('sha256').update(institution.certificate).digest())
    expect(rest).toEqual([])
    const serial = issuerSerial!.children()[1]!.hex()
    expect(serial).toBe(institution.parsed.serialNumber.toUpperCase())
  })

  it('puts a time stamp among the unsigned attributes and changes nothing else', async () => {
    const { institution } = await makeSealer(rsa(2048))
    const token = readDer(Buffer.from('3003020105', 'hex')).raw
    const plain = await seal('RSA-SHA256', institution, [], signingTime)
    const stamped = await seal('RSA-SHA256', institution, [], signingTime, token)
    const { signer } = readSignedData(stamped.cms)
    expect(signer.signature).toEqual(plain.signature)
    expect(signer.unsignedAttributes.get(Oid.signatureTimeStamp)![0]!.raw).toEqual(token)
    expect([...signer.unsignedAttributes.keys()]).toEqual([Oid.signatureTimeStamp])
  })
})
