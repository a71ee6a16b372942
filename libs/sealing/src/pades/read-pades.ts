import { createHash } from 'node:crypto'
import { Refused } from '#platform/plain'
import { BerNode } from '../cms/ber.js'
import type { CmsSigner } from '../cms/cms-signer.js'
import { type ContentDigest, examineSigner } from '../cms/examine-signer.js'
import { unreadableSignature } from '../cms/read-cades.js'
import { type Cms, readCms } from '../cms/read-cms.js'
import { fewIn, readSignerMaterial } from '../cms/signer-material.js'
import { distinct } from '../distinct.js'
import { readSignerTimestamps } from '../cms/signer-timestamps.js'
import { DerError, type DerNode, Tag } from '../der-reader.js'
import type { FileContext } from '../document.js'
import { type Material, merged } from '../material.js'
import { Oid } from '../oids.js'
import { sealingProblems as problems } from '../sealing.errors.js'
import { readAll, type RandomAccessSource } from '../source.js'
import type {
  IntegrityVerdict,
  LaterChange,
  ReadFileTimestamp,
  ReadSignature,
  ReadSignatures,
  ReadTimestamp,
  SignedScope
} from '../validation/read-signature.js'
import { readSecurityStore } from './dss-dictionary.js'
import { PdfReader } from './pdf-reader.js'
import { textOf, timeOf } from './pdf-text.js'
import { RangeDigests } from './range-digests.js'
import { RevisionHistory } from './revision-history.js'
import { findSignedFields, type SignedField } from './signed-field.js'

/**
 * Reads the signatures and document time stamps of a PDF (ISO 32000-2, 12.8; ETSI EN 319 142-1): what each covers, whether
 * it holds, what came after it. Files are not repaired here: two readers could see two documents.
 * A file that is no PDF, or a broken one, is one signature of no form.
 * @throws Refused `sealing/pdf-password-needed` and what else PdfReader throws for files that it does not read
 */
export function readPadesSignatures(
  file: RandomAccessSource,
  { pdfPassword: password }: FileContext = {}
): ReadSignatures {
  try {
    return readPades(PdfReader.open(file, { password, repair: false })).found
  } catch (error) {
    if (
      !(error instanceof Refused) ||
      !(error.type === problems['pdf-broken'] || error.type === problems['pdf-not-a-pdf'])
    )
      throw error
    const why = `${error.type.code} ${String(error.facts.why ?? '')}`.trim()
    return { signatures: [unreadableSignature('document', 'PAdES', why)], timestamps: [] }
  }
}

/** The same for an open file, and the whole Contents value of each signature and time stamp by its id. */
export function readPades(pdf: PdfReader): { found: ReadSignatures; contents: Map<string, Buffer> } {
  const fields = findSignedFields(pdf)
  if (fields.length === 0) return { found: { signatures: [], timestamps: [] }, contents: new Map() }
  const reading = new PadesReading(pdf, fields)
  return { found: reading.result(), contents: reading.contents() }
}

const empty: Material = { certificates: [], ocspResponses: [], crls: [] }

/** A signature field, its CMS and a name that no other has. */
interface Entry {
  readonly id: string
  readonly signed: SignedField
  readonly cms?: Cms
  readonly signer?: CmsSigner
  /** Where its Contents has something other than zeros after the CMS. */
  readonly junk: boolean
  readonly material: Material
}

class PadesReading {
  private readonly digests: RangeDigests
  private readonly history: RevisionHistory
  private readonly entries: readonly Entry[]
  private readonly store: Material

  constructor(
    private readonly pdf: PdfReader,
    fields: readonly SignedField[]
  ) {
    this.digests = new RangeDigests(pdf.source)
    this.history = new RevisionHistory(pdf, fields)
    this.store = readSecurityStore(pdf)
    const names = new Set<string>()
    this.entries = fields.map(signed => {
      let id = signed.field.name || 'signature'
      for (let n = 2; names.has(id); n++) id = `${signed.field.name}#${n}`
      names.add(id)
      return entryOf(id, signed)
    })
  }

  contents(): Map<string, Buffer> {
    return new Map(this.entries.map(({ id, signed }) => [id, signed.padded]))
  }

  result(): ReadSignatures {
    const signatures = this.entries.filter(({ signed }) => signed.kind === 'signature')
    const stamps = this.entries.filter(({ signed }) => signed.kind === 'document-time-stamp')
    const first = Math.min(...signatures.map(({ signed }) => signed.range?.end ?? Infinity))
    return {
      signatures: signatures.map(entry => this.signature(entry, stamps)),
      // A stamp that comes before all signatures proves none of them; a broken one proves nothing.
      timestamps: stamps
        .filter(({ signed }) => !signed.range || signed.range.end < first)
        .map(entry => this.fileTimestamp(entry))
    }
  }

