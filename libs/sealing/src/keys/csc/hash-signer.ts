import { setTimeout as wait } from 'node:timers/promises'
import type { KeyObject } from 'node:crypto'
import { z } from 'zod'
import { DerNode, readDer } from '../../der-reader.js'
import { Oid } from '../../oids.js'
import {
  hashOf,
  longestSignature,
  orderBytes,
  type SealAlgorithm,
  signatureIdentifier,
  verifySignatureAsync
} from '../../seal-algorithm.js'
import { ecdsaToDer } from '../ecdsa-form.js'
import type { PinLatch } from '../pin-latch.js'
import { type Credential, type RemoteAlgorithm, unsuitable } from './credential.js'
import { CscFailure, type CscProblem } from './csc-problem.js'
import { backoffMs, type CscAnswer, type CscService, errorOf } from './csc-service.js'
import type { ObserveRemoteKey } from './remote-key-event.js'
import type { CscVersion } from './service-info.js'

/** One message on its way: what is signed, and its digest, which is all that leaves. */
export interface HashToSign {
  readonly message: Buffer
  readonly digest: Buffer
}

/** With what and how one credential signs. */
export interface HashSigning {
  readonly service: CscService
  readonly api: CscVersion
  readonly credentialId: string
  readonly algorithm: SealAlgorithm
  readonly remote: RemoteAlgorithm
  readonly publicKey: KeyObject
  /** The credential as last seen. */
  readonly credential: () => Credential
  readonly pin: { readonly value: string; readonly latch: PinLatch } | undefined
  /** Most hashes for one signHash; more share one SAD by extendTransaction. */
  readonly hashesPerCall: number
  readonly asynchronous: boolean
  /** Milliseconds for one batch with all its repetitions. */
  readonly patienceMs: number
  /** Looks at the credential again; throws when it is not what it was. */
  readonly lookAgain: () => Promise<void>
  readonly observe: ObserveRemoteKey
}

const sadAnswer = z.looseObject({
  SAD: z.string().min(1).max(65_536),
  expiresIn: z.coerce.number().min(0).max(31_536_000).optional().catch(undefined)
})
const signaturesAnswer = z.looseObject({
  signatures: z.array(z.string().max(65_536)).optional(),
  responseID: z.string().min(1).max(4096).optional()
})

/** Seconds that a SAD lives whose service does not say (v1.0.4, 11.6). */
const defaultSadSeconds = 3600
/** Milliseconds before its end at which a SAD is no longer used: the call has to arrive too. */
const sadMarginMs = 1000
/** How often a batch is begun again, by what went wrong. */
const repetitions = { sad: 1, unclear: 2, wrong: 1 } as const

interface Sad {
  readonly value: string
  readonly goodUntil: number
}

/**
 * Signs one batch of hashes: authorise, sign, check. An answer is used only if every signature verifies with the pinned
 * certificate over its own hash; otherwise the whole answer is thrown away, even where sorting would mend it, because
 * nothing such a service says about that batch can be relied upon. A new batch is tried once.
 */
export class HashSigner {
  /** Authorisations with a PIN go one after another, so that a PIN gone wrong is offered once and not by several batches. */
  private lastWithPin: Promise<unknown> = Promise.resolve()
  private pinProven = false

  constructor(private readonly signing: HashSigning) {}

  async sign(batch: readonly HashToSign[]): Promise<Buffer[]> {
    const { patienceMs, observe, credentialId } = this.signing
    const began = performance.now()
    const left: Record<string, number> = { ...repetitions }
    for (let tries = 1; ; tries++)
      try {
        const { signatures, responseIds } = await this.once(batch, began + patienceMs)
        const milliseconds = Math.round(performance.now() - began)
        observe({ kind: 'signed', credentialId, signatures: batch.length, milliseconds, tries, responseIds })
        return signatures
      } catch (error) {
        if (!(error instanceof CscFailure)) throw error
        const { problem } = error
        if (problem.kind === 'pin') throw this.pinRefused(problem.cause)
        // Signatures that may exist and that nobody will embed do no harm, but they are counted and perhaps paid for.
        if (problem.kind === 'unclear' || problem.kind === 'wrong')
          observe({ kind: 'unused', credentialId, signatures: batch.length, why: problem.kind })
        const again = left[problem.kind] ?? 0
        if (again === 0 || performance.now() - began > patienceMs) throw errorOf(problem)
        left[problem.kind] = again - 1
        if (problem.kind === 'wrong') await this.signing.lookAgain()
        if (problem.kind === 'unclear') await wait(backoffMs(tries))
      }
  }

