import { senderOffices } from '../world/scenarios.js'
import type { KeyKind, Purpose, Subject } from './certificates.js'

/** Each kind of trust has its own root, so that an office's seal can never pass for a provider's or for a time stamp. */
export const authorities = ['offices', 'providers', 'time-stamping', 'strangers'] as const
export type AuthorityName = (typeof authorities)[number]

/** Keys in the remote seal service's HSM; also the names of its credentials. */
export const remoteSealNames = [
  'seal-p256-implicit',
  'seal-p256-raw',
  'seal-rsa3072-pin',
  'seal-single',
  'seal-otp',
  'seal-push',
  'seal-disabled',
  'seal-expired'
] as const
export type RemoteSealName = (typeof remoteSealNames)[number]

/** The sending office's seals that are kept in files; each has `<name>.p12` and `<name>.password`. */
export const fileSealNames = ['institution', 'institution-p256', 'institution-p384', 'institution-rsa4096'] as const
export type FileSealName = (typeof fileSealNames)[number]

/**
 * Names of the keys with certificates. `institution…`: seals of the sending office kept in files; `seal-…`: the same office's
 * seals in the remote service; `operator`: seal of the public provider; `private-provider`: seal of another provider; `tsa`,
 * `tsa-2`: time-stamp authorities; `stranger`: an attacker who copied the operator's name; `purde-client-<CODE>`: the computer
 * system of a sending office, registered at the operator; `<authority>-ocsp`: who answers OCSP requests for an issuing CA.
 */
export type SealName =
  | FileSealName
  | RemoteSealName
  | 'operator'
  | 'private-provider'
  | 'tsa'
  | 'tsa-2'
  | 'stranger'
  | `purde-client-${string}`
  | `${AuthorityName}-ocsp`

/** A certificate to be issued by the issuing CA of an authority. */
export interface LeafPlan extends Subject {
  name: SealName
  kind: KeyKind
  purpose: Purpose
  authority: AuthorityName
  /** End of validity when it is not the usual one. */
  until?: Date
}

const operator: Subject = {
  commonName: 'Operator Wyznaczony (piaskownica)',
  organisation: 'Operator Wyznaczony (piaskownica)',
  organisationIdentifier: 'VATPL-9990010337'
}

const institution = senderOffices[0]
const office: Subject = {
  commonName: `${institution?.party.name} - pieczęć (piaskownica)`,
  organisation: `${institution?.party.name}`,
  organisationIdentifier: `VATPL-${nipOf(institution)}`
}

const fileSealKinds: Record<FileSealName, KeyKind> = {
  institution: 'RSA-3072',
  'institution-p256': 'P-256',
  'institution-p384': 'P-384',
  'institution-rsa4096': 'RSA-4096'
}

/** Every certificate below the issuing CAs. */
export const leafs: LeafPlan[] = [
  ...fileSealNames.map((name): LeafPlan => ({
    name,
    kind: fileSealKinds[name],
    purpose: 'institution-seal',
    authority: 'offices',
    ...office
  })),
  ...remoteSealNames.map((name): LeafPlan => ({
    name,
    kind: name === 'seal-rsa3072-pin' ? 'RSA-3072' : 'P-256',
    purpose: 'remote-seal',
    authority: 'offices',
    ...office,
    // The world's time only moves forward, so what ended before the sandbox was written stays expired.
    ...(name === 'seal-expired' ? { until: new Date('2025-06-01T00:00:00Z') } : {})
  })),
  { name: 'operator', kind: 'RSA-3072', purpose: 'provider-seal', authority: 'providers', ...operator },
  {
    name: 'private-provider',
    kind: 'RSA-3072',
    purpose: 'provider-seal',
    authority: 'providers',
    commonName: 'Prywatny Dostawca (piaskownica)',
    organisation: 'Prywatny Dostawca sp. z o.o. (piaskownica)',
    organisationIdentifier: 'VATPL-9990010366'
  },
  {
    name: 'tsa',
    kind: 'P-256',
    purpose: 'time-stamping',
    authority: 'time-stamping',
    commonName: 'Znacznik Czasu (piaskownica)',
    organisation: 'Urząd Czasu (piaskownica)',
    organisationIdentifier: 'VATPL-9990010395'
  },
  {
    name: 'tsa-2',
    kind: 'RSA-3072',
    purpose: 'time-stamping',
    authority: 'time-stamping',
    commonName: 'Drugi Znacznik Czasu (piaskownica)',
    organisation: 'Drugi Urząd Czasu (piaskownica)',
    organisationIdentifier: 'VATPL-9990010455'
  },
  // The stranger's names are the operator's, letter by letter: only the root tells them apart.
  { name: 'stranger', kind: 'RSA-3072', purpose: 'provider-seal', authority: 'strangers', ...operator },
  ...senderOffices.map((sender): LeafPlan => ({
    name: `purde-client-${sender.code}`,
    kind: 'RSA-2048',
    purpose: 'system',
    authority: 'offices',
    commonName: sender.systemName,
    organisation: sender.party.name,
    organisationIdentifier: `VATPL-${nipOf(sender)}`
  })),
  ...authorities.map((authority): LeafPlan => ({
    name: `${authority}-ocsp`,
    kind: 'P-256',
    purpose: 'ocsp-signing',
    authority,
    ...authoritySubject(`Sandbox OCSP (${shownName(authority)})`)
  }))
]

/** Keys without certificates: those that sign the tokens of the two issuers. */
export const bareKeys = { oidc: 'P-256', 'operator-token': 'RSA-2048' } as const
export type BareKeyName = keyof typeof bareKeys

/** Whom the certificates of an authority name. */
export function authoritySubject(commonName: string): Subject {
  return { commonName, organisation: 'Goniec Sandbox', organisationIdentifier: 'VATPL-9990010426' }
}

/** The name that an authority's certificates bear: the strangers' bear the providers'. */
export function shownName(authority: AuthorityName): string {
  return authority === 'strangers' ? 'providers' : authority
}

function nipOf(sender: (typeof senderOffices)[number] | undefined): string {
  return sender?.party.officialIds.find(id => id.referenceRegistry === 'nip')?.id ?? ''
}
