import { Refused } from '#platform/plain'
import type { Signer } from '../draft.js'
import { type HashName, hashOf } from '../seal-algorithm.js'
import { sealingProblems } from '../sealing.errors.js'
import { items } from './form-fields.js'
import type { PdfReader } from './pdf-reader.js'
import type { PdfSealOptions } from './pdf-seal-options.js'
import { textOf } from './pdf-text.js'
import { asName, asNatural, type PdfDict, type PdfValue } from './pdf-values.js'

/** What a seal is going to be, as far as a field may demand something of it. */
export interface SealTraits {
  readonly signer: Signer
  readonly timestamped: boolean
  readonly options: PdfSealOptions
}

/** Bits of /Ff of a seed value dictionary (ISO 32000-2, table 237): what is set is a demand, the rest are suggestions. */
const demand = {
  Filter: 1,
  SubFilter: 2,
  V: 4,
  Reasons: 8,
  LegalAttestation: 16,
  AddRevInfo: 32,
  DigestMethod: 64,
  LockDocument: 128,
  AppearanceFilter: 256
} as const

const digestNames: Record<HashName, string> = { sha256: 'SHA256', sha384: 'SHA384', sha512: 'SHA512' }

/** P of a certification, as options name it. */
export const certificationLevel = { 'no-changes': 1, 'form-filling': 2 } as const

/**
 * Holds a seal against the seed values of the field it is to fill (/SV; ISO 32000-2, 12.7.5.5).
 * @throws Refused `sealing/pdf-seed-values`, with the entry that demands what the seal is not
 */
export function assertSeedValues(pdf: PdfReader, field: PdfDict, seal: SealTraits): void {
  const seeds = pdf.getDict(field, 'SV')
  if (!seeds) return
  const flags = asNatural(pdf.get(seeds, 'Ff')) ?? 0
  const demanded = (key: keyof typeof demand): PdfValue | undefined =>
    flags & demand[key] ? pdf.get(seeds, key) : undefined
  const check = (key: keyof typeof demand, fits: (wanted: PdfValue) => boolean): void => {
    const wanted = demanded(key)
    if (wanted && !fits(wanted)) throw unmet(key)
  }
  const names = (value: PdfValue) => items(value).flatMap(item => asName(pdf.resolve(item)) ?? textIn(pdf, item) ?? [])
  check('Filter', wanted => asName(wanted) === 'Adobe.PPKLite')
  check('SubFilter', wanted => names(wanted).includes('ETSI.CAdES.detached'))
  check('V', wanted => (asNatural(wanted) ?? 9) <= 2)
  check('Reasons', wanted => {
    const allowed = names(wanted)
    // A lone period means: no reason at all.
    if (allowed.length === 0 || allowed.join() === '.') return seal.options.reason === undefined
    return seal.options.reason !== undefined && allowed.includes(seal.options.reason)
  })
  check('DigestMethod', wanted => names(wanted).includes(digestNames[hashOf(seal.signer.algorithm)]))
  // These ask for what no seal of ours has.
  for (const key of ['LegalAttestation', 'AppearanceFilter'] as const) check(key, () => false)
  check('AddRevInfo', wanted => wanted.raw.toString('latin1') === 'false')
  check('LockDocument', wanted => asName(wanted) !== 'true')
  checkCertification(pdf, seeds, seal)
  const stamp = pdf.getDict(seeds, 'TimeStamp')
  if (stamp && ((asNatural(pdf.get(stamp, 'Ff')) ?? 0) & 1) === 1 && !seal.timestamped) throw unmet('TimeStamp')
  checkCertificate(pdf, pdf.getDict(seeds, 'Cert'), seal.signer)
}

/** /MDP binds by being there: P 0 wants no certification, 1 to 3 that very one. */
function checkCertification(pdf: PdfReader, seeds: PdfDict, { options }: SealTraits): void {
  const wanted = asNatural(pdf.get(pdf.getDict(seeds, 'MDP'), 'P'))
  const made = options.certification ? certificationLevel[options.certification] : 0
  if (wanted !== undefined && wanted !== made) throw unmet('MDP')
}

/** /Cert (table 238): subject certificates and issuers are compared; other demands are not known to be met. */
function checkCertificate(pdf: PdfReader, wanted: PdfDict | undefined, signer: Signer): void {
  const flags = asNatural(pdf.get(wanted, 'Ff')) ?? 0
  const listed = (key: string, present: readonly Buffer[]): boolean =>
    items(pdf.get(wanted, key)).some(item => {
      const value = pdf.resolve(item)
      return value?.kind === 'string' && present.some(der => der.equals(value.bytes))
    })
  if (flags & 1 && !listed('Subject', [signer.certificate])) throw unmet('Cert/Subject')
  if (flags & 2 && !listed('Issuer', signer.chain)) throw unmet('Cert/Issuer')
  if (flags & ~3) throw unmet('Cert')
}

function textIn(pdf: PdfReader, value: PdfValue): string | undefined {
  const string = pdf.resolve(value)
  return string?.kind === 'string' ? textOf(string.bytes) : undefined
}

function unmet(entry: string): Refused {
  return new Refused(sealingProblems['pdf-seed-values'], { entry })
}
