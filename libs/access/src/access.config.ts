import { z } from 'zod'

const issuer = z.object({
  /** Issuer identifier, exactly as it stands in the tokens. */
  issuer: z.url(),
  /** Audience that the tokens must be meant for. */
  audience: z.string().min(1),
  /** Claim that names the tenant. */
  tenantClaim: z.string().default('goniec_tenant'),
  /** Claim that lists the roles. */
  rolesClaim: z.string().default('goniec_roles'),
  /**
   * Claim that stands only in tokens of people who logged in: the time when they did (RFC 9068, 2.2.1), unless the provider
   * is one that leaves it out.
   */
  personClaim: z.string().default('auth_time'),
  /** Where the keys are; discovered from the issuer when absent. */
  jwksUri: z.url().optional()
})

/** A trusted identity provider. */
export type TrustedIssuer = z.infer<typeof issuer>

/** Configuration of access. */
export const accessConfig = z.object({
  /** JSON list of trusted identity providers; empty: API keys only. */
  GONIEC_OIDC_ISSUERS: z
    .string()
    .default('[]')
    .transform((text, context) => {
      try {
        return z.array(issuer).parse(JSON.parse(text))
      } catch {
        context.addIssue('must be a JSON list of {issuer, audience, tenantClaim?, rolesClaim?, personClaim?, jwksUri?}')
        return z.NEVER
      }
    })
})
