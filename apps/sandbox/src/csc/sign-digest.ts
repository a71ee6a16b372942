import { constants, createECDH, createHash, type KeyObject, privateEncrypt, randomBytes } from 'node:crypto'
import { derNull, integer, octetString, oid, sequence } from '../pki/der.js'
import { hashOids, type HashName, type SignatureAlgorithm } from './signature-algorithm.js'

// An HSM is given digests, while the machine's own signing wants the message, so padding and ECDSA are done here.

/**
 * Signs a digest.
 *
 * @returns RSA: as long as the modulus; ECDSA: DER, or r and s of the curve's length when `raw`
 */
export function signDigest(key: KeyObject, digest: Buffer, algorithm: SignatureAlgorithm, raw = false): Buffer {
  switch (algorithm.kind) {
    case 'rsa': {
      const info = sequence(sequence(oid(hashOids[algorithm.hash].oid), derNull()), octetString(digest))
      return privateEncrypt({ key, padding: constants.RSA_PKCS1_PADDING }, info)
    }
    case 'pss': {
      const bits = (key.asymmetricKeyDetails?.modulusLength ?? 0) - 1
      const { hash, maskHash, saltLength } = algorithm
      return privateEncrypt(
        { key, padding: constants.RSA_NO_PADDING },
        encodePss(digest, bits, hash, maskHash, saltLength)
      )
    }
    case 'ecdsa':
      return ecdsa(key, digest, raw)
  }
}

/** EMSA-PSS-ENCODE (RFC 8017 9.1.1); `bits` is a multiple of 8 less one, as all keys here are whole octets long. */
function encodePss(digest: Buffer, bits: number, hash: HashName, maskHash: HashName, saltLength: number): Buffer {
  const length = Math.ceil(bits / 8)
  const salt = randomBytes(saltLength)
  const h = createHash(hash)
    .update(Buffer.concat([Buffer.alloc(8), digest, salt]))
    .digest()
  const padding = Buffer.alloc(length - salt.length - h.length - 2)
  const block = Buffer.concat([padding, Buffer.from([1]), salt])
  const mask = generateMask(h, block.length, maskHash)
  for (let index = 0; index < block.length; index++) block[index]! ^= mask[index]!
  block[0]! &= 0x7f
  return Buffer.concat([block, h, Buffer.from([0xbc])])
}

/** MGF1 (RFC 8017 B.2.1). */
function generateMask(seed: Buffer, length: number, hash: HashName): Buffer {
  const parts: Buffer[] = []
  for (let counter = 0; parts.length * hashOids[hash].length < length; counter++) {
    const octets = Buffer.alloc(4)
    octets.writeUInt32BE(counter)
    parts.push(createHash(hash).update(seed).update(octets).digest())
  }
  return Buffer.concat(parts).subarray(0, length)
}

// Orders of the curves (SEC 2 2.4.2, 2.5.1).
const orders = {
  prime256v1: BigInt('0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551'),
  secp384r1: BigInt(
    '0xffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973'
  )
}

/** ECDSA (FIPS 186-5 6.4.1). A key pair of ECDH is just what is wanted: a secret number with the point that belongs to it. */
function ecdsa(key: KeyObject, digest: Buffer, raw: boolean): Buffer {
  const curve = key.asymmetricKeyDetails?.namedCurve === 'secp384r1' ? 'secp384r1' : 'prime256v1'
  const n = orders[curve]
  const length = curve === 'secp384r1' ? 48 : 32
  const d = numberOf(Buffer.from(key.export({ format: 'jwk' }).d ?? '', 'base64url'))
  const z = numberOf(digest.subarray(0, length))
  for (;;) {
    const pair = createECDH(curve)
    const r = numberOf(pair.generateKeys().subarray(1, 1 + length)) % n
    const s = (inverse(numberOf(pair.getPrivateKey()), n) * (z + r * d)) % n
    // Both are zero about never, but FIPS 186-5 says to try again.
    if (r === 0n || s === 0n) continue
    const [left, right] = [octetsOf(r, length), octetsOf(s, length)]
    return raw ? Buffer.concat([left, right]) : sequence(integer(left), integer(right))
  }
}

/** The inverse of a number modulo a prime. */
function inverse(value: bigint, modulus: bigint): bigint {
  let [low, high, one, other] = [value % modulus, modulus, 1n, 0n]
  while (low > 0n) {
    const times = high / low
    ;[low, high, one, other] = [high - times * low, low, other - times * one, one]
  }
  return ((other % modulus) + modulus) % modulus
}

function numberOf(octets: Buffer): bigint {
  return octets.length === 0 ? 0n : BigInt(`0x${octets.toString('hex')}`)
}

function octetsOf(value: bigint, length: number): Buffer {
  return Buffer.from(value.toString(16).padStart(length * 2, '0'), 'hex')
}
