import { z } from 'zod'
import { Refused } from '#platform/plain'
import { readableCertificates } from '../../certificate/build-chain.js'
import type { Certificate } from '../../certificate/read-certificate.js'
import { Oid } from '../../oids.js'
import type { SealAlgorithm } from '../../seal-algorithm.js'
import { sealingProblems } from '../../sealing.errors.js'
import { chainAbove } from '../chain-above.js'
import type { CscVersion } from './service-info.js'

/** A remote credential that may sign without a person (`credentials/info`; v1.0.4, 11.5). */
export interface Credential {
  readonly certificate: Certificate
  readonly chain: readonly Buffer[]
  /** OIDs of the signature algorithms that the key offers. */
  readonly algorithms: readonly string[]
  /** Sole control assurance level: at 2 the authorisation is bound to the hashes. */
  readonly scal: 1 | 2
  /** Most signatures for one authorisation; undefined when the service says "several" without a number. */
  readonly multisign?: number
  /** Whether the PIN goes with each authorisation, and in v2 under which name. */
  readonly pin: { readonly id: string } | undefined
}

const text = z.string().max(400)
const presence = z
  .looseObject({ presence: z.union([text, z.boolean()]).optional() })
  .optional()
  .catch(undefined)

const infoAnswer = z.looseObject({
  key: z.looseObject({ status: text, algo: z.array(text).max(100) }),
  cert: z.looseObject({ status: text.optional(), certificates: z.array(z.string().max(65_536)).min(1).max(20) }),
  authMode: text.optional(),
  auth: z
    .looseObject({
      mode: text,
      expression: text.optional(),
      objects: z
        .array(z.looseObject({ type: text, id: text }))
        .max(20)
        .optional()
    })
    .optional(),
  SCAL: z.union([text, z.number()]).optional(),
  PIN: presence,
  OTP: presence,
  multisign: z.union([z.number(), z.boolean(), text]).optional()
})

type InfoAnswer = z.infer<typeof infoAnswer>

/**
 * Reads the answer and refuses what cannot seal unattended, or is not the credential that was pinned.
 * `pinned`: SHA-256 of the certificate, hexadecimal. `hasPin`: whether a PIN is configured.
 * @throws Refused `sealing/key-unsuitable`, `sealing/key-certificate-changed`.
 */
export function readCredential(body: unknown, api: CscVersion, pinned: string, hasPin: boolean): Credential {
  const read = infoAnswer.safeParse(body)
  if (!read.success) throw unsuitable('credentials/info')
  const { key, cert, SCAL, multisign } = read.data
  if (key.status !== 'enabled') throw unsuitable('key not enabled')
  if (cert.status !== undefined && cert.status !== 'valid') throw unsuitable('certificate not valid')
  const certificates = readableCertificates(cert.certificates.map(der => Buffer.from(der, 'base64')))
  const certificate = certificates.find(one => fingerprint(one) === pinned)
  if (!certificate)
    throw new Refused(sealingProblems['key-certificate-changed'], {
      pinned,
      offered: certificates[0] ? fingerprint(certificates[0]) : 'none'
    })
  return {
    certificate,
    chain: chainAbove(certificate, certificates),
    algorithms: key.algo,
    scal: String(SCAL ?? '1').trim() === '2' ? 2 : 1,
    multisign: manyAtOnce(multisign),
    pin: api === 'v1' ? pinOfV1(read.data, hasPin) : pinOfV2(read.data, hasPin)
  }
}

/** SHA-256 of a certificate in lower-case hexadecimal. */
export function fingerprint(certificate: Certificate): string {
  return certificate.x509.fingerprint256.replaceAll(':', '').toLowerCase()
}

/** Numbers are given as such, as text, and by the published interface description as a mere yes or no. */
function manyAtOnce(multisign: InfoAnswer['multisign']): number | undefined {
  if (multisign === true || multisign === 'true') return undefined
  const number = typeof multisign === 'boolean' ? 1 : Math.floor(Number(multisign ?? 1))
  return number >= 1 ? Math.min(number, 1_000_000) : 1
}

