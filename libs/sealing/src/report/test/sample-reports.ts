import { TrustStore } from '../../certificate/trust-store.js'
import { readPadesSignatures } from '../../pades/read-pades.js'
import { BufferSource } from '../../source.js'
import type { ReadSignature, ReadSignatures } from '../../validation/read-signature.js'
import type { SignatureReport, ValidationReport } from '../../validation/report.js'
import { validate } from '../../validation/validate.js'
import {
  type Identity,
  issue,
  nonRepudiation,
  p384,
  rsa,
  sealQcStatements,
  timeStampingOnly
} from '../../../test/test-authority.js'
import { found, foundSignature, foundTimestamp, materialOf } from '../../../test/test-found.js'
import { makeCrl, makeOcsp, ocspNoCheck, ocspSigning } from '../../../test/test-revocation.js'
import { appendRevision, signByHand } from '../../../test/test-signed-pdfs.js'

const date = (text: string) => new Date(text)

/** Reports that the real validation wrote, of the kinds that readers of reports will see. */
export class SampleReports {
  private constructor(
    private readonly root: Identity,
    private readonly ca: Identity,
    readonly seal: Identity,
    private readonly tsaRoot: Identity,
    private readonly tsa: Identity,
    private readonly ocsp: Buffer,
    private readonly crls: readonly Buffer[]
  ) {}

  static async make(): Promise<SampleReports> {
    const root = await issue({ subject: 'CN=Test Root, O=Test Trust', ca: true })
    const ca = await issue({ subject: 'CN=Test Issuing CA, O=Test Trust', ca: true, issuer: root, key: p384 })
    const seal = await issue({
      subject: 'CN=Gmina Żółwin – pieczęć, O=Gmina Żółwin, 2.5.4.97=VATPL-5260250274, C=PL',
      issuer: ca,
      key: rsa(3072),
      notBefore: '2026-01-01T00:00:00Z',
      notAfter: '2028-01-01T00:00:00Z',
      extensions: [nonRepudiation, sealQcStatements]
    })
    const responder = await issue({ subject: 'CN=Test OCSP', issuer: ca, extensions: [ocspSigning, ocspNoCheck] })
    const tsaRoot = await issue({ subject: 'CN=Test TSA Root, O=Test Time', ca: true })
    const tsa = await issue({ subject: 'CN=Test TSA 1, O=Test Time', issuer: tsaRoot, extensions: [timeStampingOnly] })
    const [thisUpdate, nextUpdate] = [date('2026-05-15T00:00:00Z'), date('2026-08-01T00:00:00Z')]
    const crls = await Promise.all([root, tsaRoot].map(issuer => makeCrl({ issuer, thisUpdate, nextUpdate })))
    const times = { thisUpdate: date('2026-06-01T12:05:00Z'), nextUpdate: date('2026-06-02T12:05:00Z') }
    const ocsp = await makeOcsp({ certificate: seal, issuer: ca, signer: responder, enclose: [responder], ...times })
    return new SampleReports(root, ca, seal, tsaRoot, tsa, ocsp, crls)
  }

  /** CAdES B-LTA, everything good. */
  passed(): Promise<ValidationReport> {
    return this.signed()
  }

  /** No revocation information, and no time stamp. */
  indeterminate(): Promise<ValidationReport> {
    return this.report(found(foundSignature(this.seal, [this.ca], { algorithm: '1.2.840.113549.1.1.11' })))
  }

  /** The data do not fit the signature. */
  failed(): Promise<ValidationReport> {
    return this.signed({
      integrity: { indication: 'FAILED', subIndication: 'HASH_FAILURE', why: 'the content is not what was signed' }
    })
  }

  /** The signing certificate was revoked before anything proves that the signature existed. */
  async revoked(): Promise<ValidationReport> {
    const status = { revokedAt: date('2026-05-20T08:00:00Z'), reason: 1 }
    const times = { thisUpdate: date('2026-06-01T12:30:00Z'), nextUpdate: date('2026-06-02T12:30:00Z') }
    const answer = await makeOcsp({ certificate: this.seal, issuer: this.ca, status, ...times })
    return this.signed({ material: { ...this.material(), ocspResponses: [answer] } })
  }

  /** A real PDF, sealed, and changed after that in a way that nobody permitted. */
  async changedPdf(): Promise<ValidationReport> {
    const sealed = await signByHand(this.seal, [this.ca], { signingTime: 'D:20260601115900Z' })
    const text = 'BT /F1 24 Tf 72 700 Td (Other words) Tj ET'
    const objects = { 4: `<< /Length ${text.length} >>\nstream\n${text}\nendstream` }
    const { signatures } = readPadesSignatures(new BufferSource(appendRevision(sealed, { objects })))
    return this.report(found({ ...signatures[0]!, material: this.material() }))
  }

  /** A time stamp without any signature. */
  async timestampAlone(): Promise<ValidationReport> {
    const stamp = await foundTimestamp('archive', this.tsa, '2026-06-01T12:00:01Z', { enclose: [this.tsa] })
    const digest = { hash: 'sha256' as const, value: Buffer.alloc(32, 7) }
    const scopes = [{ name: 'umowa.pdf', kind: 'whole-file' as const, complete: true, digest }]
    const alone = { ...stamp, kind: 'document' as const, covers: this.material(), scopes }
    return this.report({ signatures: [], timestamps: [alone] })
  }

  private async signed(changed: Partial<ReadSignature> = {}): Promise<ValidationReport> {
    const covers = changed.material ?? this.material()
    const stamp = (kind: 'content' | 'signature' | 'archive', at: string) =>
      foundTimestamp(kind, this.tsa, at, { enclose: [this.tsa], covers: kind === 'archive' ? covers : undefined })
    const digest = { hash: 'sha256' as const, value: Buffer.alloc(32, 9) }
    const signature = foundSignature(this.seal, [this.ca], {
      algorithm: '1.2.840.113549.1.1.11',
      claimedSigningTime: date('2026-06-01T11:59:58Z'),
      scopes: [{ name: 'decyzja nr 17 & załącznik.xml', kind: 'whole-file', complete: true, digest }],
      material: covers,
      policy: '1.2.3.4',
      timestamps: [
        await stamp('content', '2026-06-01T11:59:50Z'),
        await stamp('signature', '2026-06-01T12:00:01Z'),
        await stamp('archive', '2026-06-01T12:10:00Z')
      ],
      ...changed
    })
    return this.report(found(signature))
  }

  private material() {
    return materialOf({ certificates: [this.ca, this.tsaRoot], ocsp: [this.ocsp], crls: this.crls })
  }

  private report(read: ReadSignatures): Promise<ValidationReport> {
    const trust = new TrustStore([
      this.root.certificate,
      { certificate: this.tsaRoot.certificate, purposes: ['time-stamp'] }
    ])
    return validate(read, { trust, at: date('2026-06-01T13:00:00Z') })
  }
}

/** A report with its first signature changed: for what the real validation says only with rare input. */
export function withSignature(report: ValidationReport, changed: Partial<SignatureReport>): ValidationReport {
  const [first, ...others] = report.signatures
  return { ...report, signatures: [{ ...first!, ...changed }, ...others] }
}

/** A trusted list as a report names it. */
export const trustedList = (expired: boolean) => ({
  territory: 'PL',
  sequenceNumber: 139,
  issued: '2026-05-01T08:00:00.000Z',
  nextUpdate: expired ? '2026-05-20T08:00:00.000Z' : '2026-10-01T08:00:00.000Z',
  expired
})
