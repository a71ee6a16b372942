import { z } from 'zod'
import { sealLevels } from './seal-format.js'

const file = z.string().min(1).optional()
const whole = (least: number, most: number, preset: number) =>
  z.coerce.number().int().min(least).max(most).default(preset)

const httpUrl = z.url({ protocol: /^https?$/ })

const variables = z.object({
  GONIEC_SEAL_PKCS12_FILE: file,
  GONIEC_SEAL_PKCS12_PASSWORD_FILE: file,
  GONIEC_SEAL_KEYS_FILE: file,
  GONIEC_SEAL_KEY: z.string().min(1).default('institution'),
  GONIEC_SEAL_LEVEL: z.enum(sealLevels).default('B-T'),
  GONIEC_SEAL_TRUST_FILE: file,
  GONIEC_SEAL_THREADS: z.coerce.number().int().min(0).max(256).optional(),
  GONIEC_TSA_URL: z
    .string()
    .transform(text => text.split(',').map(url => url.trim()))
    .refine(urls => urls.every(url => httpUrl.safeParse(url).success), 'addresses of HTTP(S), separated by commas')
    .optional(),
  GONIEC_TSA_FILE: file,
  GONIEC_TSA_TRUST_FILE: file,
  GONIEC_TSA_POLICY: z
    .string()
    .regex(/^[0-2](\.\d+)+$/)
    .optional(),
  GONIEC_TSA_TIMEOUT_MS: whole(100, 120_000, 10_000),
  GONIEC_TSA_MAX_SKEW_SECONDS: whole(1, 86_400, 300),
  GONIEC_TRUSTED_LIST_FILE: file,
  GONIEC_TRUSTED_LIST_SIGNERS_FILE: file
})

type Variables = z.infer<typeof variables>

/** What one variable asks of another. */
interface Demand {
  readonly of: keyof Variables
  /** Why it is needed; undefined where it is not. */
  readonly why: (config: Partial<Variables>) => string | undefined
}

const beside = (name: keyof Variables) => (config: Partial<Variables>) =>
  config[name] === undefined ? undefined : `with ${name}`
const from = (...levels: Variables['GONIEC_SEAL_LEVEL'][]) => {
  return ({ GONIEC_SEAL_LEVEL: level }: Partial<Variables>) =>
    level && levels.includes(level) ? `for level ${level}` : undefined
}
const fromTimestamps = from('B-T', 'B-LT', 'B-LTA')

const demands: readonly Demand[] = [
  {
    of: 'GONIEC_SEAL_PKCS12_FILE',
    why: config => (config.GONIEC_SEAL_KEYS_FILE ? undefined : 'without GONIEC_SEAL_KEYS_FILE')
  },
  { of: 'GONIEC_SEAL_PKCS12_PASSWORD_FILE', why: beside('GONIEC_SEAL_PKCS12_FILE') },
  { of: 'GONIEC_TSA_URL', why: config => (config.GONIEC_TSA_FILE ? undefined : fromTimestamps(config)) },
  { of: 'GONIEC_TSA_TRUST_FILE', why: fromTimestamps },
  { of: 'GONIEC_SEAL_TRUST_FILE', why: from('B-LT', 'B-LTA') },
  { of: 'GONIEC_TRUSTED_LIST_SIGNERS_FILE', why: beside('GONIEC_TRUSTED_LIST_FILE') }
]

/**
 * Where seal keys, time-stamp authorities and trust are. Environment variables by name:
 * - `GONIEC_SEAL_PKCS12_FILE`, `GONIEC_SEAL_PKCS12_PASSWORD_FILE`: one key as PKCS#12, and a file whose first line is its
 *   password; it is called `institution`;
 * - `GONIEC_SEAL_KEYS_FILE`: JSON file of named keys (PKCS#12, PKCS#11, CSC) instead of, or besides, that one;
 * - `GONIEC_SEAL_KEY`: name of the key that seals letters, default `institution`;
 * - `GONIEC_SEAL_LEVEL`: level of seals on letters: `B-B`, `B-T` (default), `B-LT` or `B-LTA`;
 * - `GONIEC_SEAL_TRUST_FILE`: PEM certificates trusted to issue seal certificates; needed from `B-LT` up and to validate;
 * - `GONIEC_SEAL_THREADS`: worker threads that seal and validate; as many as processors when absent, 0 for none;
 * - `GONIEC_TSA_URL`: RFC 3161 services over HTTP(S), comma-separated, in the order of preference;
 * - `GONIEC_TSA_FILE`: JSON file with a list of such services instead, where they want a log-in or differ in policy and patience;
 * - `GONIEC_TSA_TRUST_FILE`: PEM certificates trusted to issue time stamps;
 * - `GONIEC_TSA_POLICY`: policy to ask for (dotted OID), optional;
 * - `GONIEC_TSA_TIMEOUT_MS`: patience for one answer, in milliseconds;
 * - `GONIEC_TSA_MAX_SKEW_SECONDS`: how far the stamp's time may be from our clock;
 * - `GONIEC_TRUSTED_LIST_FILE`, `GONIEC_TRUSTED_LIST_SIGNERS_FILE`: an ETSI trusted list (XML) and the PEM certificates that
 *   may seal it; its services become trust anchors and tell the qualification.
 */
export const sealingConfig = demands.reduce(
  (schema, { of, why }) =>
    schema.refine(config => config[of] !== undefined || why(config) === undefined, {
      path: [of],
      error: issue => `needed ${why(issue.input as Partial<Variables>)}`,
      // asked even where another variable is wrong, so that all mistakes show at once
      when: () => true
    }),
  variables
)

/** Checked configuration of the lib. */
export type SealingConfig = z.infer<typeof sealingConfig>
