import { randomBytes } from 'node:crypto'
import type { WorldClock } from '../world/world-clock.js'
import { cscError, invalidRequest } from './csc-error.js'

/** Life of an access token, in seconds of the world. */
export const accessTokenLife = 3600

/** Access tokens of the remote seal service: opaque, forgotten at a restart. */
export class AccessTokens {
  readonly #clock: WorldClock
  /** When each token ends, in milliseconds since 1970, world time. */
  readonly #ends = new Map<string, number>()

  constructor(clock: WorldClock) {
    this.#clock = clock
  }

  /** A new token, good from now on. */
  grant(): string {
    const now = this.#clock.now().getTime()
    // Tokens that have ended are known for one more life, so that they can be told from those that never were.
    for (const [token, end] of this.#ends) if (end + accessTokenLife * 1000 < now) this.#ends.delete(token)
    const token = randomBytes(32).toString('base64url')
    this.#ends.set(token, now + accessTokenLife * 1000)
    return token
  }

  /** Ends a token before its time; nothing happens when there is no such token. */
  end(token: string): void {
    if (this.#ends.has(token)) this.#ends.set(token, this.#clock.now().getTime())
  }

  /**
   * The token of a request.
   *
   * @throws HttpException 400 for a header that is none, 401 without a token in force
   */
  require(authorization: string | undefined): string {
    if (authorization === undefined) throw cscError('invalid_token', 'The access token is missing', 401)
    const token = /^Bearer +([\w.~+/-]+=*)$/i.exec(authorization)?.[1]
    if (!token) throw invalidRequest('Malformed authorization header')
    const end = this.#ends.get(token)
    if (end === undefined) throw cscError('invalid_token', 'The access token is not valid', 401)
    if (end <= this.#clock.now().getTime()) throw cscError('expired_token', 'The access token is expired', 401)
    return token
  }
}
