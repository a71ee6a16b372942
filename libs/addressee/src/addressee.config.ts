import { z } from 'zod'

/** Settings of the look-up in BAE, from environment variables. */
export const addresseeConfig = z.object({
  /** SE API with its version, for example `https://…/api/se/v4`. Absent: letters wait until there is one. */
  GONIEC_BAE_URL: z.url({ protocol: /^https?$/ }).optional(),
  /** Milliseconds to reach BAE. */
  GONIEC_BAE_CONNECT_TIMEOUT_MS: z.coerce.number().int().min(100).max(60_000).default(5_000),
  /** Milliseconds for one look-up. */
  GONIEC_BAE_TIMEOUT_MS: z.coerce.number().int().min(100).max(300_000).default(20_000)
})

export type AddresseeConfig = z.infer<typeof addresseeConfig>
