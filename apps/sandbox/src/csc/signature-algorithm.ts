import type { KeyObject } from 'node:crypto'
import * as asn1js from 'asn1js'
import * as pkijs from 'pkijs'
import { invalidRequest } from './csc-error.js'
import { isBase64 } from './request-fields.js'

/** Digest algorithms that are served. */
export type HashName = 'sha256' | 'sha384' | 'sha512'

/** OID and length, in octets, of each digest algorithm. */
export const hashOids: Record<HashName, { oid: string; length: number }> = {
  sha256: { oid: '2.16.840.1.101.3.4.2.1', length: 32 },
  sha384: { oid: '2.16.840.1.101.3.4.2.2', length: 48 },
  sha512: { oid: '2.16.840.1.101.3.4.2.3', length: 64 }
}

/** How a digest is to be signed. */
export type SignatureAlgorithm =
  { kind: 'rsa' | 'ecdsa'; hash: HashName } | { kind: 'pss'; hash: HashName; maskHash: HashName; saltLength: number }

/** Longest parameters that are looked at, in characters of base64. */
const longestParameters = 1_000

const rsa = '1.2.840.113549.1.1.1'
const pss = '1.2.840.113549.1.1.10'

const withHash: Record<string, HashName> = {
  '1.2.840.113549.1.1.11': 'sha256',
  '1.2.840.113549.1.1.12': 'sha384',
  '1.2.840.113549.1.1.13': 'sha512',
  '1.2.840.10045.4.3.2': 'sha256',
  '1.2.840.10045.4.3.3': 'sha384',
  '1.2.840.10045.4.3.4': 'sha512'
}

/** All algorithms that the service can sign with, by OID. */
export const algorithmOids: readonly string[] = [rsa, ...Object.keys(withHash), pss]

/** The OIDs that a credential with this key offers (`key/algo`). */
export function algorithmsOf(key: KeyObject): string[] {
  const oids = Object.keys(withHash)
  if (key.asymmetricKeyType === 'ec') return oids.filter(oid => oid.startsWith('1.2.840.10045.'))
  return [rsa, ...oids.filter(oid => oid.startsWith('1.2.840.113549.')), pss]
}

/** The digest algorithm of this OID, or nothing. */
export function hashOf(oid: string | undefined): HashName | undefined {
  return (Object.keys(hashOids) as HashName[]).find(name => hashOids[name].oid === oid)
}

/** How a request asks to sign: OIDs as sent, parameters DER in base64. */
export interface AskedAlgorithm {
  signAlgo: string
  hashAlgo: string | undefined
  /** The parameter that carries `hashAlgo` in this version of the API. */
  hashAlgoName: 'hashAlgo' | 'hashAlgorithmOID'
  signAlgoParams: string | undefined
}

/**
 * Reads the algorithm: the hash is named for bare RSA only; elsewhere it follows from the algorithm or, for RSASSA-PSS, from its
 * parameters, and what was said of it is ignored.
 *
 * @throws HttpException 400 for what the key cannot do or the standard wants said
 */
export function readAlgorithm(key: KeyObject, asked: AskedAlgorithm): SignatureAlgorithm {
  const { signAlgo, hashAlgo, hashAlgoName } = asked
  if (!algorithmsOf(key).includes(signAlgo)) throw invalidRequest('Invalid parameter signAlgo')
  if (signAlgo === pss) return readPss(key, asked.signAlgoParams)
  const implied = withHash[signAlgo]
  if (implied) return { kind: key.asymmetricKeyType === 'ec' ? 'ecdsa' : 'rsa', hash: implied }
  if (hashAlgo === undefined) throw invalidRequest(`Missing (or invalid type) string parameter ${hashAlgoName}`)
  const hash = hashOf(hashAlgo)
  if (!hash) throw invalidRequest(`Invalid parameter ${hashAlgoName}`)
  return { kind: 'rsa', hash }
}

function readPss(key: KeyObject, signAlgoParams: string | undefined): SignatureAlgorithm {
  if (signAlgoParams === undefined) throw invalidRequest('Missing (or invalid type) string parameter signAlgoParams')
  const wrong = () => invalidRequest('Invalid parameter signAlgoParams')
  if (signAlgoParams.length > longestParameters || !isBase64(signAlgoParams)) throw wrong()
  const der = Buffer.from(signAlgoParams, 'base64')
  const tree = asn1js.fromBER(new Uint8Array(der).buffer)
  if (tree.offset !== der.length) throw wrong()
  let parameters: pkijs.RSASSAPSSParams
  try {
    parameters = new pkijs.RSASSAPSSParams({ schema: tree.result })
  } catch {
    throw wrong()
  }
  const { hashAlgorithm, maskGenAlgorithm, saltLength, trailerField } = parameters
  const hash = hashOf(hashAlgorithm.algorithmId)
  const maskHash = hashOf(maskHashOid(maskGenAlgorithm))
  if (!hash || !maskHash || trailerField !== 1) throw wrong()
  // Salt and digest must fit beside two octets of the encoding (RFC 8017 9.1.1).
  const octets = (key.asymmetricKeyDetails?.modulusLength ?? 0) / 8
  if (!(saltLength >= 0 && saltLength <= octets - hashOids[hash].length - 2)) throw wrong()
  return { kind: 'pss', hash, maskHash, saltLength }
}

function maskHashOid({ algorithmId, algorithmParams }: pkijs.AlgorithmIdentifier): string | undefined {
  if (algorithmId !== '1.2.840.113549.1.1.8' || !(algorithmParams instanceof asn1js.Sequence)) return undefined
  const [id]: unknown[] = algorithmParams.valueBlock.value
  return id instanceof asn1js.ObjectIdentifier ? id.valueBlock.toString() : undefined
}
