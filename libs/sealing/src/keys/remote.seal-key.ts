import { hash } from 'node:crypto'
import { z } from 'zod'
import { type Clock, type OutboundHttpSettings, Refused } from '#platform/plain'
import { describeCertificate, type KeyCustody } from '../certificate/describe-certificate.js'
import { algorithmFor, hashOf, type SealAlgorithm } from '../seal-algorithm.js'
import { assertFitForSealing, describeSealKey, type SealKey, type SealKeyDescription } from '../seal-key.js'
import { sealingProblems } from '../sealing.errors.js'
import { type Credential, readCredential, remoteAlgorithm, unsuitable } from './csc/credential.js'
import { CscFailure } from './csc/csc-problem.js'
import { type CscAccess, CscService, errorOf } from './csc/csc-service.js'
import { HashSigner, type HashToSign } from './csc/hash-signer.js'
import { MicroBatcher } from './csc/micro-batcher.js'
import type { ObserveRemoteKey } from './csc/remote-key-event.js'
import { type CscVersion, needMethods, type ServiceInfo } from './csc/service-info.js'
import { PinLatch } from './pin-latch.js'

/** A credential of a remote service that speaks the API of the Cloud Signature Consortium. */
export interface RemoteKeyOptions {
  /** Base of all methods, for example `https://rssp.example/csc/v1`. */
  readonly url: string
  readonly api: CscVersion
  readonly access: CscAccess
  /** The only credential of the user when absent. */
  readonly credentialId?: string
  /** For services whose log-in does not say whose credentials are meant. */
  readonly userId?: string
  readonly pin?: string
  /** SHA-256 of the seal certificate, hexadecimal, with or without colons: no other is ever used. */
  readonly pinnedCertificateSha256: string
  readonly algorithm?: SealAlgorithm
  /** The operator declares that the service keeps the key in a certified device (eIDAS art. 39 and 30). */
  readonly certifiedDevice?: boolean
  /** Client certificate and private roots, PEM. */
  readonly tls?: OutboundHttpSettings['tls']
  readonly clock: Clock
  /** v2: sign in asynchronous mode and poll. */
  readonly asynchronous?: boolean
  /** Most hashes in one batch, below the service's own limit (multisign); 500 unless said otherwise. */
  readonly batch?: number
  /** Most hashes in one signHash, where a service takes fewer there than in one authorisation. */
  readonly hashesPerCall?: number
  /** Batches under way at the same time, 1 to 16; 4 unless said otherwise. */
  readonly lanes?: number
  /** Milliseconds that a hash waits for others to share its batch; 20 unless said otherwise. */
  readonly gatherMs?: number
  /** Milliseconds for one exchange; 30,000 unless said otherwise. */
  readonly timeoutMs?: number
  /** Milliseconds for one batch with all its repetitions; 60,000 unless said otherwise. */
  readonly patienceMs?: number
  /** Milliseconds after which service and credential are looked at again before the next use; an hour unless said otherwise. */
  readonly lookAgainMs?: number
  readonly observe?: ObserveRemoteKey
}

/** What was learned of service and credential at one time. */
interface Look {
  readonly info: ServiceInfo
  readonly credential: Credential
}

const listAnswer = z.looseObject({
  credentialIDs: z.array(z.string().max(1000)).max(10_000),
  nextPageToken: z.string().max(4096).optional().catch(undefined)
})

/**
 * A seal key at a trust service provider, used through the CSC API v1.0.4 or v2 without a person. Only digests leave.
 * Calls that come together share batches. A signature comes back only after it verified with the pinned certificate.
 */
export class RemoteSealKey implements SealKey {
  /** HashSigner verifies them all. */
  readonly checked = true
  private readonly batcher: MicroBatcher<HashToSign, Buffer>
  private closed = false
  private lookedAt = performance.now()
  private looking: Promise<void> | undefined

