import { createHash } from 'node:crypto'
import { Global, Module, type DynamicModule, Logger as NestLogger } from '@nestjs/common'
import type { NestFastifyApplication } from '@nestjs/platform-fastify'
import { Test } from '@nestjs/testing'
import { Logger, LoggerModule } from 'nestjs-pino'
import { accessProblems, Authenticate, RecordRefusal, requireRole, type Caller, type Refusal } from '#access'
import {
  AcceptLetter,
  CancelLetter,
  dispatchProblems,
  ReadLetters,
  UploadDocument,
  type Acceptance,
  type Download,
  type LetterFilter,
  type NewLetter,
  type Upload
} from '#dispatch'
import { letterProblems } from '#letter'
import { Clock, Refused, UuidV7 } from '#platform'
import {
  AcceptBatch,
  CancelBatch,
  DecideBatch,
  MakeSeal,
  ReadBatches,
  ReadSeals,
  ReceiveFile,
  SealKeptDocument,
  sealsProblems,
  ValidateFile,
  type BatchView
} from '#seals'
import { loggingParams } from '../../telemetry/logging.js'
import { METRICS_SOURCES, type MetricsSource } from '../../telemetry/metrics.js'
import { createHttpAdapter } from '../http-adapter.js'
import { HttpModule } from '../http.module.js'
import { READINESS_PROBES, type ReadinessProbe } from '../readiness.js'
import { setUpHttp } from '../set-up-http.js'

/** Credentials that the test's `Authenticate` knows. */
export const KEYS = { sender: 'Bearer sender-key', auditor: 'Bearer auditor-key' } as const

export const TENANT = '0199d1a2-0000-7000-8000-000000000001'
export const LETTER = '0199d1a2-0000-7000-8000-00000000000a'
export const EVIDENCE = '0199d1a2-0000-7000-8000-00000000000e'

const CALLERS: Record<string, Caller> = {
  [KEYS.sender]: { tenantId: TENANT, id: 'key:sender', roles: ['sender'], person: false },
  [KEYS.auditor]: { tenantId: TENANT, id: 'key:auditor', roles: ['auditor'], person: false }
}

/** A clock that is moved by hand. */
export class HandClock extends Clock {
  time = Date.UTC(2026, 9, 12, 8)
  now(): Date {
    return new Date(this.time)
  }
}

/** Use cases written by hand: they remember what they were given, and keep the promises of the true ones. */
export class World {
  readonly clock = new HandClock()
  readonly refusals: Refusal[] = []
  readonly accepted: NewLetter[] = []
  readonly uploads: { upload: Omit<Upload, 'body'>; sha256: string }[] = []
  readonly filters: { filter: LetterFilter; limit: number; cursor?: string }[] = []
  readonly logLines: string[] = []
  probes: ReadinessProbe[] = []
  sources: MetricsSource[] = []
  /** Replaces the next answer of every use case. */
  fault: Error | undefined
  /** Thrown by an upload that has begun. */
  faultInUpload: Error | undefined
  /** Told when an upload has failed. */
  uploadFailed: (error: unknown) => void = () => undefined
  download: Download = {
    fileName: 'BP.OX-żółty.xml',
    mediaType: 'application/xml',
    size: 6,
    sha256: createHash('sha256').update('<a/>\r\n').digest('hex'),
    bytes: pieces('<a/>', '\r\n')
  }

  readonly authenticate = {
    execute: async (header?: string): Promise<Caller> => {
      if (!header) throw new Refused(accessProblems.unauthenticated)
      const caller = CALLERS[header]
      if (!caller) throw new Refused(accessProblems['key-invalid'])
      return caller
    }
  }

  readonly recordRefusal = {
    execute: async (refusal: Refusal): Promise<void> => {
      this.refusals.push(refusal)
    }
  }

  readonly uploadDocument = {
    execute: async (caller: Caller, { body, ...upload }: Upload) => {
      requireRole(caller, 'sender')
      this.stumble()
      const hash = createHash('sha256')
      let size = 0
      try {
        for await (const chunk of body as AsyncIterable<Buffer>) {
          hash.update(chunk)
          size += chunk.length
          if (this.faultInUpload) throw this.faultInUpload
        }
      } catch (error) {
        this.uploadFailed(error)
        throw error
      }
      new NestLogger(World.name).log('a document came')
      const sha256 = hash.digest()
      this.uploads.push({ upload, sha256: sha256.toString('hex') })
      return { id: LETTER, fileName: upload.fileName, mediaType: upload.mediaType, size, sha256 }
    }
  }

  private readonly answers = new Map<string, { request: string; response: string }>()

