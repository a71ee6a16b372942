import { X509Certificate } from 'node:crypto'
import { Injectable } from '@nestjs/common'
import { Pki, serialOf } from '../pki/pki.js'
import { Revocations } from '../pki/revocations.js'
import { WorldClock } from '../world/world-clock.js'
import { type Approval, type RemoteCredential } from './remote-credential.js'
import type { RequestFields } from './request-fields.js'
import { algorithmsOf } from './signature-algorithm.js'

type Json = Record<string, unknown>

const curveOids: Record<string, string> = { prime256v1: '1.2.840.10045.3.1.7', secp384r1: '1.3.132.0.34' }

/** How much of a credential is wanted. */
export interface ShowOptions {
  certificates: 'none' | 'single' | 'chain'
  certInfo: boolean
  authInfo: boolean
}

/** @throws HttpException 400 when an option is none of those that there are */
export function readShowOptions(fields: RequestFields): ShowOptions {
  return {
    certificates: fields.oneOf('certificates', ['single', 'none', 'chain']),
    certInfo: fields.flag('certInfo'),
    authInfo: fields.flag('authInfo')
  }
}

/** Describes credentials in the forms of credentials/info (v1.0.4 11.5, v2.0 11.5). */
@Injectable()
export class ShowCredential {
  constructor(
    private readonly pki: Pki,
    private readonly revocations: Revocations,
    private readonly clock: WorldClock
  ) {}

  /** Form of v1.0.4. */
  v1(credential: RemoteCredential, options: ShowOptions): Json {
    return {
      ...this.#common(credential, options),
      authMode: authModes[credential.approval],
      SCAL: credential.scal,
      ...(options.authInfo ? authInfoV1(credential.approval) : {}),
      multisign: credential.multisign,
      lang: 'en-US'
    }
  }

  /** Form of v2.0. */
  v2(credential: RemoteCredential, options: ShowOptions): Json {
    const objects = authObjects[credential.approval]
    return {
      ...this.#common(credential, options),
      signatureQualifier: 'eu_eidas_qeseal',
      auth: {
        mode: 'explicit',
        // Without any object the service authorises by itself (v2.0 13.10).
        ...(options.authInfo ? { expression: objects.map(({ id }) => id).join(' AND '), objects } : {})
      },
      SCAL: credential.scal,
      multisign: credential.multisign,
      lang: 'en-US'
    }
  }

  /** What v2.0 calls `onlyValid`: whether the credential can be used for signing now. */
  isUsable(credential: RemoteCredential): boolean {
    return credential.enabled && this.#status(credential) === 'valid'
  }

  #common(credential: RemoteCredential, { certificates, certInfo }: ShowOptions): Json {
    const { key, certificate, chain } = this.pki.seal(credential.id)
    const { modulusLength, namedCurve = '' } = key.asymmetricKeyDetails ?? {}
    const shown = { none: [], single: [certificate], chain: [certificate, ...chain] }[certificates]
    const read = new X509Certificate(certificate)
    return {
      description: credential.description,
      key: {
        status: credential.enabled ? 'enabled' : 'disabled',
        algo: algorithmsOf(key),
        len: modulusLength ?? (namedCurve === 'secp384r1' ? 384 : 256),
        ...(modulusLength ? {} : { curve: curveOids[namedCurve] })
      },
      cert: {
        status: this.#status(credential),
        ...(certificates === 'none' ? {} : { certificates: shown.map(der => der.toString('base64')) }),
        ...(certInfo
          ? {
              issuerDN: nameText(read.issuer),
              serialNumber: serialOf(certificate),
              subjectDN: nameText(read.subject),
              validFrom: timeText(read.validFrom),
              validTo: timeText(read.validTo)
            }
          : {})
      }
    }
  }

  #status({ id }: RemoteCredential): 'valid' | 'expired' | 'revoked' | 'suspended' {
    const revocation = this.revocations.of(id)
    if (revocation) return revocation.reason === 'certificateHold' ? 'suspended' : 'revoked'
    const { validTo } = new X509Certificate(this.pki.seal(id).certificate)
    return this.clock.now() > new Date(validTo) ? 'expired' : 'valid'
  }
}

const authModes: Record<Approval, string> = { none: 'implicit', pin: 'explicit', otp: 'explicit', push: 'oauth2code' }

function authInfoV1(approval: Approval): Json {
  return {
    ...(approval === 'pin' ? { PIN: { presence: 'true', format: 'N', label: 'PIN' } } : {}),
    ...(approval === 'otp'
      ? { OTP: { presence: 'true', type: 'offline', format: 'N', label: 'OTP', ID: 'device-1' } }
      : {})
  }
}

const authObjects: Record<Approval, ({ id: string } & Json)[]> = {
  none: [],
  pin: [{ type: 'Password', id: 'PIN', format: 'N', label: 'PIN' }],
  otp: [{ type: 'Password', id: 'OTP', format: 'N', label: 'OTP', generator: 'totp' }],
  push: [{ type: 'ChallengeResponseOOB', id: 'telephone', label: 'Approval by telephone' }]
}

// RFC 4514 2.1: the last part of the name comes first.
function nameText(lines: string): string {
  return lines
    .split('\n')
    .reverse()
    .map(part => part.replace(/[,+"\\<>;]/g, '\\$&'))
    .join(',')
}

function timeText(text: string): string {
  return `${new Date(text).toISOString().replace(/[-:T]/g, '').slice(0, 14)}Z`
}
