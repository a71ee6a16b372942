import { z } from 'zod'
import type { Caller } from '#access'
import { Refused, type TenantTransaction } from '#platform'
import { sealDesign, sealFormats, sealLevels, type SealStyle } from '#sealing'
import { sealsProblems } from './seals.errors.js'

const format = z.enum(sealFormats)

/** A definition as it is kept. Its design was checked when it was written, and is read again where the seal is built. */
export const keptDefinition = z.strictObject({
  key: z.string().min(1).max(64),
  level: z.enum(sealLevels).default('B-T'),
  formats: z
    .strictObject({
      pdf: format.default('PAdES'),
      xml: format.default('XAdES-enveloped'),
      other: format.default('ASiC-E-XAdES')
    })
    .prefault({}),
  design: z.record(z.string(), z.unknown()).optional(),
  reason: z.string().max(200).optional(),
  location: z.string().max(200).optional(),
  /** What happens when a time-stamp or revocation service is away. */
  whenAway: z.enum(['fail', 'raise-later']).default('fail'),
  /** Documents per hour; no limit when absent. */
  maxPerHour: z.int().min(1).optional(),
  /** A batch of more documents than this waits for a second person. */
  secondPersonAbove: z.int().min(0).optional()
})

/**
 * How a seal profile is written down: which key, what kind of seal, what it looks like, and how far it may be used.
 * `key` names a key of the installation; `design` is a SealDesign (the visible seal on PDF).
 */
export const profileDefinition = keptDefinition.refine(
  ({ design }) => design === undefined || sealDesign.safeParse(design).success,
  { path: ['design'], error: 'not a design of a visible seal' }
)

/** Checked definition of a profile. */
export type ProfileDefinition = z.infer<typeof keptDefinition>

/** A profile of a tenant. */
export interface SealProfile {
  readonly id: string
  readonly name: string
  readonly definition: ProfileDefinition
}

/** What a grant allows: to seal by a profile, or to let other people's large batches pass. */
export type Permission = 'use' | 'approve'

/** The part of a definition that the engine needs. */
export function styleOf(definition: ProfileDefinition): SealStyle {
  const { key, level, formats, design, reason, location, whenAway } = definition
  return { key, level, formats, design, reason, location, whenAway }
}

/** As whom a caller may be granted something: by their stable id, or as one of those who hold a role. */
export const subjectsOf = (caller: Caller): string[] => [caller.id, ...caller.roles.map(role => `role:${role}`)]

/** Whether one of `subjects` holds the permission `may` on profile `p`: SQL, of which both are expressions. */
export const isPermitted = (may: string, subjects: string) =>
  `exists (select 1 from seal_grant g
            where g.tenant_id = p.tenant_id and g.profile_id = p.id and g.may = ${may} and g.subject = any (${subjects}))`

/** What is asked of a row of seal_profile. */
export interface ProfileRow {
  readonly id: string
  readonly name: string
  readonly definition: unknown
}

/** A profile as its row says. */
export function profileOf({ id, name, definition }: ProfileRow): SealProfile {
  return { id, name, definition: keptDefinition.parse(definition) }
}

/**
 * The profile by name, if the caller holds the permission on it. What does not exist and what may not be used look alike.
 * @throws Refused `seals/profile-unknown`
 */
export async function permittedProfile(
  tx: TenantTransaction,
  caller: Caller,
  name: string,
  permission: Permission
): Promise<SealProfile> {
  const found = (await permittedProfiles(tx, caller, permission)).find(profile => profile.name === name)
  if (!found) throw new Refused(sealsProblems['profile-unknown'])
  return found
}

/** All profiles on which the caller holds the permission, by name. */
export async function permittedProfiles(
  tx: TenantTransaction,
  caller: Caller,
  permission: Permission
): Promise<SealProfile[]> {
  const rows = (await tx.query(
    `select p.id, p.name, p.definition from seal_profile p where ${isPermitted('$1', '$2')} order by p.name`,
    [permission, subjectsOf(caller)]
  )) as ProfileRow[]
  return rows.map(profileOf)
}