  private async once(
    batch: readonly HashToSign[],
    until: number
  ): Promise<{ signatures: Buffer[]; responseIds: string[] }> {
    const { hashesPerCall } = this.signing
    const hashes = batch.map(({ digest }) => digest.toString('base64'))
    let sad = await this.authorize(hashes, until)
    const answers: string[] = []
    const responseIds: string[] = []
    for (let at = 0; at < hashes.length; at += hashesPerCall) {
      const part = hashes.slice(at, at + hashesPerCall)
      if (at > 0) sad = await this.extend(sad, part, until)
      if (performance.now() > sad.goodUntil) throw new CscFailure({ kind: 'sad' })
      const answer = await this.signHash(sad, part, until)
      if (answer.responseId !== undefined) responseIds.push(answer.responseId)
      if (answer.signatures.length !== part.length) throw wrong({ asked: part.length, got: answer.signatures.length })
      answers.push(...answer.signatures)
    }
    return { signatures: await this.checked(batch, answers), responseIds }
  }

  /** Asks for signature activation data for all the hashes. */
  private async authorize(hashes: readonly string[], until: number): Promise<Sad> {
    const { credential, api, pin } = this.signing
    const wanted = credential().pin
    const body = {
      credentialID: this.signing.credentialId,
      numSignatures: hashes.length,
      ...(credential().scal === 2 ? this.hashParameters(hashes) : {})
    }
    if (!wanted || !pin) return this.askForSad('credentials/authorize', body, until)
    const withPin =
      api === 'v1' ? { ...body, PIN: pin.value } : { ...body, authData: [{ id: wanted.id, value: pin.value }] }
    return this.oneWithPinAtATime(async () => {
      pin.latch.check()
      try {
        const sad = await this.askForSad('credentials/authorize', withPin, until, !this.pinProven)
        this.pinProven = true
        return sad
      } catch (error) {
        if (!(error instanceof CscFailure)) throw error
        const { problem } = error
        // Before the next one in the queue has its turn.
        if (problem.kind === 'pin') throw this.pinRefused(problem.cause)
        if (this.pinProven) throw error
        // A PIN that has never worked gets one try: a refusal without a clear reason is taken to mean the PIN.
        if (problem.kind === 'refused' && problem.cause !== 'invalid_request') throw this.pinRefused(problem.cause)
        if (problem.kind === 'unclear') throw errorOf(problem)
        throw error
      }
    })
  }

  /** New activation data for the next hashes of the same authorisation (v1.0.4, 11.7). */
  private extend(sad: Sad, hashes: readonly string[], until: number): Promise<Sad> {
    const body = { credentialID: this.signing.credentialId, SAD: sad.value, ...this.hashParameters(hashes) }
    return this.askForSad('credentials/extendTransaction', body, until)
  }

  private async askForSad(method: string, body: object, until: number, once = false): Promise<Sad> {
    const asked = performance.now()
    const answer = await this.signing.service.call(method, body, until, { once })
    const read = sadAnswer.safeParse(answer.body)
    // v2 answers with a handle instead when a person is to be asked (v2, 11.7).
    if (!read.success) throw unsuitable('no SAD')
    const seconds = read.data.expiresIn ?? defaultSadSeconds
    return { value: read.data.SAD, goodUntil: asked + seconds * 1000 - Math.min(sadMarginMs, seconds * 100) }
  }

