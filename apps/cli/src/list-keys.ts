import { type Clock, Unavailable } from '#platform/plain'
import { type CertificateDescription, describeSealKey, type KeyEntry, openSealKey } from '#sealing/plain'
import { exitCode, type ExitCode } from './outcome.js'
import { problemIn, type ToldProblem } from './told-problem.js'

/** What is to be said about one configured key; never a secret. */
export interface KeyNotice {
  readonly name: string
  readonly kind: KeyEntry['kind']
  readonly status: 'usable' | 'unusable' | 'away'
  readonly certificate?: CertificateDescription
  /** Technical facts of the adapter. */
  readonly facts?: Readonly<Record<string, string | number | boolean>>
  /** Whole days until the certificate ends; negative when it has ended. */
  readonly daysLeft?: number
  readonly problem?: ToldProblem
}

const codes: Readonly<Record<KeyNotice['status'], ExitCode>> = {
  usable: exitCode.fine,
  unusable: exitCode.failed,
  away: exitCode.away
}

/** The exit code that one notice asks for. */
export const codeOfNotice = ({ status }: KeyNotice): ExitCode => codes[status]

/** Opens each key as sealing would, and says what it is. One that cannot be opened does not hide the others. */
export async function listKeys(
  entries: ReadonlyMap<string, KeyEntry>,
  clock: Clock,
  tell: (notice: KeyNotice) => void
): Promise<void> {
  for (const [name, entry] of entries) tell(await look(name, entry, clock))
}

async function look(name: string, entry: KeyEntry, clock: Clock): Promise<KeyNotice> {
  const { kind } = entry
  try {
    const key = await openSealKey(entry, clock)
    try {
      const certificate = describeSealKey(key)
      const left = certificate.notAfter.getTime() - clock.now().getTime()
      const facts = key.describe?.().facts ?? {}
      return { name, kind, status: 'usable', certificate, facts, daysLeft: Math.floor(left / 86_400_000) }
    } finally {
      await key.close?.()
    }
  } catch (error) {
    return { name, kind, status: error instanceof Unavailable ? 'away' : 'unusable', problem: problemIn(error) }
  }
}
