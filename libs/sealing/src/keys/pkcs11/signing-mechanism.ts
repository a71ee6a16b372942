import { hash } from 'node:crypto'
import { derNull, octetString, oid, sequence } from '../../der.js'
import { Oid } from '../../oids.js'
import { type HashName, hashBytes, hashOf, type SealAlgorithm } from '../../seal-algorithm.js'
import { derOfRaw } from '../ecdsa-form.js'
import type { Mechanism, Pkcs11Module, PssParameters } from './pkcs11-library.js'

/** How a token signs by one algorithm. The message is hashed here: less travels, and every token can do it. */
export interface SigningMechanism {
  readonly mechanism: Mechanism
  /** What is given to C_Sign for a message. */
  input(message: Buffer): Buffer
  /** The signature as seals want it, from what C_Sign gave; a copy. */
  output(signature: Buffer): Buffer
}

/**
 * The mechanism for an algorithm (PKCS #11 v2.40, 2.1.6, 2.1.10 and 2.3.6): CKM_RSA_PKCS over a DigestInfo,
 * CKM_RSA_PKCS_PSS over the digest, CKM_ECDSA over the digest. `numberBytes`: length of the order of the curve.
 */
export function signingMechanism(
  constants: Pkcs11Module,
  algorithm: SealAlgorithm,
  numberBytes: number
): SigningMechanism {
  const name = hashOf(algorithm)
  const digest = (message: Buffer): Buffer => hash(name, message, 'buffer')
  if (algorithm.startsWith('ECDSA'))
    return {
      mechanism: { mechanism: constants.CKM_ECDSA },
      // FIPS 186-5, 6.4.1: a digest longer than the order counts by its leftmost bits; not every token cuts it itself.
      input: message => digest(message).subarray(0, numberBytes),
      output: derOfRaw
    }
  if (algorithm.startsWith('RSASSA-PSS'))
    return {
      mechanism: { mechanism: constants.CKM_RSA_PKCS_PSS, parameter: pssParameters(constants, name) },
      input: digest,
      output: signature => Buffer.from(signature)
    }
  const prefix = digestInfoPrefix(name)
  return {
    mechanism: { mechanism: constants.CKM_RSA_PKCS },
    input: message => Buffer.concat([prefix, digest(message)]),
    output: signature => Buffer.from(signature)
  }
}

function pssParameters(constants: Pkcs11Module, name: HashName): PssParameters {
  const [hashAlg, mgf] = {
    sha256: [constants.CKM_SHA256, constants.CKG_MGF1_SHA256],
    sha384: [constants.CKM_SHA384, constants.CKG_MGF1_SHA384],
    sha512: [constants.CKM_SHA512, constants.CKG_MGF1_SHA512]
  }[name] as [number, number]
  return { type: constants.CK_PARAMS_RSA_PSS, hashAlg, mgf, saltLen: hashBytes[name] }
}

/** `DigestInfo ::= SEQUENCE { AlgorithmIdentifier, OCTET STRING }` (RFC 8017, 9.2) up to where the digest begins. */
function digestInfoPrefix(name: HashName): Buffer {
  const length = hashBytes[name]
  const whole = sequence(sequence(oid(Oid[name]), derNull), octetString(Buffer.alloc(length)))
  return whole.subarray(0, whole.length - length)
}