  private async signHash(
    sad: Sad,
    hashes: readonly string[],
    until: number
  ): Promise<{ signatures: string[]; responseId?: string }> {
    const { service, api, credentialId, algorithm, remote, asynchronous, publicKey } = this.signing
    const perSignature = Math.ceil((longestSignature(publicKey) * 4) / 3) + 64
    const maxAnswerBytes = 65_536 + hashes.length * perSignature
    const validity = Math.max(1, Math.floor(until - performance.now()))
    const body = {
      credentialID: credentialId,
      SAD: sad.value,
      ...this.hashParameters(hashes),
      ...(api === 'v1' ? { hashAlgo: Oid[hashOf(algorithm)] } : {}),
      signAlgo: remote.signAlgo,
      ...(remote.parameters ? { signAlgoParams: pssParameters(algorithm).toString('base64') } : {}),
      ...(api === 'v2' ? { operationMode: asynchronous ? 'A' : 'S' } : {}),
      ...(asynchronous ? { validity_period: validity } : {})
    }
    const answer = await service.call('signatures/signHash', body, until, { maxAnswerBytes })
    const { signatures, responseID } = readSignatures(answer)
    if (signatures) return { signatures, responseId: responseID }
    if (responseID === undefined || api === 'v1') throw wrong({ why: 'no signatures' })
    return { signatures: await this.poll(responseID, until, maxAnswerBytes), responseId: responseID }
  }

  /** Asks for the signatures of an asynchronous call until they are there or patience ends. */
  private async poll(responseID: string, until: number, maxAnswerBytes: number): Promise<string[]> {
    for (let pauseMs = 40; ; pauseMs = Math.min(pauseMs * 1.5, 1000)) {
      // Published descriptions of v2 name the parameter in two ways; services look for the one that they know.
      const body = { requestID: responseID, responseID }
      const answer = await this.signing.service.call('signatures/signPolling', body, until, { maxAnswerBytes })
      const { signatures } = readSignatures(answer)
      if (signatures) return signatures
      const waitMs = Math.max(pauseMs, Math.min(answer.retryAfterMs ?? 0, 10_000))
      if (performance.now() + waitMs > until) throw new CscFailure({ kind: 'unclear', cause: 'still being signed' })
      await wait(waitMs)
    }
  }

  /** The signatures in the form that seals want, each verified over its own message with the pinned certificate. */
  private async checked(batch: readonly HashToSign[], answers: readonly string[]): Promise<Buffer[]> {
    const { algorithm, publicKey } = this.signing
    const numberBytes = orderBytes(publicKey)
    const signatures = answers.map(text => {
      const bytes = Buffer.from(text, 'base64')
      return (algorithm.startsWith('ECDSA') ? ecdsaToDer(bytes, numberBytes) : bytes) ?? Buffer.alloc(0)
    })
    const good = await Promise.all(
      batch.map(({ message }, i) => verifySignatureAsync(algorithm, publicKey, message, signatures[i]!))
    )
    const position = good.indexOf(false)
    if (position < 0) return signatures
    const elsewhere = await Promise.all(
      batch.map(({ message }) => verifySignatureAsync(algorithm, publicKey, message, signatures[position]!))
    )
    throw wrong({ position, wrong: good.filter(one => !one).length, mixedUp: elsewhere.includes(true) })
  }

  private hashParameters(hashes: readonly string[]): object {
    const { api, algorithm } = this.signing
    return api === 'v1' ? { hash: hashes } : { hashes, hashAlgorithmOID: Oid[hashOf(algorithm)] }
  }

  private oneWithPinAtATime<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.lastWithPin.then(work, work)
    this.lastWithPin = turn.catch(() => undefined)
    return turn
  }

  private pinRefused(cause: string): Error {
    const { pin, observe, credentialId } = this.signing
    // Without a PIN of ours there is nothing to keep back, but the credential is out of use all the same.
    if (!pin) return errorOf({ kind: 'refused', cause, status: 400 })
    observe({ kind: 'alarm', credentialId, code: 'sealing/key-pin-refused' })
    return pin.latch.burn(cause)
  }
}

function readSignatures({ body }: CscAnswer): z.infer<typeof signaturesAnswer> {
  const read = signaturesAnswer.safeParse(body)
  if (!read.success) throw wrong({ why: 'form' })
  return read.data
}

/** DER RSASSA-PSS-params (RFC 4055, 3.1). */
function pssParameters(algorithm: SealAlgorithm): Buffer {
  const [, parameters] = readDer(signatureIdentifier(algorithm)).children() as [DerNode, DerNode]
  return parameters.raw
}

function wrong(facts: Extract<CscProblem, { kind: 'wrong' }>['facts']): CscFailure {
  return new CscFailure({ kind: 'wrong', facts })
}