  private constructor(
    private readonly options: RemoteKeyOptions,
    private readonly service: CscService,
    private readonly credentialId: string,
    private look: Look,
    readonly certificate: Buffer,
    readonly chain: readonly Buffer[],
    readonly algorithm: SealAlgorithm,
    readonly custody: KeyCustody,
    private readonly latch: PinLatch | undefined
  ) {
    this.batcher = this.batching()
  }

  /**
   * Asks the service what it is, and the credential what it needs, and refuses what could not seal unattended.
   * @throws Unavailable when the service does not answer; Refused `sealing/key-unsuitable`, `sealing/key-not-found`,
   * `sealing/key-access-refused`, `sealing/key-certificate-changed`, `sealing/certificate-…`.
   */
  static async open(options: RemoteKeyOptions): Promise<RemoteSealKey> {
    const { url, api, access, clock, tls } = options
    const service = new CscService({ url, api, access, clock, tls, timeoutMs: options.timeoutMs ?? 30_000 })
    try {
      return await plainErrors(async () => {
        const until = performance.now() + (options.patienceMs ?? 60_000)
        const info = await service.info(until)
        const credentialId = options.credentialId ?? (await onlyCredential(service, info, options.userId, until))
        const latch =
          options.pin === undefined
            ? undefined
            : new PinLatch(JSON.stringify([new URL(url).href, credentialId]), options.pin)
        latch?.check()
        const look = await lookAt(service, info, credentialId, options, until)
        const { certificate, chain } = look.credential
        const algorithm = options.algorithm ?? algorithmFor(certificate.x509.publicKey)
        if (!algorithm) throw new Refused(sealingProblems['certificate-unfit'], { why: 'kind of key' })
        const { sscd } = describeCertificate(certificate.der, 'qscd').qcStatements
        const custody = options.certifiedDevice && sscd ? 'qscd' : 'device'
        const key = new RemoteSealKey(
          options,
          service,
          credentialId,
          look,
          certificate.der,
          chain,
          algorithm,
          custody,
          latch
        )
        assertFitForSealing(key, clock.now())
        return key
      })
    } catch (error) {
      service.close()
      throw error
    }
  }

  async signBatch(toBeSigned: readonly Buffer[]): Promise<Buffer[]> {
    if (this.closed) throw new Refused(sealingProblems['key-closed'])
    if (toBeSigned.length === 0) return []
    this.latch?.check()
    const name = hashOf(this.algorithm)
    return this.batcher.add(toBeSigned.map(message => ({ message, digest: hash(name, message, 'buffer') })))
  }

  /**
   * Looks at service and credential now: the pinned certificate must still be theirs. Happens by itself before a use when
   * the last look is old; a timer of the host may call it too.
   * @throws Unavailable; Refused `sealing/key-certificate-changed`, `sealing/key-unsuitable`, `sealing/certificate-…`.
   */
  refresh(): Promise<void> {
    this.looking ??= this.lookNow().finally(() => (this.looking = undefined))
    return this.looking
  }

  describe(): SealKeyDescription {
    const { info, credential } = this.look
    const facts = {
      service: new URL(this.options.url).host,
      encrypted: this.options.url.startsWith('https:'),
      api: info.specs || this.options.api,
      scal: credential.scal,
      batch: this.mostAtOnce(),
      withPin: credential.pin !== undefined,
      certifiedDevice: this.options.certifiedDevice ?? false
    }
    return { kind: 'csc', certificate: describeSealKey(this), facts }
  }

  async close(): Promise<void> {
    this.closed = true
    await this.batcher.finish()
    this.service.close()
  }

