import { Refused, Unavailable } from '#platform/plain'
import { readableCertificates } from '../certificate/build-chain.js'
import { describeCertificate, type KeyCustody } from '../certificate/describe-certificate.js'
import { type Certificate, keyUsages } from '../certificate/read-certificate.js'
import { algorithmFor, orderBytes, type SealAlgorithm, verifySignature } from '../seal-algorithm.js'
import { assertFitForSealing, describeSealKey, type SealKey, type SealKeyDescription } from '../seal-key.js'
import { sealingProblems } from '../sealing.errors.js'
import { chainAbove } from './chain-above.js'
import { type Cryptoki, openCryptoki } from './pkcs11/cryptoki.js'
import { failureOf, resultOf } from './pkcs11/cryptoki-result.js'
import { type SigningMechanism, signingMechanism } from './pkcs11/signing-mechanism.js'
import { SessionPool, SigningSession } from './pkcs11/signing-sessions.js'
import { Token, type TokenKey, type TokenName } from './pkcs11/token.js'

/** Where a key is on a device with a PKCS#11 library, and how it is used. */
export interface Pkcs11KeyOptions extends TokenName {
  /** Library of the device, for example `/usr/lib/softhsm/libsofthsm2.so`. */
  readonly module: string
  readonly pin: string
  /** CKA_LABEL, or CKA_ID in hexadecimal; neither: the only private key that may sign. */
  readonly keyLabel?: string
  readonly keyId?: string
  /**
   * Sessions that sign at the same time, 1 to 64; 4 unless said otherwise. Each occupies a thread of libuv while it
   * signs, so UV_THREADPOOL_SIZE should be larger than the sessions of all keys together.
   */
  readonly sessions?: number
  readonly algorithm?: SealAlgorithm
  /** Seal certificate and chain, DER, where the token does not hold them. */
  readonly certificates?: readonly Buffer[]
  /** The operator declares that the device is a certified qualified seal creation device (eIDAS art. 39 and 30). */
  readonly certifiedDevice?: boolean
}

/** Everything that is lost when the token goes. */
interface Connection {
  readonly token: Token
  readonly key: TokenKey
  readonly pool: SessionPool
}

/** A key on an HSM or a card, used through PKCS#11 with several sessions; in worker threads and child processes too. */
export class Pkcs11SealKey implements SealKey {
  private connection: Promise<Connection> | undefined
  private closed = false

  private constructor(
    private readonly options: Pkcs11KeyOptions,
    private readonly cryptoki: Cryptoki,
    readonly certificate: Buffer,
    readonly chain: readonly Buffer[],
    readonly algorithm: SealAlgorithm,
    readonly custody: KeyCustody,
    private readonly by: SigningMechanism,
    private readonly found: Connection
  ) {
    this.connection = Promise.resolve(found)
  }

  /**
   * Logs in, finds key and certificate, and has the key sign a probe, so that a certificate of another key is found out now.
   * @throws Unavailable when the token is not there; Refused `sealing/pkcs11-not-available`, `sealing/key-pin-refused`,
   * `sealing/key-not-found`, `sealing/key-unsuitable`, `sealing/certificate-…`.
   */
  static async open(options: Pkcs11KeyOptions, at: Date): Promise<Pkcs11SealKey> {
    const cryptoki = await openCryptoki(options.module)
    const connection = connect(cryptoki, options)
    try {
      const certificates = candidates(connection, options)
      const fitting = await fittingCertificates(cryptoki, connection, certificates, options.algorithm)
      const certificate = theOne(fitting, at)
      const algorithm = options.algorithm ?? algorithmFor(certificate.x509.publicKey)!
      const key = new Pkcs11SealKey(
        options,
        cryptoki,
        certificate.der,
        chainAbove(certificate, certificates),
        algorithm,
        custodyOf(certificate, connection.key, options),
        signingMechanism(cryptoki.constants, algorithm, orderBytes(certificate.x509.publicKey)),
        connection
      )
      assertFitForSealing(key, at)
      return key
    } catch (error) {
      await disconnect(connection)
      throw error
    }
  }

  async signBatch(toBeSigned: readonly Buffer[]): Promise<Buffer[]> {
    if (this.closed) throw new Refused(sealingProblems['key-closed'])
    if (toBeSigned.length === 0) return []
    const connection = await this.connected()
    return connection.pool.use(() => this.signAll(toBeSigned, connection))
  }

  describe(): SealKeyDescription {
    const { token, key, pool } = this.found
    const facts: Record<string, string | number | boolean> = {
      device: token.model,
      sessions: pool.sessions.length,
      certifiedDevice: this.options.certifiedDevice ?? false
    }
    if (key.extractable !== undefined) facts.extractable = key.extractable
    if (key.neverExtractable !== undefined) facts.neverExtractable = key.neverExtractable
    return { kind: 'pkcs11', certificate: describeSealKey(this), facts }
  }

  async close(): Promise<void> {
    this.closed = true
    const connection = this.connection
    this.connection = undefined
    // A connection that could not be made has nothing to close; whoever asked for it has been told.
    await connection?.then(disconnect, () => undefined)
  }

  /** All sessions sign side by side; after the first failure nothing new is begun. */
  private async signAll(toBeSigned: readonly Buffer[], connection: Connection): Promise<Buffer[]> {
    const { pool } = connection
    const signatures = new Array<Buffer>(toBeSigned.length)
    let next = 0
    let failure: { error: unknown } | undefined
    const work = async (): Promise<void> => {
      for (let i = next++; i < toBeSigned.length && !failure; i = next++)
        try {
          signatures[i] = await pool.withSession(session => session.sign(this.by, toBeSigned[i]!))
        } catch (error) {
          failure ??= { error }
        }
    }
    await Promise.all(Array.from({ length: Math.min(pool.sessions.length, toBeSigned.length) }, work))
    if (failure) throw this.failure(failure.error, connection)
    return signatures
  }

