/** How quick the remote seal service is; read from the environment once. */
export interface CscSettings {
  /** How long the HSM takes for every call, in milliseconds (SANDBOX_CSC_LATENCY_MS). */
  latencyMs: number
  /** Most signatures a second that the HSM makes; 0: as many as the machine can (SANDBOX_CSC_RATE). */
  signaturesPerSecond: number
  /** How much longer a call takes under the fault `slow`, in milliseconds (SANDBOX_CSC_SLOW_MS). */
  slowMs: number
}

/** @throws Error that names the variable when a value is a negative number or none */
export function readCscSettings(environment: NodeJS.ProcessEnv): CscSettings {
  const notNegative = (name: string, otherwise: number): number => {
    const value = Number(environment[name] ?? otherwise)
    if (!(value >= 0)) throw new Error(`${name} must be a number that is not negative`)
    return value
  }
  return {
    latencyMs: notNegative('SANDBOX_CSC_LATENCY_MS', 0),
    signaturesPerSecond: notNegative('SANDBOX_CSC_RATE', 0),
    slowMs: notNegative('SANDBOX_CSC_SLOW_MS', 2000)
  }
}
