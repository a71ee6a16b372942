/** How fast and how strict the imitated service is; read from the environment once. */
export interface PurdeSettings {
  /** Milliseconds of world time between two events of a message (SANDBOX_STEP_MS). */
  stepMs: number
  /** How long the slow scenario keeps its task pending, and then its evidence back, in milliseconds (SANDBOX_SLOW_MS). */
  slowMs: number
  /** Requests per second that one mailbox may make before it is answered 429 (SANDBOX_PURDE_RATE). */
  requestsPerSecond: number
  /** Largest sum of the attachments of one message, in bytes (SANDBOX_PURDE_TOTAL_BYTES). */
  totalBytes: number
}

/** Injection token of {@link PurdeSettings}. */
export const PURDE_SETTINGS = 'PurdeSettings'

/** @throws Error that names the variable when a value is not a positive number */
export function readPurdeSettings(environment: NodeJS.ProcessEnv): PurdeSettings {
  const positive = (name: string, otherwise: number): number => {
    const value = Number(environment[name] ?? otherwise)
    if (!(value > 0)) throw new Error(`${name} must be a positive number`)
    return value
  }
  return {
    stepMs: positive('SANDBOX_STEP_MS', 30),
    slowMs: positive('SANDBOX_SLOW_MS', 3000),
    requestsPerSecond: positive('SANDBOX_PURDE_RATE', 50),
    totalBytes: positive('SANDBOX_PURDE_TOTAL_BYTES', 500_000_000)
  }
}
