import { z } from 'zod'

/**
 * Where the seal key and the time-stamp authority are. Environment variables by name:
 * - `GONIEC_SEAL_PKCS12_FILE`, `GONIEC_SEAL_PKCS12_PASSWORD_FILE`: the key as PKCS#12, and a file whose first line is its password;
 * - `GONIEC_SEAL_LEVEL`: `B-T` (default, with a time stamp) or `B-B`;
 * - `GONIEC_TSA_URL`: RFC 3161 service over HTTP(S); `GONIEC_TSA_TRUST_FILE`: PEM certificates trusted to issue time stamps;
 * - `GONIEC_TSA_POLICY`: policy to ask for (dotted OID), optional;
 * - `GONIEC_TSA_TIMEOUT_MS`: patience for one answer, in milliseconds;
 * - `GONIEC_TSA_MAX_SKEW_SECONDS`: how far the stamp's time may be from our clock.
 */
export const sealingConfig = z
  .object({
    GONIEC_SEAL_PKCS12_FILE: z.string().min(1),
    GONIEC_SEAL_PKCS12_PASSWORD_FILE: z.string().min(1),
    GONIEC_SEAL_LEVEL: z.enum(['B-B', 'B-T']).default('B-T'),
    GONIEC_TSA_URL: z.url({ protocol: /^https?$/ }).optional(),
    GONIEC_TSA_TRUST_FILE: z.string().min(1).optional(),
    GONIEC_TSA_POLICY: z
      .string()
      .regex(/^[0-2](\.\d+)+$/)
      .optional(),
    GONIEC_TSA_TIMEOUT_MS: z.coerce.number().int().min(100).max(120_000).default(10_000),
    GONIEC_TSA_MAX_SKEW_SECONDS: z.coerce.number().int().min(1).max(86_400).default(300)
  })
  .superRefine((config, context) => {
    if (config.GONIEC_SEAL_LEVEL === 'B-B') return
    for (const name of ['GONIEC_TSA_URL', 'GONIEC_TSA_TRUST_FILE'] as const)
      if (!config[name]) context.addIssue({ code: 'custom', path: [name], message: 'needed for level B-T' })
  })

/** Checked configuration of the lib. */
export type SealingConfig = z.infer<typeof sealingConfig>
