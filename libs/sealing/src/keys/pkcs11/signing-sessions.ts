import type { Cryptoki } from './cryptoki.js'
import type { SigningMechanism } from './signing-mechanism.js'

/** Greatest input and signature: RSA with 16384 bits. */
const largest = 2048

/**
 * One session that signs. Its buffers live as long as it does: pkcs11js gives bare addresses to its thread, so bytes
 * that only a finished call refers to could be collected under it.
 */
export class SigningSession {
  private readonly input = Buffer.alloc(largest)
  private readonly output = Buffer.alloc(largest)

  constructor(
    private readonly cryptoki: Cryptoki,
    readonly handle: Buffer,
    private readonly key: Buffer,
    /** Gives the PIN for this one use, where the key wants it. */
    private readonly authenticate: ((session: Buffer) => void) | undefined
  ) {}

  /** Signs one message on libuv's thread pool. Throws errors of pkcs11js. One at a time. */
  async sign(by: SigningMechanism, message: Buffer): Promise<Buffer> {
    const { library } = this.cryptoki
    const length = by.input(message).copy(this.input)
    library.C_SignInit(this.handle, by.mechanism, this.key)
    this.authenticate?.(this.handle)
    return by.output(await library.C_SignAsync(this.handle, this.input.subarray(0, length), this.output))
  }
}

/** Sessions that are lent to one caller at a time, in the order of asking. */
export class SessionPool {
  private readonly free: SigningSession[]
  private readonly waiting: ((session: SigningSession) => void)[] = []
  private readonly leaving: (() => void)[] = []
  private users = 0

  constructor(readonly sessions: readonly SigningSession[]) {
    this.free = [...sessions]
  }

  /** Runs work that takes sessions; `idle` waits for it. */
  async use<T>(work: () => Promise<T>): Promise<T> {
    this.users++
    try {
      return await work()
    } finally {
      if (--this.users === 0) for (const left of this.leaving.splice(0)) left()
    }
  }

  /** Lends a session to `work`. */
  async withSession<T>(work: (session: SigningSession) => Promise<T>): Promise<T> {
    const session = this.free.pop() ?? (await new Promise<SigningSession>(resolve => this.waiting.push(resolve)))
    try {
      return await work(session)
    } finally {
      const next = this.waiting.shift()
      if (next) next(session)
      else this.free.push(session)
    }
  }

  /** Waits until nobody uses the pool any more. */
  async idle(): Promise<void> {
    if (this.users > 0) await new Promise<void>(resolve => this.leaving.push(resolve))
  }
}