  private signature(entry: Entry, stamps: readonly Entry[]): ReadSignature {
    const { id, signed, cms, signer } = entry
    const digest = this.contentDigest(entry)
    const beside = this.store.certificates
    const examined = cms && signer ? examineSigner(cms, signer, digest, { rules: 'PAdES', beside }) : undefined
    const later = stamps.filter(stamp => (stamp.signed.range?.end ?? 0) > (signed.range?.end ?? Infinity))
    const laterChanges = this.laterChanges(entry)
    return {
      id,
      format: 'PAdES',
      integrity: this.integrity(entry, examined?.integrity),
      baselineFaults: [
        ...dictionaryFaults(signed.revision ?? this.pdf, entry),
        ...(examined?.baselineFaults ?? ['cms-unreadable'])
      ],
      signingCertificate: examined?.signingCertificate,
      certificates: distinct([...(cms?.certificates ?? []), ...beside]),
      material: merged(entry.material, this.store),
      claimedSigningTime: this.dictionaryTime(signed) ?? examined?.claimedSigningTime,
      algorithm: examined?.algorithm ?? '',
      hashes: [...new Set([...(examined?.hashes ?? []), ...(isSha1Form(signed) ? (['sha1'] as const) : [])])],
      timestamps: [
        ...(cms && signer ? readSignerTimestamps(cms, signer, digest, `${id}/`) : []),
        ...later.map(stamp => this.timestamp(stamp))
      ],
      scopes: [this.scope(entry, laterChanges)],
      laterChanges,
      signatureValue: signer?.signature ?? Buffer.alloc(0),
      policy: examined?.policy
    }
  }

  private integrity({ signed, cms, junk }: Entry, examined: IntegrityVerdict | undefined): IntegrityVerdict {
    if (!signed.range)
      return { indication: 'FAILED', subIndication: 'FORMAT_FAILURE', why: signed.fault ?? 'ByteRange' }
    if (signed.subFilter === 'adbe.x509.rsa_sha1')
      return {
        indication: 'INDETERMINATE',
        subIndication: 'CRYPTO_CONSTRAINTS_FAILURE',
        why: 'a signature of the kind adbe.x509.rsa_sha1 stands on SHA-1 and is not examined'
      }
    if (!knownForms.has(signed.subFilter))
      return { indication: 'FAILED', subIndication: 'FORMAT_FAILURE', why: 'unknown SubFilter' }
    if (!cms || !examined || junk)
      return { indication: 'FAILED', subIndication: 'FORMAT_FAILURE', why: 'Contents is not a CMS signature' }
    const wrapped = cms.content !== undefined
    if (wrapped !== isSha1Form(signed) && !isEmpty(cms.content))
      return { indication: 'FAILED', subIndication: 'FORMAT_FAILURE', why: 'the CMS brings a content of its own' }
    if (isSha1Form(signed) && !(cms.content && readAll(cms.content).equals(this.digests.of(signed.range, 'sha1'))))
      return { indication: 'FAILED', subIndication: 'HASH_FAILURE', why: 'the content is not what was signed' }
    return examined
  }

  /** The digest of what the CMS signs: the covered bytes or, in the old form, the SHA-1 digest of them inside it. */
  private contentDigest({ signed, cms }: Entry): ContentDigest {
    return hash => {
      if (!signed.range) return undefined
      if (!isSha1Form(signed)) return this.digests.of(signed.range, hash)
      return cms?.content && createHash(hash).update(readAll(cms.content)).digest()
    }
  }

  private timestamp({ id, signed }: Entry): ReadTimestamp {
    const { range } = signed
    return {
      id,
      kind: 'document',
      token: withoutPadding(signed.padded),
      imprint: hash => range && this.digests.of(range, hash),
      covers: this.coveredBy(signed)
    }
  }

  private readonly covered = new Map<SignedField, Material>()

  /** Material that stood in the file, in its store or in its signatures, when it was stamped. */
  private coveredBy(stamp: SignedField): Material {
    const known = this.covered.get(stamp)
    if (known) return known
    const { range, revision } = stamp
    let material = empty
    if (range && revision) {
      const earlier = this.entries.filter(({ signed }) => signed.range && signed.range.end < range.end)
      material = earlier.reduce((all, one) => merged(all, one.material), readSecurityStore(revision))
    }
    this.covered.set(stamp, material)
    return material
  }

  private fileTimestamp(entry: Entry): ReadFileTimestamp {
    const laterChanges = this.laterChanges(entry)
    return { ...this.timestamp(entry), scopes: [this.scope(entry, laterChanges)], laterChanges }
  }