  private batching(): MicroBatcher<HashToSign, Buffer> {
    const { options, service, credentialId, algorithm, latch } = this
    const { certificate, algorithms } = this.look.credential
    const signer = new HashSigner({
      service,
      api: options.api,
      credentialId,
      algorithm,
      remote: remoteAlgorithm(algorithm, algorithms),
      publicKey: certificate.x509.publicKey,
      credential: () => this.look.credential,
      pin: latch && options.pin !== undefined ? { value: options.pin, latch } : undefined,
      hashesPerCall: options.hashesPerCall ?? Number.MAX_SAFE_INTEGER,
      asynchronous: options.asynchronous ?? false,
      patienceMs: options.patienceMs ?? 60_000,
      lookAgain: () => this.refresh(),
      observe: options.observe ?? (() => undefined)
    })
    return new MicroBatcher(
      async items => {
        if (performance.now() - this.lookedAt > (options.lookAgainMs ?? 3_600_000)) await this.refresh()
        return plainErrors(() => signer.sign(items))
      },
      {
        most: () => this.mostAtOnce(),
        gatherMs: options.gatherMs ?? 20,
        lanes: Math.min(Math.max(options.lanes ?? 4, 1), 16)
      }
    )
  }

  /** Several calls under one SAD need extendTransaction; without it a batch is what one call takes. */
  private mostAtOnce(): number {
    const { batch = 500, hashesPerCall = Number.MAX_SAFE_INTEGER } = this.options
    const { info, credential } = this.look
    const most = Math.max(1, Math.min(batch, credential.multisign ?? batch))
    return info.methods.includes('credentials/extendTransaction') ? most : Math.max(1, Math.min(most, hashesPerCall))
  }

  private async lookNow(): Promise<void> {
    try {
      await plainErrors(async () => {
        const until = performance.now() + (this.options.patienceMs ?? 60_000)
        const info = await this.service.info(until)
        const look = await lookAt(this.service, info, this.credentialId, this.options, until)
        remoteAlgorithm(this.algorithm, look.credential.algorithms)
        assertFitForSealing(this, this.options.clock.now())
        this.look = look
        this.lookedAt = performance.now()
      })
    } catch (error) {
      if (error instanceof Refused) {
        // Until a later look finds everything in order nothing more is signed.
        this.lookedAt = -Infinity
        this.options.observe?.({ kind: 'alarm', credentialId: this.credentialId, code: error.type.code })
      }
      throw error
    }
  }
}

async function lookAt(
  service: CscService,
  info: ServiceInfo,
  credentialID: string,
  options: RemoteKeyOptions,
  until: number
): Promise<Look> {
  needMethods(info, 'credentials/info', 'credentials/authorize', 'signatures/signHash')
  if (options.asynchronous) {
    if (options.api === 'v1') throw unsuitable('asynchronous mode in v1')
    needMethods(info, 'signatures/signPolling')
  }
  const asked = { credentialID, certificates: 'chain', certInfo: true, authInfo: true }
  const { body } = await service.call('credentials/info', asked, until)
  const pinned = options.pinnedCertificateSha256.replaceAll(':', '').toLowerCase()
  return { info, credential: readCredential(body, options.api, pinned, options.pin !== undefined) }
}

/** The user's only credential. @throws Refused `sealing/key-not-found` when there is none, or more than one. */
async function onlyCredential(
  service: CscService,
  info: ServiceInfo,
  userID: string | undefined,
  until: number
): Promise<string> {
  needMethods(info, 'credentials/list')
  const found: string[] = []
  let pageToken: string | undefined
  // More than one credential is one too many already, so few pages need be read.
  for (let page = 0; page < 10 && found.length < 2; page++) {
    const asked = { ...(userID === undefined ? {} : { userID }), ...(pageToken === undefined ? {} : { pageToken }) }
    const read = listAnswer.safeParse((await service.call('credentials/list', asked, until)).body)
    if (!read.success) throw unsuitable('credentials/list')
    found.push(...read.data.credentialIDs)
    pageToken = read.data.nextPageToken
    if (!pageToken) break
  }
  if (found.length !== 1)
    throw new Refused(sealingProblems['key-not-found'], { why: 'credential', found: found.length })
  return found[0]!
}

/** Problems of the API become errors that may cross the border. */
async function plainErrors<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof CscFailure)) throw error
    const { problem } = error
    throw errorOf(problem.kind === 'pin' ? { kind: 'refused', cause: problem.cause, status: 400 } : problem)
  }
}
