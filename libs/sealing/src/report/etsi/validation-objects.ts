import type { CertificateReport, RevocationReport, ScopeReport, ValidationReport } from '../../validation/report.js'
import { dateTime, objectType, own, proofByValidation } from './etsi-names.js'
import { digestOf, idOf, reference } from './report-pieces.js'
import { type Content, element, elementWith, type Xml } from './xml-writer.js'

/** A time at which something is proven to have existed; `by`: the id of the time stamp's object. */
export interface Proof {
  readonly time: string
  readonly by?: string
}

/** POE or BestSignatureTime (TS 119 102-2, 4.4.5); nothing for times that xs:dateTime cannot hold. */
export function proofOfExistence(name: 'POE' | 'BestSignatureTime', { time, by }: Proof): Xml | undefined {
  const at = dateTime(time)
  if (!at) return undefined
  return element(
    name,
    element('POETime', at),
    element('TypeOfProof', proofByValidation),
    by === undefined ? undefined : reference('POEObject', by)
  )
}

interface ValidationObject {
  readonly type: string
  representation: Content
  proof: Proof
  /** What a time stamp proves the existence of. */
  readonly provided:
    { readonly time: string; readonly objects: Set<string>; readonly signatures: Map<string, Xml> } | undefined
  readonly report: Xml | undefined
}

/**
 * The list at the end of a report: everything that the validation used, once each, by the digest that names it. The order is
 * the order of first use, so that the same report is always written the same.
 */
export class ValidationObjects {
  private readonly objects = new Map<string, ValidationObject>()

  constructor(private readonly validationTime: string) {}

  /** A certificate: by digest, and described in words of ours where it is more than a digest. */
  certificate(certificate: CertificateReport | Pick<CertificateReport, 'sha256'>): string {
    const { sha256 } = certificate
    const id = idOf('C', sha256)
    const described = 'serial' in certificate ? element('direct', certificateData(certificate)) : undefined
    const representation = [digestOf('sha256', sha256), described]
    this.put(id, { type: objectType('certificate'), representation })
    // It may have been referred to before anybody described it.
    const object = this.objects.get(id)!
    if (described) object.representation = representation
    return id
  }

  revocation({ kind, sha256 }: RevocationReport): string {
    const type = objectType(kind === 'ocsp' ? 'OCSPResponse' : 'CRL')
    return this.put(idOf('R', sha256), { type, representation: digestOf('sha256', sha256) })
  }

  /** A time stamp with the report of its own validation; the same token judged alike is one object. */
  timestamp(sha256: string, time: string | undefined, report: Xml): string {
    return this.put(idOf('T', sha256 + report.text), {
      type: objectType('timestamp'),
      representation: digestOf('sha256', sha256),
      provided: time === undefined ? undefined : { time, objects: new Set(), signatures: new Map() },
      report
    })
  }

  /** Notes what a time stamp proves: signatures by their ids, with a reference that finds them, and objects. */
  provides(
    timestamp: string,
    proven: { signature?: { id: string; reference: Xml }; objects?: readonly string[] }
  ): void {
    const provided = this.objects.get(timestamp)?.provided
    if (!provided) return
    if (proven.signature) provided.signatures.set(proven.signature.id, proven.signature.reference)
    for (const object of proven.objects ?? []) provided.objects.add(object)
  }

  /** Signed data: by digest, and in words of ours what they are. The earliest of `proofs` counts. */
  signedData({ name, kind, complete, digest }: ScopeReport, proofs: readonly Proof[]): string {
    const id = idOf('D', JSON.stringify([name, kind, complete, digest]))
    this.put(id, {
      type: objectType('signedData'),
      representation: [
        digest && digestOf(digest.hash, digest.value),
        element('direct', elementWith('g:Scope', { kind, complete }, name))
      ]
    })
    const object = this.objects.get(id)!
    for (const proof of proofs) if (Date.parse(proof.time) < Date.parse(object.proof.time)) object.proof = proof
    return id
  }

  trustedList(list: ValidationReport['trustedLists'][number]): string {
    const { territory, sequenceNumber, issued, nextUpdate, expired } = list
    return this.put(idOf('L', JSON.stringify(list)), {
      type: objectType('other'),
      representation: [
        element('direct', elementWith('g:TrustedList', { territory, sequenceNumber, issued, nextUpdate, expired })),
        element('URI', own('trusted-list'))
      ]
    })
  }

  /** SignatureValidationObjects; nothing where there are none, as the schema wants. */
  written(): Xml | undefined {
    if (this.objects.size === 0) return undefined
    const list = [...this.objects].map(([id, { type, representation, proof, provided, report }]) =>
      elementWith(
        'ValidationObject',
        { id },
        element('ObjectType', type),
        element('ValidationObjectRepresentation', representation),
        proofOfExistence('POE', proof),
        provided && provisioning(provided),
        report
      )
    )
    return element('SignatureValidationObjects', list)
  }

  private put(id: string, made: Pick<ValidationObject, 'type' | 'representation'> & Partial<ValidationObject>): string {
    if (!this.objects.has(id))
      this.objects.set(id, { provided: undefined, report: undefined, proof: { time: this.validationTime }, ...made })
    return id
  }
}

function certificateData(certificate: CertificateReport): Xml {
  const { serial, notBefore, notAfter, keyType, keyBits, trustAnchor, subject, issuer } = certificate
  const { compliance, sscd, types } = certificate.qcStatements
  return elementWith(
    'g:Certificate',
    { serial, notBefore, notAfter, keyType, keyBits, trustAnchor },
    elementWith('g:Subject', { ...subject, organizationIdentifier: certificate.organizationIdentifier }),
    elementWith('g:Issuer', { ...issuer }),
    elementWith('g:QcStatements', { compliance, sscd, types: types.join(' ') })
  )
}

/** POEProvisioning (4.4.6). */
function provisioning({ time, objects, signatures }: NonNullable<ValidationObject['provided']>): Xml | undefined {
  const at = dateTime(time)
  if (!at || objects.size + signatures.size === 0) return undefined
  return element(
    'POEProvisioning',
    element('POETime', at),
    [...objects].map(id => reference('ValidationObject', id)),
    [...signatures.values()]
  )
}
