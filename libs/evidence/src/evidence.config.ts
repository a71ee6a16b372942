import { z } from 'zod'

const seconds = (least: number, most: number, preset: number) => z.coerce.number().min(least).max(most).default(preset)

/** Whose evidence is believed, and how often it is asked for. */
export const evidenceConfig = z.object({
  /** PEM certificates of the delivery services whose seals are believed: pin the services, not the CAs above them. */
  GONIEC_EVIDENCE_TRUST_FILE: z.string().min(1),
  /** PEM certificates of time-stamping authorities (or their CAs) that the services use. */
  GONIEC_EVIDENCE_TSA_TRUST_FILE: z.string().min(1),
  /** Where the trust file holds CAs: organizationIdentifier values that a seal must carry one of; comma-separated. */
  GONIEC_EVIDENCE_PROVIDER_IDS: z
    .string()
    .optional()
    .transform(text => text?.split(',').map(id => id.trim())),
  /** Shortest pause between two collections of one address, in seconds. */
  GONIEC_COLLECT_SHORTEST_SECONDS: seconds(0.1, 3600, 15),
  /** Longest pause between two collections of one address, when nothing has happened for long. */
  GONIEC_COLLECT_LONGEST_SECONDS: seconds(0.1, 86_400, 900),
  /** Pause before a single message that lacks evidence is asked for by itself. */
  GONIEC_RECONCILE_SECONDS: seconds(1, 604_800, 21_600)
})

/** Checked configuration of the lib. */
export type EvidenceConfig = z.infer<typeof evidenceConfig>
