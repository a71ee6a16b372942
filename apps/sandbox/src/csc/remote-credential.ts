import type { RemoteSealName } from '../pki/pki-plan.js'

/**
 * What has to be shown before a credential signs: nothing; a PIN; a one-time password that a person reads from a device; or the
 * approval of a person on a telephone.
 */
export type Approval = 'none' | 'pin' | 'otp' | 'push'

/** A key in the HSM with the rules for its use. */
export interface RemoteCredential {
  id: RemoteSealName
  description: string
  approval: Approval
  /** Sole control assurance level (EN 419 241-1): at 2 the hashes are named when the signatures are authorised. */
  scal: '1' | '2'
  /** Most signatures under one authorisation. */
  multisign: number
  enabled: boolean
  /** How ECDSA signatures are given: DER, as most services do, or r and s one after the other. */
  ecdsaForm: 'der' | 'raw'
}

const usual = { approval: 'none', scal: '1', multisign: 1000, enabled: true, ecdsaForm: 'der' } as const

/** The credentials of the office, in the order in which they are listed. */
export const remoteCredentials: readonly RemoteCredential[] = [
  { ...usual, id: 'seal-p256-implicit', description: 'Seal of the office, without further approval' },
  { ...usual, id: 'seal-p256-raw', description: 'The same with raw ECDSA signatures', ecdsaForm: 'raw', multisign: 50 },
  {
    ...usual,
    id: 'seal-rsa3072-pin',
    description: 'Seal of the office, PIN, hashes bound',
    approval: 'pin',
    scal: '2',
    multisign: 100
  },
  { ...usual, id: 'seal-single', description: 'Seal of the office, one signature at a time', multisign: 1 },
  { ...usual, id: 'seal-otp', description: 'Seal that a person approves by password', approval: 'otp', multisign: 5 },
  {
    ...usual,
    id: 'seal-push',
    description: 'Seal that a person approves by telephone',
    approval: 'push',
    multisign: 5
  },
  { ...usual, id: 'seal-disabled', description: 'Seal that was put out of use', enabled: false },
  { ...usual, id: 'seal-expired', description: 'Seal whose certificate has ended' }
]

/** The user whose credentials they are, as service access without a person behind it must name him. */
export const credentialOwner = 'gmina'

/** Wrong PINs or passwords in a row after which a credential is locked. */
export const mostWrongTries = 3
