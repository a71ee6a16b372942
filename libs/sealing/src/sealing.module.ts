import { readFileSync } from 'node:fs'
import { Global, Module, type DynamicModule } from '@nestjs/common'
import { BlobStore, EventRecorder } from '#letter'
import { Clock, ConfigurationError, Database, Ids, wire } from '#platform'
import { readCertificatesFromPem } from './certificate/read-pem.js'
import { Pkcs12SealKey } from './keys/pkcs12.seal-key.js'
import { SealLetter, type SealTools } from './seal-letter.js'
import type { SealingConfig } from './sealing.config.js'
import { HttpTimestampAuthority } from './timestamp/http.timestamp-authority.js'

const TOOLS = Symbol('TOOLS')

/** Wiring of sealing; expects the global providers of platform, letter and archive. */
@Global()
@Module({})
export class SealingModule {
  static forRoot(config: SealingConfig): DynamicModule {
    return {
      module: SealingModule,
      providers: [
        { provide: TOOLS, inject: [Clock], useFactory: (clock: Clock) => sealTools(config, clock) },
        wire(SealLetter, Database, EventRecorder, BlobStore, Ids, Clock, TOOLS)
      ],
      exports: [SealLetter]
    }
  }
}

function sealTools(config: SealingConfig, clock: Clock): SealTools {
  const password = read('GONIEC_SEAL_PKCS12_PASSWORD_FILE', config.GONIEC_SEAL_PKCS12_PASSWORD_FILE)
  const key = Pkcs12SealKey.open(
    read('GONIEC_SEAL_PKCS12_FILE', config.GONIEC_SEAL_PKCS12_FILE),
    password.toString('utf8').split(/\r?\n/)[0]!,
    clock.now()
  )
  const { GONIEC_TSA_URL: url, GONIEC_TSA_TRUST_FILE: trustFile, GONIEC_TSA_POLICY: policy } = config
  const tsa =
    url && trustFile
      ? new HttpTimestampAuthority({
          url,
          timeoutMs: config.GONIEC_TSA_TIMEOUT_MS,
          trustAnchors: readCertificatesFromPem(read('GONIEC_TSA_TRUST_FILE', trustFile).toString('utf8')),
          maxSkewSeconds: config.GONIEC_TSA_MAX_SKEW_SECONDS,
          clock,
          ...(policy ? { policy } : {})
        })
      : undefined
  return { key, tsa, level: config.GONIEC_SEAL_LEVEL }
}

function read(variable: string, file: string): Buffer {
  try {
    return readFileSync(file)
  } catch {
    throw new ConfigurationError([`${variable}: the file cannot be read`])
  }
}
