import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { type Clock, Refused } from '#platform/plain'
import { readCertificatesFromPem } from '../certificate/read-pem.js'
import { type TrustAnchor, TrustStore } from '../certificate/trust-store.js'
import { type KeyEntry, openSealKey } from '../keys/key-file.js'
import { OnlineMaterialSource } from '../revocation/online-material-source.js'
import type { SealKey } from '../seal-key.js'
import { sealingProblems } from '../sealing.errors.js'
import { FailoverTimestampAuthority } from '../timestamp/failover.timestamp-authority.js'
import type { TimestampAuthority } from '../timestamp/timestamp-authority.js'
import { openTimestampAuthority, timestampSettings } from '../timestamp/timestamp-settings.js'
import { TrustedList } from '../trusted-list/trusted-list.js'
import { type EngineParts, LocalSealEngine } from './local-engine.js'
import type { SealEngine } from './seal-engine.js'
import { type SealedList, WorkerSealEngine } from './worker-engine.js'

const path = z.string().min(1)

/** Whom an engine trusts and asks, besides its keys. All files are PEM unless said otherwise. */
export const engineSettings = z.strictObject({
  /** In the order of preference. */
  timestampAuthorities: z.array(timestampSettings).default([]),
  /** Trusted to issue time stamps, or to issue the certificates of those who do. */
  timestampTrustFile: path.optional(),
  /** Trusted to issue the certificates of seals and signatures. */
  trustFile: path.optional(),
  /** National trusted lists (XML), each with the certificates that may seal it. Their services become trust anchors. */
  trustedLists: z.array(z.strictObject({ file: path, signersFile: path })).default([]),
  /** Whether OCSP responders and CRLs are asked; without, B-LT and B-LTA cannot be made. */
  revocation: z.boolean().default(true),
  /** Worker threads; as many as processors when absent, 0 for none. */
  threads: z.number().int().min(0).max(256).optional()
})

/** Checked settings. */
export type EngineSettings = z.infer<typeof engineSettings>

/** What opening an engine takes besides its settings. */
export interface EngineSurroundings {
  readonly keys: ReadonlyMap<string, KeyEntry>
  readonly clock: Clock
  /** Compiled `engine-worker.js`. */
  readonly workerFile: string
}

/** An engine, and the parts of it that others need too. */
export interface OpenedEngine {
  readonly engine: SealEngine
  readonly keys: ReadonlyMap<string, SealKey>
  readonly tsa: TimestampAuthority | undefined
}

/**
 * Opens an engine: its keys, services and trust.
 * @throws Refused what keys, time-stamp authorities and trusted lists throw; `sealing/key-file-wrong` for a file that cannot be read
 */
export async function openEngine(
  settings: EngineSettings,
  { keys: entries, clock, workerFile }: EngineSurroundings
): Promise<OpenedEngine> {
  const keys = new Map<string, SealKey>()
  for (const [name, entry] of entries) keys.set(name, await openSealKey(entry, clock))
  const tsa = timestampAuthority(settings, clock)
  const sealedLists = settings.trustedLists.map(({ file, signersFile }): SealedList => ({
    xml: read(file),
    signers: certificates(signersFile)
  }))
  const lists = sealedLists.map(({ xml, signers }) => TrustedList.read(xml, signers))
  const trust: TrustAnchor[] = [
    ...certificates(settings.trustFile).map(certificate => ({
      certificate,
      purposes: ['signature', 'revocation'] as const
    })),
    ...certificates(settings.timestampTrustFile).map(certificate => ({
      certificate,
      purposes: ['time-stamp', 'revocation'] as const
    })),
    ...lists.flatMap(list => list.trustAnchors())
  ]
  const store = new TrustStore(trust)
  const material =
    settings.revocation && (settings.trustFile !== undefined || lists.length > 0)
      ? new OnlineMaterialSource({ trust: store, clock })
      : undefined
  const parts: EngineParts = {
    keys,
    trust: store,
    lists,
    clock,
    ...(tsa ? { tsa } : {}),
    ...(material ? { material } : {})
  }
  const engine =
    settings.threads === 0
      ? new LocalSealEngine(parts)
      : new WorkerSealEngine({ ...parts, trust, lists: sealedLists, workerFile, threads: settings.threads })
  return { engine, keys, tsa }
}

function timestampAuthority(settings: EngineSettings, clock: Clock): TimestampAuthority | undefined {
  const trustAnchors = certificates(settings.timestampTrustFile)
  const authorities = settings.timestampAuthorities.map(one => openTimestampAuthority(one, trustAnchors, clock))
  if (authorities.length < 2) return authorities[0]
  return new FailoverTimestampAuthority(authorities, { clock })
}

function certificates(file: string | undefined): Buffer[] {
  return file === undefined ? [] : readCertificatesFromPem(read(file).toString('utf8'))
}

function read(file: string): Buffer {
  try {
    return readFileSync(file)
  } catch {
    throw new Refused(sealingProblems['key-file-wrong'], { problems: [`${file}: cannot be read`] })
  }
}