function pinOfV1({ authMode, PIN, OTP }: InfoAnswer, hasPin: boolean): Credential['pin'] {
  if (authMode === 'implicit') return undefined
  if (authMode !== 'explicit') throw unsuitable('authorisation by a person')
  if (String(OTP?.presence) === 'true') throw unsuitable('one-time password')
  const wanted = String(PIN?.presence)
  if (wanted === 'true' && !hasPin) throw unsuitable('PIN needed')
  return hasPin && (wanted === 'true' || wanted === 'optional') ? { id: 'PIN' } : undefined
}

/**
 * v2 lists what may be asked for and joins it by an expression. A stored password is all that we have: it must be enough
 * on its own, which it is when it is the only one, or when all are joined by nothing but OR and XOR.
 */
function pinOfV2(answer: InfoAnswer, hasPin: boolean): Credential['pin'] {
  const { auth } = answer
  if (!auth) return pinOfV1(answer, hasPin)
  if (auth.mode === 'implicit') return undefined
  if (auth.mode !== 'explicit') throw unsuitable('authorisation by a person')
  const objects = auth.objects ?? []
  if (objects.length === 0) return undefined
  const password = objects.find(one => one.type === 'Password')
  const eitherWill = auth.expression !== undefined && /^[\w-]+(\s+X?OR\s+[\w-]+)*$/i.test(auth.expression.trim())
  if (!password || (objects.length > 1 && !eitherWill)) throw unsuitable('one-time password')
  if (!hasPin) throw unsuitable('PIN needed')
  return { id: password.id }
}

/** Parameters of signHash that choose the algorithm. */
export interface RemoteAlgorithm {
  readonly signAlgo: string
  /** Whether DER parameters go with it (RSASSA-PSS). */
  readonly parameters: boolean
}

/** BSI TR-03111, 5.2.1: ECDSA whose answer is r || s. */
const ecdsaPlain = {
  SHA256: '0.4.0.127.0.7.1.1.4.1.3',
  SHA384: '0.4.0.127.0.7.1.1.4.1.4',
  SHA512: '0.4.0.127.0.7.1.1.4.1.5'
}
const ecPublicKey = '1.2.840.10045.2.1'

/**
 * How to ask for `algorithm`, given what the key offers.
 * @throws Refused `sealing/key-unsuitable` when it does not offer it.
 */
export function remoteAlgorithm(algorithm: SealAlgorithm, offered: readonly string[]): RemoteAlgorithm {
  const suffix = algorithm.slice(-6) as 'SHA256' | 'SHA384' | 'SHA512'
  const rsa = { SHA256: Oid.rsaSha256, SHA384: Oid.rsaSha384, SHA512: Oid.rsaSha512 }[suffix]
  const ecdsa = { SHA256: Oid.ecdsaSha256, SHA384: Oid.ecdsaSha384, SHA512: Oid.ecdsaSha512 }[suffix]
  const ways: readonly (readonly [listed: string, asked: string])[] = algorithm.startsWith('RSASSA-PSS')
    ? [[Oid.rsassaPss, Oid.rsassaPss]]
    : algorithm.startsWith('ECDSA')
      ? [
          [ecdsa, ecdsa],
          [ecPublicKey, ecdsa],
          [ecdsaPlain[suffix], ecdsaPlain[suffix]]
        ]
      : [
          [rsa, rsa],
          [Oid.rsaEncryption, Oid.rsaEncryption]
        ]
  const way = ways.find(([listed]) => offered.includes(listed))
  if (!way) throw unsuitable('algorithm not offered')
  return { signAlgo: way[1], parameters: way[1] === Oid.rsassaPss }
}

export function unsuitable(why: string): Refused {
  return new Refused(sealingProblems['key-unsuitable'], { why })
}
