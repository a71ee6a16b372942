import { z } from 'zod'

const integer = (least: number, most: number, preset: number) =>
  z.coerce.number().int().min(least).max(most).default(preset)

/** Configuration of the gateway program itself; every lib adds its own schema. */
export const gatewayConfig = z.object({
  /** PostgreSQL as the owner of the schema (15 or newer). Absent: the embedded server under GONIEC_DATA_DIR. */
  DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/ }).optional(),
  /** The same database as the application role; absent: `goniec_app` with a password derived from the owner's. */
  DATABASE_APP_URL: z.url({ protocol: /^postgres(ql)?$/ }).optional(),
  /** Bring the schema up to date at start; switch off where migrations are run by hand. */
  GONIEC_MIGRATE: z.stringbool().default(true),
  /** Where an embedded database keeps its files. */
  GONIEC_DATA_DIR: z.string().default('.goniec'),
  /** `all`, or `api` and `worker` as separate programs. */
  GONIEC_ROLE: z.enum(['all', 'api', 'worker']).default('all'),
  /** Address to listen on. */
  GONIEC_HOST: z.string().default('127.0.0.1'),
  /** 0: any free port, printed at start. A `worker` serves only health, metrics and the list of problems there. */
  GONIEC_PORT: integer(0, 65535, 4000),
  /** Key-encryption keys (JSON file); made at first start of an embedded installation. */
  GONIEC_KEK_FILE: z.string().optional(),
  /** Largest document, in bytes. */
  GONIEC_MAX_DOCUMENT_BYTES: integer(1, 2 ** 31, 500 * 1024 * 1024),
  /** Letters worked on at once by this process. */
  GONIEC_CONCURRENCY: integer(1, 64, 4),
  /** How often a worker looks for jobs whose time has come, in seconds; new jobs announce themselves. */
  GONIEC_JOB_POLL_SECONDS: z.coerce.number().min(0.5).max(60).default(2),
  /** Seconds between tries of a step that has to wait, the last one for ever; comma-separated. */
  GONIEC_RETRY_DELAYS: z
    .string()
    .regex(/^\d+(,\d+)*$/, 'must be whole seconds separated by commas')
    .default('1,2,5,15,30,60,120,300')
    .transform(text => text.split(',').map(Number)),
  /** Sandbox only, never in production: follow this clock (`GET` → {"offsetMs": n}). */
  GONIEC_CLOCK_URL: z.url().optional(),
  /** Least severity that is logged. */
  GONIEC_LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info')
})

/** The gateway's own settings. */
export type GatewayConfig = z.infer<typeof gatewayConfig>
