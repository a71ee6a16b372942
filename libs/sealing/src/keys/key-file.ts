import { accessSync, constants, readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { z } from 'zod'
import { type Clock, Refused } from '#platform/plain'
import { readCertificatesFromPem } from '../certificate/read-pem.js'
import { firstLineOf } from '../first-line.js'
import { sealAlgorithms } from '../seal-algorithm.js'
import type { SealKey } from '../seal-key.js'
import { sealingProblems } from '../sealing.errors.js'
import type { ObserveRemoteKey } from './csc/remote-key-event.js'
import { Pkcs11SealKey } from './pkcs11.seal-key.js'
import { Pkcs12SealKey } from './pkcs12.seal-key.js'
import { RemoteSealKey } from './remote.seal-key.js'

const text = z.string().min(1).max(4096)
/** A path of a file; relative ones are meant from the folder of the key file. */
const file = text
const algorithm = z.enum(sealAlgorithms).optional()

const pkcs12 = z.strictObject({ kind: z.literal('pkcs12'), file, passwordFile: file, algorithm })

const pkcs11 = z.strictObject({
  kind: z.literal('pkcs11'),
  /** Library of the device; a bare name is left to the system's search path. */
  module: text,
  tokenLabel: text.optional(),
  slot: z.number().int().min(0).optional(),
  pinFile: file,
  keyLabel: text.optional(),
  keyId: z
    .string()
    .regex(/^([0-9a-fA-F]{2})+$/, 'must be hexadecimal')
    .optional(),
  sessions: z.number().int().min(1).max(64).optional(),
  /** PEM: seal certificate and chain, where the token does not hold them. */
  certificatesFile: file.optional(),
  certifiedDevice: z.boolean().optional(),
  algorithm
})

const csc = z.strictObject({
  kind: z.literal('csc'),
  url: z.url({ protocol: /^https?$/ }),
  api: z.enum(['v1', 'v2']),
  clientId: text.optional(),
  clientSecretFile: file.optional(),
  tokenUrl: z.url({ protocol: /^https?$/ }).optional(),
  credentialId: text.optional(),
  userId: text.optional(),
  pinFile: file.optional(),
  pinnedCertificateSha256: z
    .string()
    .regex(/^([0-9a-fA-F]{2}:?){31}[0-9a-fA-F]{2}$/, 'must be a SHA-256 in hexadecimal'),
  certifiedDevice: z.boolean().optional(),
  asynchronous: z.boolean().optional(),
  batch: z.number().int().min(1).max(10_000).optional(),
  hashesPerCall: z.number().int().min(1).max(10_000).optional(),
  lanes: z.number().int().min(1).max(16).optional(),
  patienceMs: z.number().int().min(1000).max(600_000).optional(),
  /** PEM: private roots, and the client certificate with its key. */
  caFile: file.optional(),
  certFile: file.optional(),
  keyFile: file.optional(),
  algorithm
})

/** What fields ask of each other; looked at even where a field is wrong in itself, so that all mistakes show at once. */
function contradictions(one: Record<string, unknown>): string[] {
  const has = (field: string): boolean => one[field] !== undefined
  const found: [boolean, string][] =
    one.kind === 'pkcs11'
      ? [[!has('tokenLabel') && !has('slot'), 'tokenLabel: tokenLabel or slot is needed']]
      : one.kind === 'csc'
        ? [
            [has('clientId') !== has('clientSecretFile'), 'clientId: clientId and clientSecretFile go together'],
            [has('certFile') !== has('keyFile'), 'certFile: certFile and keyFile go together'],
            [
              !has('clientId') && !has('certFile'),
              'clientId: a client id with its secret, or a TLS client certificate, is needed'
            ],
            [one.asynchronous === true && one.api === 'v1', 'asynchronous: exists in v2 only']
          ]
        : []
  return found.filter(([broken]) => broken).map(([, problem]) => problem)
}

const entry = z.discriminatedUnion('kind', [pkcs12, pkcs11, csc])
const name = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/

/** One key as configured; all paths are absolute. */
export type KeyEntry = z.infer<typeof entry>

const fileFields = [
  'file',
  'passwordFile',
  'pinFile',
  'certificatesFile',
  'clientSecretFile',
  'caFile',
  'certFile',
  'keyFile'
] as const

/**
 * Reads a JSON file of named keys: `{ "institution": { "kind": "pkcs12", "file": …, "passwordFile": … }, … }`, kinds
 * `pkcs12`, `pkcs11` and `csc`. Secrets stand in files of their own, whose first line is the secret.
 * @throws Refused `sealing/key-file-wrong` with all mistakes at once in `problems`, never with a value.
 */
export function readKeyFile(path: string): ReadonlyMap<string, KeyEntry> {
  const folder = dirname(resolve(path))
  const problems: string[] = []
  const entries = new Map<string, KeyEntry>()
  for (const [key, value] of Object.entries(readJson(path))) {
    if (!name.test(key)) {
      problems.push('a key has a name that is not made of letters, digits, dots, dashes and underscores')
      continue
    }
    const read = entry.safeParse(value)
    if (typeof value === 'object' && value !== null)
      problems.push(...contradictions(value as Record<string, unknown>).map(problem => `${key}.${problem}`))
    if (!read.success) {
      problems.push(...read.error.issues.map(issue => `${[key, ...issue.path].join('.')}: ${issue.message}`))
      continue
    }
    const resolved: Record<string, unknown> = { ...read.data }
    for (const field of fileFields) {
      const given = resolved[field]
      if (typeof given !== 'string') continue
      const absolute = resolve(folder, given)
      if (!readable(absolute)) problems.push(`${key}.${field}: the file cannot be read`)
      resolved[field] = absolute
    }
    entries.set(key, resolved as KeyEntry)
  }
  if (problems.length > 0) throw wrong(problems)
  if (entries.size === 0) throw wrong(['no key is configured'])
  return entries
}

/**
 * Opens a configured key. `observe` sees what a remote key does.
 * @throws what the adapters throw, and Refused `sealing/key-file-wrong` when a file has gone.
 */
export async function openSealKey(entry: KeyEntry, clock: Clock, observe?: ObserveRemoteKey): Promise<SealKey> {
  switch (entry.kind) {
    case 'pkcs12':
      return Pkcs12SealKey.open(read(entry.file), firstLine(entry.passwordFile), clock.now(), entry.algorithm)
    case 'pkcs11': {
      const { pinFile, certificatesFile, kind: _, ...options } = entry
      const certificates = certificatesFile ? certificatesIn(certificatesFile) : []
      return Pkcs11SealKey.open({ ...options, pin: secret(pinFile), certificates }, clock.now())
    }
    case 'csc': {
      const { clientId, clientSecretFile, tokenUrl, pinFile, caFile, certFile, keyFile, kind: _, ...options } = entry
      return RemoteSealKey.open({
        ...options,
        clock,
        observe,
        access:
          clientId !== undefined && clientSecretFile !== undefined
            ? { kind: 'client', clientId, clientSecret: secret(clientSecretFile), tokenUrl }
            : { kind: 'tls' },
        pin: pinFile === undefined ? undefined : secret(pinFile),
        tls: { ca: textOf(caFile), cert: textOf(certFile), key: textOf(keyFile) }
      })
    }
  }
}

/** Greatest key file in bytes. */
const largest = 1024 * 1024

function readJson(path: string): object {
  const bytes = read(path)
  if (bytes.length > largest) throw wrong(['the file is too large'])
  let value: unknown
  try {
    value = JSON.parse(bytes.toString('utf8'))
  } catch {
    // The parser's own words may quote the file.
    throw wrong(['the file is not JSON'])
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw wrong(['the file must be an object of named keys'])
  return value
}

function readable(path: string): boolean {
  try {
    accessSync(path, constants.R_OK)
    return true
  } catch {
    return false
  }
}

function read(path: string): Buffer {
  try {
    return readFileSync(path)
  } catch {
    throw wrong(['a file cannot be read'])
  }
}

const firstLine = (path: string): string => firstLineOf(read(path).toString('utf8'))

/** A PIN or client secret. An empty one would only be a failed log-in, and failed log-ins lock keys. */
function secret(path: string): string {
  const line = firstLine(path)
  if (line === '') throw wrong(['a file that should hold a secret is empty'])
  return line
}

const textOf = (path: string | undefined): string | undefined =>
  path === undefined ? undefined : read(path).toString('utf8')

function certificatesIn(path: string): Buffer[] {
  try {
    return readCertificatesFromPem(read(path).toString('utf8'))
  } catch (error) {
    if (error instanceof Refused) throw error
    throw wrong(['certificatesFile: not PEM certificates'])
  }
}

function wrong(problems: readonly string[]): Refused {
  return new Refused(sealingProblems['key-file-wrong'], { problems })
}
