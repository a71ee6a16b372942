import { randomBytes } from 'node:crypto'
import type { RemoteCredential } from './remote-credential.js'

/** An authorisation that waits for a person. */
export interface PendingApproval {
  credential: RemoteCredential
  signatures: number
  hashes: string[] | undefined
}

/** Most approvals that wait at once; the oldest give way. */
const mostWaiting = 1000

/** Authorisations that a person has yet to approve on a telephone; forgotten at a restart. */
export class PendingApprovals {
  readonly #waiting = new Map<string, PendingApproval & { approved: boolean }>()

  /** Puts an authorisation before the person; the handle is for asking how it went. */
  ask(approval: PendingApproval): string {
    const handle = randomBytes(16).toString('base64url')
    this.#waiting.set(handle, { ...approval, approved: false })
    const [oldest] = this.#waiting.keys()
    if (this.#waiting.size > mostWaiting && oldest !== undefined) this.#waiting.delete(oldest)
    return handle
  }

  /** The person approves everything that waits; the answer is how much that was. */
  approveAll(): number {
    const waiting = [...this.#waiting.values()].filter(({ approved }) => !approved)
    for (const one of waiting) one.approved = true
    return waiting.length
  }

  /** What was approved under a handle, once; `waiting` before that, and nothing for a handle that was never given. */
  collect(handle: string): PendingApproval | 'waiting' | undefined {
    const found = this.#waiting.get(handle)
    if (!found) return undefined
    if (!found.approved) return 'waiting'
    this.#waiting.delete(handle)
    return found
  }
}
