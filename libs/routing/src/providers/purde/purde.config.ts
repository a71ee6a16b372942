import { z } from 'zod'

const url = z.url({ protocol: /^https?$/ })
const ms = (least: number, most: number) => z.coerce.number().int().min(least).max(most)

/**
 * Settings of the public service (PURDE), from environment variables. Without `GONIEC_PURDE_URL` the provider is
 * switched off and nothing else is needed; with it the token settings are.
 */
export const purdeConfig = z
  .object({
    /** UA API with its version, for example `https://…/api/v3`. */
    GONIEC_PURDE_URL: url.optional(),
    /** The operator's token endpoint. */
    GONIEC_PURDE_TOKEN_URL: url.optional(),
    /** Audience of our assertions: the issuer's realm URL, letter for letter as the operator writes it. */
    GONIEC_PURDE_REALM_URL: url.optional(),
    /** Name under which this system is registered at each mailbox. */
    GONIEC_PURDE_SYSTEM: z
      .string()
      .regex(/^[\w-]{1,64}$/)
      .default('GONIEC'),
    /** Folder with one private key per sender address, see `KeyDirectory`. */
    GONIEC_PURDE_KEY_DIR: z.string().optional(),
    /** Milliseconds to reach the operator. */
    GONIEC_PURDE_CONNECT_TIMEOUT_MS: ms(100, 60_000).default(5_000),
    /** Milliseconds for one call; uploads get more by their size. */
    GONIEC_PURDE_TIMEOUT_MS: ms(100, 600_000).default(30_000),
    /** Milliseconds between two looks before an unsent draft counts as not taken. */
    GONIEC_PURDE_SETTLE_MS: ms(0, 86_400_000).default(60_000),
    /** Questions about new evidence per address and minute. */
    GONIEC_PURDE_COLLECT_PER_MINUTE: z.coerce.number().min(0.01).max(6000).default(4),
    /** Questions about single letters (tasks, lost answers, reconciliation) per address and minute. */
    GONIEC_PURDE_INQUIRE_PER_MINUTE: z.coerce.number().min(0.01).max(60_000).default(60),
    /** Bytes of attachments one letter may have (operator's policy; 500 MB as reported). */
    GONIEC_PURDE_MAX_BYTES: z.coerce.number().int().min(1).default(500_000_000)
  })
  .superRefine((config, context) => {
    if (config.GONIEC_PURDE_URL === undefined) return
    for (const name of ['GONIEC_PURDE_TOKEN_URL', 'GONIEC_PURDE_REALM_URL', 'GONIEC_PURDE_KEY_DIR'] as const)
      if (config[name] === undefined)
        context.addIssue({ code: 'custom', path: [name], message: 'is needed with GONIEC_PURDE_URL' })
  })

export type PurdeConfig = z.infer<typeof purdeConfig>

/** How the provider goes about its work; everything but limits of the service itself. */
export interface PurdeSettings {
  /** Milliseconds to wait before each look at a fresh sending task; as many looks as entries. */
  readonly taskDelaysMs: readonly number[]
  /** Milliseconds until a task that is still pending is worth another question. */
  readonly taskRetryMs: number
  /** See `GONIEC_PURDE_SETTLE_MS`. */
  readonly settleMs: number
  /** Milliseconds by which the operator's clock may be behind ours when a sent letter is searched. */
  readonly clockSkewMs: number
  /** Pages of a folder that one search may read. */
  readonly maxSearchPages: number
  /** Bytes of attachments that go inside the draft; the rest is uploaded one by one. At most 15 MB (the service). */
  readonly inlineBytes: number
  readonly maxTotalBytes: number
  readonly maxParts: number
  readonly downloadsAtOnce: number
}

/** Settings as they stand without a word from the operator of Goniec. */
export const defaultPurdeSettings: PurdeSettings = {
  taskDelaysMs: [50, 250, 1_000],
  taskRetryMs: 5_000,
  settleMs: 60_000,
  clockSkewMs: 3_600_000,
  maxSearchPages: 10,
  inlineBytes: 15_000_000,
  maxTotalBytes: 500_000_000,
  // The contract states no number; this guards the draft and the mailbox against an accident.
  maxParts: 100,
  downloadsAtOnce: 4
}
