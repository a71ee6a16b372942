import { z } from 'zod'
import { sealLevels } from './seal-format.js'

const file = z.string().min(1).optional()
const whole = (least: number, most: number, preset: number) =>
  z.coerce.number().int().min(least).max(most).default(preset)

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
 * - `GONIEC_TSA_TRUST_FILE`: PEM certificates trusted to issue time stamps;
 * - `GONIEC_TSA_POLICY`: policy to ask for (dotted OID), optional;
 * - `GONIEC_TSA_TIMEOUT_MS`: patience for one answer, in milliseconds;
 * - `GONIEC_TSA_MAX_SKEW_SECONDS`: how far the stamp's time may be from our clock;
 * - `GONIEC_TRUSTED_LIST_FILE`, `GONIEC_TRUSTED_LIST_SIGNERS_FILE`: an ETSI trusted list (XML) and the PEM certificates that
 *   may seal it; its services become trust anchors and tell the qualification.
 */
export const sealingConfig = z
  .object({
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
      .pipe(z.array(z.url({ protocol: /^https?$/ })))
      .optional(),
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
  .superRefine((config, context) => {
    const need = (names: readonly (keyof typeof config)[], why: string): void => {
      for (const name of names)
        if (!config[name]) context.addIssue({ code: 'custom', path: [name], message: `needed ${why}` })
    }
    if (!config.GONIEC_SEAL_KEYS_FILE) need(['GONIEC_SEAL_PKCS12_FILE'], 'without GONIEC_SEAL_KEYS_FILE')
    if (config.GONIEC_SEAL_PKCS12_FILE) need(['GONIEC_SEAL_PKCS12_PASSWORD_FILE'], 'with GONIEC_SEAL_PKCS12_FILE')
    const level = config.GONIEC_SEAL_LEVEL
    if (level !== 'B-B') need(['GONIEC_TSA_URL', 'GONIEC_TSA_TRUST_FILE'], `for level ${level}`)
    if (level === 'B-LT' || level === 'B-LTA') need(['GONIEC_SEAL_TRUST_FILE'], `for level ${level}`)
    if (config.GONIEC_TRUSTED_LIST_FILE) need(['GONIEC_TRUSTED_LIST_SIGNERS_FILE'], 'with GONIEC_TRUSTED_LIST_FILE')
  })

/** Checked configuration of the lib. */
export type SealingConfig = z.infer<typeof sealingConfig>
