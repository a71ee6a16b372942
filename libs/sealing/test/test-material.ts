import * as x509 from '@peculiar/x509'
import * as asn1js from 'asn1js'
import * as pkijs from 'pkijs'
import type { Leaf, Material, MaterialSource } from '../src/material.js'
import type { Identity } from './test-authority.js'
import './test-tsa.js'

const view = (bytes: Buffer): ArrayBuffer => new Uint8Array(bytes).buffer

/** A CRL of `issuer` that revokes nobody, made with a library that the code under test does not use. */
export async function emptyCrl(issuer: Identity, thisUpdate: Date, nextUpdate: Date): Promise<Buffer> {
  const crl = await x509.X509CrlGenerator.create({
    issuer: issuer.parsed.subject,
    thisUpdate,
    nextUpdate,
    signingAlgorithm: { ...issuer.algorithm, hash: 'SHA-256' } as never,
    signingKey: issuer.cryptoKey,
    entries: []
  })
  return Buffer.from(crl.rawData)
}

/** An OCSP response "good" for `subject`, signed by its issuer itself. */
export async function goodOcsp(subject: Identity, issuer: Identity, at: Date): Promise<Buffer> {
  const certificate = pkijs.Certificate.fromBER(view(subject.certificate))
  const issuerCertificate = pkijs.Certificate.fromBER(view(issuer.certificate))
  const certId = new pkijs.CertID()
  await certId.createForCertificate(certificate, { hashAlgorithm: 'SHA-1', issuerCertificate })
  const response = new pkijs.SingleResponse({
    certID: certId,
    thisUpdate: at,
    nextUpdate: new Date(at.getTime() + 86_400_000)
  })
  response.certStatus = new asn1js.Primitive({ idBlock: { tagClass: 3, tagNumber: 0 } })
  const basic = new pkijs.BasicOCSPResponse()
  basic.tbsResponseData.responderID = issuerCertificate.subject
  basic.tbsResponseData.responses.push(response)
  basic.tbsResponseData.producedAt = at
  await basic.sign(issuer.cryptoKey, 'SHA-256')
  const whole = new pkijs.OCSPResponse({
    responseStatus: new asn1js.Enumerated({ value: 0 }),
    responseBytes: new pkijs.ResponseBytes({
      responseType: '1.3.6.1.5.5.7.48.1.1',
      response: new asn1js.OctetString({ valueHex: basic.toSchema().toBER() })
    })
  })
  return Buffer.from(whole.toSchema().toBER())
}

/** Material from authorities at hand: an OCSP response for each leaf where wanted, a CRL of every authority else. */
export class TestMaterial implements MaterialSource {
  readonly asked: Leaf[][] = []

  constructor(
    private readonly identities: readonly Identity[],
    private readonly clock: { now(): Date },
    private readonly ocspFor: readonly Identity[] = []
  ) {}

  async collect(leaves: readonly Leaf[]): Promise<Material> {
    this.asked.push([...leaves])
    const found = { certificates: new Set<Identity>(), ocspResponses: [] as Buffer[], crls: new Map<string, Buffer>() }
    const at = new Date(Math.floor(this.clock.now().getTime() / 1000) * 1000)
    for (const leaf of leaves) {
      let one = this.identities.find(({ certificate }) => certificate.equals(leaf.certificate))
      while (one) {
        const { parsed } = one
        found.certificates.add(one)
        const issuer = this.identities.find(other => other !== one && other.parsed.subject === parsed.issuer)
        if (!issuer) break
        if (this.ocspFor.includes(one)) found.ocspResponses.push(await goodOcsp(one, issuer, at))
        else if (!found.crls.has(issuer.parsed.subject))
          found.crls.set(issuer.parsed.subject, await emptyCrl(issuer, at, new Date(at.getTime() + 86_400_000)))
        one = issuer
      }
    }
    return {
      certificates: [...found.certificates].map(({ certificate }) => certificate),
      ocspResponses: found.ocspResponses,
      crls: [...found.crls.values()]
    }
  }
}