  readonly acceptLetter = {
    execute: async (caller: Caller, key: string | undefined, letter: NewLetter): Promise<Acceptance> => {
      requireRole(caller, 'sender')
      this.stumble()
      if (!key || key.length > 255) throw new Refused(dispatchProblems['idempotency-key-missing'])
      const request = JSON.stringify(letter)
      const known = this.answers.get(key)
      if (known && known.request !== request) throw new Refused(dispatchProblems['idempotency-key-reused'])
      // an odd spelling of JSON on purpose: the bytes must pass as they are
      const response = known?.response ?? `{"id":"${LETTER}", "progress":"accepted","legalStatus":"not-dispatched"} `
      this.answers.set(key, { request, response })
      if (!known) this.accepted.push(letter)
      return { letterId: LETTER, response, replayed: known !== undefined }
    }
  }

  readonly cancelLetter = {
    execute: async (caller: Caller, id: string) => {
      requireRole(caller, 'sender')
      this.find(id)
      return {
        id,
        progress: 'cancelled',
        legalStatus: 'not-dispatched',
        tenantId: TENANT,
        content: Buffer.from('secret')
      }
    }
  }

  readonly readLetters = {
    letter: async (_caller: Caller, id: string) => ({ id: this.find(id) }),
    list: async (_caller: Caller, filter: LetterFilter, limit: number, cursor?: string) => {
      this.stumble()
      this.filters.push({ filter, limit, cursor })
      return { items: [] }
    },
    timeline: async (_caller: Caller, id: string) => [{ seq: 1, letter: this.find(id) }],
    evidence: async (_caller: Caller, id: string) => [{ id: this.find(id) }],
    evidenceBytes: async (_caller: Caller, id: string, evidenceId: string) => {
      this.find(id)
      if (evidenceId !== EVIDENCE) throw new Refused(letterProblems['evidence-not-found'])
      return this.download
    },
    documentBytes: async (_caller: Caller, id: string) => {
      this.find(id)
      return this.download
    }
  }

  /** Seals on request are tried with the true use cases in acceptance tests; here only what HTTP makes of their answers. */
  readonly receiveFile = new ReceiveFile(1000)
  batch: BatchView | undefined
  readonly readBatches = {
    batch: async (_caller: Caller, _id: string): Promise<BatchView> => {
      this.stumble()
      if (!this.batch) throw new Refused(sealsProblems['batch-not-found'])
      return this.batch
    }
  }
  readonly makeSeal = {
    execute: async (): Promise<never> => {
      this.stumble()
      throw new Refused(sealsProblems['profile-unknown'])
    }
  }

  private find(id: string): string {
    this.stumble()
    if (id !== LETTER) throw new Refused(letterProblems['not-found'])
    return id
  }

  private stumble(): void {
    const { fault } = this
    this.fault = undefined
    if (fault) throw fault
  }
}

/** Bytes in pieces. */
export async function* pieces(...parts: string[]): AsyncIterable<Buffer> {
  for (const part of parts) yield Buffer.from(part)
}

@Global()
@Module({})
class WorldModule {
  static of(world: World): DynamicModule {
    const providers = [
      { provide: Clock, useValue: world.clock },
      { provide: Authenticate, useValue: world.authenticate },
      { provide: RecordRefusal, useValue: world.recordRefusal },
      { provide: UploadDocument, useValue: world.uploadDocument },
      { provide: AcceptLetter, useValue: world.acceptLetter },
      { provide: CancelLetter, useValue: world.cancelLetter },
      { provide: ReadLetters, useValue: world.readLetters },
      { provide: ReceiveFile, useValue: world.receiveFile },
      { provide: MakeSeal, useValue: world.makeSeal },
      { provide: ReadBatches, useValue: world.readBatches },
      ...[SealKeptDocument, AcceptBatch, CancelBatch, DecideBatch, ReadSeals, ValidateFile].map(provide => ({
        provide,
        useValue: {}
      })),
      { provide: READINESS_PROBES, useValue: world.probes },
      { provide: METRICS_SOURCES, useValue: world.sources }
    ]
    return { module: WorldModule, providers, exports: providers }
  }
}

/** The HTTP face as a whole, over a world written by hand. Log lines are kept in the world. */
export async function startTestApp(world: World): Promise<NestFastifyApplication> {
  const write = (line: string) => void world.logLines.push(line)
  const logging = { level: 'info', destination: { write } } as const
  const testing = await Test.createTestingModule({
    imports: [LoggerModule.forRoot(loggingParams(logging)), WorldModule.of(world), HttpModule.forRoot({ api: true })]
  }).compile()
  const app = testing.createNestApplication<NestFastifyApplication>(createHttpAdapter(new UuidV7(world.clock)), {
    bodyParser: false,
    bufferLogs: true
  })
  app.useLogger(app.get(Logger))
  setUpHttp(app, '0.0.0-test', logging)
  await app.init()
  await app.getHttpAdapter().getInstance().ready()
  return app
}