  private laterChanges({ signed }: Entry): LaterChange[] | undefined {
    return signed.range ? this.history.changesAfter(signed) : undefined
  }

  private scope({ signed, signer }: Entry, laterChanges: readonly LaterChange[] | undefined): SignedScope {
    const harmless = ['signature', 'document-time-stamp', 'validation-material']
    // In a time-stamp token and in the old SHA-1 form the attribute is a digest of something in between.
    const direct = signed.kind === 'signature' && !isSha1Form(signed)
    const stated = direct ? signer?.attributes.get(Oid.messageDigest)?.[0] : undefined
    const hash = signer && trustedNames[signer.digestAlgorithm]
    const whole = signed.range?.end === this.pdf.source.size
    return {
      name: whole ? 'document' : `revision ${signed.range ? this.history.numberOf(signed.range.end) : '?'}`,
      kind: whole ? 'whole-file' : 'pdf-revision',
      complete: !!laterChanges?.every(({ kind, permitted }) => permitted && harmless.includes(kind)),
      ...(hash && stated?.tag === Tag.octetString ? { digest: { hash, value: stated.content } } : {})
    }
  }

  private dictionaryTime({ dict, revision }: SignedField): Date | undefined {
    // Where the time is an object of its own, it is what it was then and not what it was made later.
    const time = (revision ?? this.pdf).get(dict, 'M')
    return time?.kind === 'string' ? timeOf(textOf(time.bytes)) : undefined
  }
}

const knownForms = new Set(['ETSI.CAdES.detached', 'adbe.pkcs7.detached', 'adbe.pkcs7.sha1'])
const isSha1Form = ({ subFilter }: SignedField): boolean => subFilter === 'adbe.pkcs7.sha1'
const isEmpty = (content: RandomAccessSource | undefined): boolean => content === undefined || content.size === 0

const trustedNames: Record<string, 'sha256' | 'sha384' | 'sha512' | 'sha1'> = {
  [Oid.sha256]: 'sha256',
  [Oid.sha384]: 'sha384',
  [Oid.sha512]: 'sha512',
  [Oid.sha1]: 'sha1'
}

function entryOf(id: string, signed: SignedField): Entry {
  try {
    const bytes = BerNode.first(signed.padded).raw
    const junk = signed.padded.subarray(bytes.length).some(byte => byte !== 0)
    const cms = readCms(bytes)
    const signer = cms.signers[0]
    const inside = signer ? readSignerMaterial(cms, signer) : empty
    const material = signer ? merged(inside, adobeRevocation(signer)) : inside
    return { id, signed, cms, signer, junk, material }
  } catch (error) {
    if (!(error instanceof DerError)) throw error
    return { id, signed, junk: false, material: empty }
  }
}

/** The token without its padding; what is no token stays as it is and will not pass as one. */
function withoutPadding(padded: Buffer): Buffer {
  try {
    return BerNode.first(padded).raw
  } catch (error) {
    if (error instanceof DerError) return padded
    throw error
  }
}

/** RevocationInfoArchival, a signed attribute (ISO 32000-2, 12.8.3.3.2): explicit [0] CRLs, [1] OCSP responses. */
function adobeRevocation(signer: CmsSigner): Material {
  const found = { certificates: [], ocspResponses: [] as Buffer[], crls: [] as Buffer[] }
  const members = (field: DerNode): Buffer[] => fewIn(field.children()[0]).map(({ raw }) => raw)
  try {
    for (const field of signer.attributes.get(Oid.adobeRevocation)?.[0]?.children() ?? []) {
      if (field.tag === Tag.context0) found.crls.push(...members(field))
      if (field.tag === Tag.context1) found.ocspResponses.push(...members(field))
    }
  } catch (error) {
    if (!(error instanceof DerError)) throw error
  }
  return found
}

/** What EN 319 142-1, 6.3 asks of the signature dictionary. What it asks of the CMS is found with the CMS. */
function dictionaryFaults(pdf: PdfReader, { signed, signer }: Entry): string[] {
  const { dict, subFilter } = signed
  const faults: string[] = []
  if (subFilter !== 'ETSI.CAdES.detached') faults.push('sub-filter-not-etsi')
  if (!dict.entries.has('Filter')) faults.push('filter-missing')
  const time = pdf.get(dict, 'M')
  if (time?.kind !== 'string' || !timeOf(textOf(time.bytes))) faults.push('signing-time-missing')
  if (dict.entries.has('Cert')) faults.push('cert-entry')
  const commits = signer?.attributes.has(Oid.commitmentType) || signer?.attributes.has(Oid.signaturePolicy)
  if (dict.entries.has('Reason') && commits) faults.push('reason-beside-commitment')
  return faults
}
