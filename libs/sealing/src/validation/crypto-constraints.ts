import type { KeyObject } from 'node:crypto'
import type { AnyHash, SignatureFamily, SignatureScheme } from '../certificate/signature-scheme.js'

/**
 * Until when algorithms may be relied on: ETSI TS 119 312 v1.5.1 (2024-10), clauses 5 to 7 and 9.3, with the end dates of
 * older versions for what is long gone, as EU DSS 6.4 uses them. `undefined`: no end in sight; not in a table: never
 * acceptable. This is the one place to change when the next edition appears.
 */
const hashEnds: Readonly<Partial<Record<AnyHash, string | undefined>>> = {
  md5: '2004-08-01',
  sha1: '2012-08-01',
  ripemd160: '2014-08-01',
  sha224: '2029-01-01',
  sha256: undefined,
  sha384: undefined,
  sha512: undefined,
  'sha3-256': undefined,
  'sha3-384': undefined,
  'sha3-512': undefined
}

/** By kind: the least key length in bits of each row, and its end; the longest row that a key reaches counts. EdDSA is not listed there yet. */
const keyEnds: Readonly<Record<SignatureFamily, readonly (readonly [bits: number, end: string | undefined])[]>> = {
  rsa: [
    [3000, '2029-01-01'],
    [1900, '2029-01-01'],
    [1024, '2019-10-01'],
    [786, '2010-08-01']
  ],
  'rsa-pss': [
    [3000, undefined],
    [1900, '2029-01-01'],
    [1024, '2019-10-01'],
    [786, '2010-08-01']
  ],
  ecdsa: [
    [256, undefined],
    [224, '2021-10-01'],
    [160, '2012-08-01']
  ],
  dsa: [
    [3000, undefined],
    [1900, '2029-01-01'],
    [1024, '2015-12-01']
  ],
  eddsa: []
}

/** Until when something may be relied on: a date, no end, or never. */
export type Reliability = Date | 'no-end' | 'never'

const dates = new Map<string, Date>()

function endOf(end: string | undefined): Reliability {
  if (end === undefined) return 'no-end'
  let date = dates.get(end)
  if (!date) dates.set(end, (date = new Date(`${end}T00:00:00Z`)))
  return date
}

/** Until when a digest may be relied on. */
export const hashReliability = (hash: AnyHash | 'other'): Reliability =>
  hash !== 'other' && hash in hashEnds ? endOf(hashEnds[hash]) : 'never'

/** Until when a key of a kind and length may be relied on. */
export function keyReliability(family: SignatureFamily, bits: number): Reliability {
  const row = keyEnds[family].find(([least]) => bits >= least)
  return row ? endOf(row[1]) : 'never'
}

/** Until when a signature by a scheme and key may be relied on. */
export function schemeReliability(scheme: SignatureScheme | undefined, key: KeyObject): Reliability {
  if (!scheme) return 'never'
  const byKey = keyReliability(scheme.family, keyBits(key))
  return scheme.hash ? earliest(byKey, hashReliability(scheme.hash)) : byKey
}

/** The worst of several. */
export function earliest(...all: readonly Reliability[]): Reliability {
  if (all.includes('never')) return 'never'
  const ends = all.filter(one => one instanceof Date)
  return ends.length === 0 ? 'no-end' : ends.reduce((a, b) => (a < b ? a : b))
}

/** Whether something may be relied on at a time. */
export const isReliable = (reliability: Reliability, at: Date): boolean =>
  reliability === 'no-end' || (reliability !== 'never' && at < reliability)

const curveBits: Readonly<Record<string, number>> = {
  prime192v1: 192,
  secp224r1: 224,
  prime256v1: 256,
  secp256k1: 256,
  secp384r1: 384,
  secp521r1: 521,
  brainpoolP224r1: 224,
  brainpoolP256r1: 256,
  brainpoolP320r1: 320,
  brainpoolP384r1: 384,
  brainpoolP512r1: 512
}

/** Length of a key: modulus, or order of the curve, in bits; 0 when it is not known. */
export function keyBits(key: KeyObject): number {
  const details = key.asymmetricKeyDetails
  return details?.modulusLength ?? curveBits[details?.namedCurve ?? ''] ?? 0
}
