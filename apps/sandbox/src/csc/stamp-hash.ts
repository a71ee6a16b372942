import { Injectable } from '@nestjs/common'
import { TimestampAuthority } from '../tsa/timestamp-authority.js'
import { Ledger } from '../world/ledger.js'
import { invalidRequest } from './csc-error.js'
import { isBase64, type RequestFields } from './request-fields.js'
import { hashOf, hashOids } from './signature-algorithm.js'

/** Longest nonce, in hex digits. */
const longestNonce = 128

/** signatures/timestamp (v1.0.4 11.10, v2.0 11.13): a token of the sandbox's own authority. */
@Injectable()
export class StampHash {
  constructor(
    private readonly authority: TimestampAuthority,
    private readonly ledger: Ledger
  ) {}

  /** @throws HttpException 400 */
  execute(fields: RequestFields): { timestamp: string } {
    const text = fields.text('hash')
    if (!isBase64(text)) throw invalidRequest('Invalid Base64 hash string parameter')
    const digestOid = fields.text('hashAlgo')
    const hash = hashOf(digestOid)
    if (!hash) throw invalidRequest('Invalid parameter hashAlgo')
    const digest = Buffer.from(text, 'base64')
    if (digest.length !== hashOids[hash].length) throw invalidRequest('Invalid digest value length')
    const nonce = readNonce(fields.optionalText('nonce'))
    const token = this.authority.token({ digestOid, digest, certReq: true, ...(nonce ? { nonce } : {}) })
    this.ledger.write({ surface: 'csc', action: 'stamped' })
    return { timestamp: token.toString('base64') }
  }
}

/** The content of the INTEGER that a nonce in hex stands for: never negative, no zeros in front that need not be. */
function readNonce(hex: string | undefined): Buffer | undefined {
  if (hex === undefined) return undefined
  if (!/^[0-9a-f]+$/i.test(hex) || hex.length > longestNonce) throw invalidRequest('Invalid parameter nonce')
  const digits = hex.replace(/^0+(?=.)/, '')
  const bytes = Buffer.from(digits.length % 2 ? `0${digits}` : digits, 'hex')
  return (bytes[0] ?? 0) < 0x80 ? bytes : Buffer.concat([Buffer.from([0]), bytes])
}
