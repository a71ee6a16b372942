import { join } from 'node:path'
import { Global, Module, type DynamicModule, type OnModuleDestroy } from '@nestjs/common'
import { BlobStore, EventRecorder } from '#letter'
import { Clock, ConfigurationError, Database, Ids, packageRoot, Refused, wire } from '#platform'
import { type OpenedEngine, openEngine, type EngineSettings } from './engine/open-engine.js'
import { SealEngine } from './engine/seal-engine.js'
import { readTimestampFile } from './timestamp/timestamp-settings.js'
import { type KeyEntry, readKeyFile } from './keys/key-file.js'
import { SealLetter, type LetterSeal } from './seal-letter.js'
import type { SealingConfig } from './sealing.config.js'

const OPENED = Symbol('OPENED')
const LETTER_SEAL = Symbol('LETTER_SEAL')

/** Ends the engine's threads and sessions with the application. */
class EngineKeeper implements OnModuleDestroy {
  constructor(private readonly engine: SealEngine) {}

  onModuleDestroy(): Promise<void> {
    return this.engine.close()
  }
}

/** Wiring of sealing; expects the global providers of platform, letter and archive. */
@Global()
@Module({})
export class SealingModule {
  static forRoot(config: SealingConfig): DynamicModule {
    return {
      module: SealingModule,
      providers: [
        { provide: OPENED, inject: [Clock], useFactory: (clock: Clock) => open(config, clock) },
        { provide: SealEngine, inject: [OPENED], useFactory: ({ engine }: OpenedEngine) => engine },
        wire(EngineKeeper, SealEngine),
        {
          provide: LETTER_SEAL,
          inject: [OPENED],
          useFactory: ({ keys, tsa }: OpenedEngine): LetterSeal => ({
            keyName: config.GONIEC_SEAL_KEY,
            key: keys.get(config.GONIEC_SEAL_KEY)!,
            tsa,
            level: config.GONIEC_SEAL_LEVEL
          })
        },
        wire(SealLetter, Database, EventRecorder, BlobStore, Ids, Clock, SealEngine, LETTER_SEAL)
      ],
      exports: [SealLetter, SealEngine]
    }
  }
}

async function open(config: SealingConfig, clock: Clock): Promise<OpenedEngine> {
  try {
    const keys = keyEntries(config)
    if (!keys.has(config.GONIEC_SEAL_KEY))
      throw new ConfigurationError(['GONIEC_SEAL_KEY: there is no key of that name'])
    const workerFile = join(packageRoot(), 'dist/libs/sealing/src/engine/engine-worker.js')
    return await openEngine(settingsOf(config), { keys, clock, workerFile })
  } catch (error) {
    // what is wrong with a key or a file is for whoever configures, and has its own words
    if (error instanceof Refused)
      throw new ConfigurationError([`${error.message} ${JSON.stringify(error.facts)}`], { cause: error })
    throw error
  }
}

function keyEntries(config: SealingConfig): Map<string, KeyEntry> {
  const entries = new Map(config.GONIEC_SEAL_KEYS_FILE ? readKeyFile(config.GONIEC_SEAL_KEYS_FILE) : [])
  const { GONIEC_SEAL_PKCS12_FILE: file, GONIEC_SEAL_PKCS12_PASSWORD_FILE: passwordFile } = config
  if (file && passwordFile) entries.set('institution', { kind: 'pkcs12', file, passwordFile })
  return entries
}

function settingsOf(config: SealingConfig): EngineSettings {
  const { GONIEC_TRUSTED_LIST_FILE: list, GONIEC_TRUSTED_LIST_SIGNERS_FILE: signersFile } = config
  return {
    timestampAuthorities: config.GONIEC_TSA_FILE
      ? [...readTimestampFile(config.GONIEC_TSA_FILE)]
      : (config.GONIEC_TSA_URL ?? []).map(url => ({
          url,
          policy: config.GONIEC_TSA_POLICY,
          timeoutMs: config.GONIEC_TSA_TIMEOUT_MS,
          maxSkewSeconds: config.GONIEC_TSA_MAX_SKEW_SECONDS
        })),
    timestampTrustFile: config.GONIEC_TSA_TRUST_FILE,
    trustFile: config.GONIEC_SEAL_TRUST_FILE,
    trustedLists: list && signersFile ? [{ file: list, signersFile }] : [],
    revocation: true,
    threads: config.GONIEC_SEAL_THREADS
  }
}
