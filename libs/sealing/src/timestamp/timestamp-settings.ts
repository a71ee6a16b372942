import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { createSecureContext } from 'node:tls'
import { z } from 'zod'
import { type Clock, Refused } from '#platform/plain'
import { firstLineOf } from '../first-line.js'
import { sealingProblems } from '../sealing.errors.js'
import { HttpTimestampAuthority } from './http.timestamp-authority.js'

const text = z.string().min(1).max(4096)

/** Where a password may go as it is: it does not leave this machine. */
const onThisMachine = /^http:\/\/(localhost|127(\.\d+){3}|\[::1\])(:\d+)?([/?#]|$)/

/** How one time-stamp authority is reached, and how to log in where it is a commercial one. */
export const timestampSettings = z
  .strictObject({
    url: z.url({ protocol: /^https?$/ }),
    policy: z
      .string()
      .regex(/^[0-2](\.\d+)+$/)
      .optional(),
    timeoutMs: z.number().int().min(100).max(120_000).default(10_000),
    /** How far a stamp's time may be from our clock. */
    maxSkewSeconds: z.number().int().min(1).max(86_400).default(300),
    /** Log-in by name and password (HTTP Basic, RFC 7617); the password is the first line of a file. */
    user: text.regex(/^[^:]+$/, 'must have no colon').optional(),
    passwordFile: text.optional(),
    /** PEM: a TLS client certificate with its chain, and its private key. */
    certFile: text.optional(),
    keyFile: text.optional(),
    /** PEM: roots of the connection, where they are not those that everybody knows. */
    caFile: text.optional()
  })
  .superRefine((one, context) => {
    for (const [a, b] of [
      ['user', 'passwordFile'],
      ['certFile', 'keyFile']
    ] as const)
      if ((one[a] === undefined) !== (one[b] === undefined)) context.addIssue(`${a} and ${b} go together`)
    if (!one.url.startsWith('https:') && (one.certFile ?? one.caFile) !== undefined)
      context.addIssue('certFile and caFile are for https')
    if (!one.url.startsWith('https:') && !onThisMachine.test(one.url) && one.user !== undefined)
      context.addIssue('user and passwordFile are for https')
  })

/** Checked settings; paths are absolute, or meant from the working folder. */
export type TimestampSettings = z.infer<typeof timestampSettings>

/** The same settings with paths that were meant from a folder. */
export function timestampSettingsIn(folder: string, settings: TimestampSettings): TimestampSettings {
  const at = (path: string | undefined) => (path === undefined ? undefined : resolve(folder, path))
  const { passwordFile, certFile, keyFile, caFile, ...rest } = settings
  return { ...rest, passwordFile: at(passwordFile), certFile: at(certFile), keyFile: at(keyFile), caFile: at(caFile) }
}

/**
 * Reads a JSON file with a list of time-stamp authorities, in the order of preference; paths in it are relative to it.
 * @throws Refused `sealing/timestamp-file-wrong` with all mistakes at once in `problems`, never with a value
 */
export function readTimestampFile(path: string): readonly TimestampSettings[] {
  let value: unknown
  try {
    value = JSON.parse(read(path))
  } catch (error) {
    // the parser's own words may quote the file
    throw error instanceof Refused ? error : wrong([`${path}: is not JSON`])
  }
  const parsed = z.array(timestampSettings).min(1).safeParse(value)
  if (!parsed.success) throw wrong(parsed.error.issues.map(issue => `${issue.path.join('.')}: ${issue.message}`))
  return parsed.data.map(one => timestampSettingsIn(dirname(resolve(path)), one))
}

/**
 * @param trustAnchors DER
 * @throws Refused `sealing/timestamp-file-wrong` when a file cannot be read or is no PEM, a certificate and a key do not belong
 * together, or a password is empty
 */
export function openTimestampAuthority(
  { user, passwordFile, certFile, keyFile, caFile, ...settings }: TimestampSettings,
  trustAnchors: readonly Buffer[],
  clock: Clock
): HttpTimestampAuthority {
  const pem = (path: string | undefined) => (path === undefined ? undefined : read(path))
  const credentials =
    user === undefined || passwordFile === undefined ? undefined : { user, password: passwordIn(passwordFile) }
  const tls = { ca: pem(caFile), cert: pem(certFile), key: pem(keyFile) }
  try {
    // at the start and not at the first time stamp
    createSecureContext(tls)
  } catch {
    throw wrong(['certFile, keyFile or caFile is no PEM, or certificate and key do not belong together'])
  }
  return new HttpTimestampAuthority({ ...settings, trustAnchors, clock, credentials, tls })
}

function passwordIn(path: string): string {
  const line = firstLineOf(read(path))
  if (line === '') throw wrong([`${path}: a password must not be empty`])
  return line
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    throw wrong([`${path}: cannot be read`])
  }
}

const wrong = (problems: readonly string[]): Refused =>
  new Refused(sealingProblems['timestamp-file-wrong'], { problems })