  /** The present connection, or a new one after the old one was lost; callers at the same time share it. */
  private connected(): Promise<Connection> {
    if (!this.connection) {
      const made = this.reconnect()
      this.connection = made
      made.catch(() => {
        if (this.connection === made) this.connection = undefined
      })
    }
    return this.connection
  }

  private async reconnect(): Promise<Connection> {
    const connection = connect(await openCryptoki(this.options.module), this.options)
    try {
      const [certificate] = readableCertificates([this.certificate])
      const fitting = await fittingCertificates(this.cryptoki, connection, [certificate!], this.algorithm)
      if (fitting.length === 0) throw new Refused(sealingProblems['key-certificate-changed'], { why: 'other key' })
      return connection
    } catch (error) {
      await disconnect(connection)
      throw error
    }
  }

  /** What to throw; a lost connection is given up, so that the next use makes a new one. */
  private failure(error: unknown, connection: Connection): unknown {
    if (error instanceof Refused) return error
    const failure = failureOf(resultOf(error))
    if (failure instanceof Unavailable) this.forget(connection)
    return failure
  }

  private forget(lost: Connection): void {
    const current = this.connection
    void current?.then(connection => {
      if (connection !== lost || this.connection !== current) return
      this.connection = undefined
      void disconnect(lost)
    })
  }
}

function connect(cryptoki: Cryptoki, options: Pkcs11KeyOptions): Connection {
  const token = Token.open(cryptoki, options, options.pin)
  try {
    const key = token.findKey(options)
    const authenticate = key.alwaysAuthenticate
      ? (session: Buffer) => token.authenticateUse(session, options.pin)
      : undefined
    const wanted = Math.min(Math.max(options.sessions ?? 4, 1), 64)
    const sessions = token.sessions(wanted)
    return {
      token,
      key,
      pool: new SessionPool(sessions.map(handle => new SigningSession(cryptoki, handle, key.handle, authenticate)))
    }
  } catch (error) {
    token.close([])
    throw error
  }
}

/** Signatures under way use their sessions to the end. */
async function disconnect({ token, pool }: Connection): Promise<void> {
  await pool.idle()
  token.close(pool.sessions.map(({ handle }) => handle))
}

/** Certificates that may be the key's, those with its CKA_ID first, then all others that could stand above it. */
function candidates({ token, key }: Connection, options: Pkcs11KeyOptions): Certificate[] {
  const onToken = token.certificates()
  const same = onToken.filter(({ id }) => id.length > 0 && id.equals(key.id))
  const others = onToken.filter(one => !same.includes(one))
  const ders = [...same, ...others].map(({ der }) => der)
  return readableCertificates([...(options.certificates ?? []), ...ders])
}

/** The certificates whose public key verifies what the key signs. One probe is signed per algorithm. */
async function fittingCertificates(
  cryptoki: Cryptoki,
  { key, pool }: Connection,
  certificates: readonly Certificate[],
  wanted: SealAlgorithm | undefined
): Promise<Certificate[]> {
  const probe = Buffer.from('goniec: does this certificate belong to this key?')
  const signed = new Map<string, Promise<Buffer>>()
  const fitting: Certificate[] = []
  for (const certificate of certificates) {
    const { publicKey } = certificate.x509
    const natural = algorithmFor(publicKey)
    if (!natural || natural.startsWith('ECDSA') !== (key.kind === 'ec')) continue
    const algorithm = wanted ?? natural
    if (algorithm.startsWith('ECDSA') !== (key.kind === 'ec'))
      throw new Refused(sealingProblems['certificate-unfit'], { why: 'algorithm does not suit the key' })
    const numberBytes = orderBytes(publicKey)
    const name = `${algorithm} ${numberBytes}`
    if (!signed.has(name))
      signed.set(name, signProbe(pool, signingMechanism(cryptoki.constants, algorithm, numberBytes), probe))
    if (verifySignature(algorithm, publicKey, probe, await signed.get(name)!)) fitting.push(certificate)
  }
  return fitting
}

async function signProbe(pool: SessionPool, by: SigningMechanism, probe: Buffer): Promise<Buffer> {
  try {
    return await pool.withSession(session => session.sign(by, probe))
  } catch (error) {
    if (error instanceof Refused) throw error
    throw failureOf(resultOf(error))
  }
}

/** The certificate to seal with: the only one, or of several for the same key the only one that is valid and meant for it. */
function theOne(fitting: readonly Certificate[], at: Date): Certificate {
  const different = fitting.filter((one, i) => fitting.findIndex(other => other.der.equals(one.der)) === i)
  const valid = different.filter(({ notBefore, notAfter }) => at >= notBefore && at <= notAfter)
  const meant = valid.filter(one => keyUsages(one)?.includes('nonRepudiation'))
  const best = [different, valid, meant].find(some => some.length === 1)
  if (!best) throw new Refused(sealingProblems['key-not-found'], { why: 'certificate', found: different.length })
  return best[0]!
}

/**
 * In a qualified device only if the certificate says that it is, the operator says so too, and the device does not
 * give the key away: otherwise nobody could tell the key from one in a file.
 */
function custodyOf(certificate: Certificate, key: TokenKey, { certifiedDevice }: Pkcs11KeyOptions): KeyCustody {
  if (key.extractable !== false) return 'software'
  const { sscd } = describeCertificate(certificate.der, 'qscd').qcStatements
  return certifiedDevice && sscd ? 'qscd' : 'device'
}
