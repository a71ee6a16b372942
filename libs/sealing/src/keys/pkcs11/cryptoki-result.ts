import { Refused, Unavailable } from '#platform/plain'
import { sealingProblems } from '../../sealing.errors.js'

/** Return values of PKCS#11 functions (PKCS #11 v2.40, 11.1) that decide what happens next. */
export const ckr = {
  HOST_MEMORY: 0x02,
  SLOT_ID_INVALID: 0x03,
  GENERAL_ERROR: 0x05,
  FUNCTION_FAILED: 0x06,
  ATTRIBUTE_SENSITIVE: 0x11,
  ATTRIBUTE_TYPE_INVALID: 0x12,
  DEVICE_ERROR: 0x30,
  DEVICE_MEMORY: 0x31,
  DEVICE_REMOVED: 0x32,
  FUNCTION_CANCELED: 0x50,
  KEY_HANDLE_INVALID: 0x60,
  OBJECT_HANDLE_INVALID: 0x82,
  OPERATION_ACTIVE: 0x90,
  OPERATION_NOT_INITIALIZED: 0x91,
  PIN_INCORRECT: 0xa0,
  PIN_INVALID: 0xa1,
  PIN_LEN_RANGE: 0xa2,
  PIN_EXPIRED: 0xa3,
  PIN_LOCKED: 0xa4,
  SESSION_CLOSED: 0xb0,
  SESSION_COUNT: 0xb1,
  SESSION_HANDLE_INVALID: 0xb3,
  TOKEN_NOT_PRESENT: 0xe0,
  TOKEN_NOT_RECOGNIZED: 0xe1,
  USER_ALREADY_LOGGED_IN: 0x100,
  USER_NOT_LOGGED_IN: 0x101,
  USER_PIN_NOT_INITIALIZED: 0x102,
  USER_ANOTHER_ALREADY_LOGGED_IN: 0x104,
  USER_TOO_MANY_TYPES: 0x105,
  CRYPTOKI_NOT_INITIALIZED: 0x190,
  CRYPTOKI_ALREADY_INITIALIZED: 0x191
} as const

const pinRefusals = new Set<number>([
  ckr.PIN_INCORRECT,
  ckr.PIN_INVALID,
  ckr.PIN_LEN_RANGE,
  ckr.PIN_EXPIRED,
  ckr.PIN_LOCKED,
  ckr.USER_PIN_NOT_INITIALIZED
])

/** Sessions, token or device are gone or out of order; with new sessions the same request may succeed. */
const losses = new Set<number>([
  ckr.HOST_MEMORY,
  ckr.SLOT_ID_INVALID,
  ckr.GENERAL_ERROR,
  ckr.FUNCTION_FAILED,
  ckr.DEVICE_ERROR,
  ckr.DEVICE_MEMORY,
  ckr.DEVICE_REMOVED,
  ckr.FUNCTION_CANCELED,
  ckr.KEY_HANDLE_INVALID,
  ckr.OBJECT_HANDLE_INVALID,
  ckr.OPERATION_ACTIVE,
  ckr.OPERATION_NOT_INITIALIZED,
  ckr.SESSION_CLOSED,
  ckr.SESSION_COUNT,
  ckr.SESSION_HANDLE_INVALID,
  ckr.TOKEN_NOT_PRESENT,
  ckr.TOKEN_NOT_RECOGNIZED,
  ckr.USER_NOT_LOGGED_IN,
  ckr.USER_ANOTHER_ALREADY_LOGGED_IN,
  ckr.USER_TOO_MANY_TYPES,
  ckr.CRYPTOKI_NOT_INITIALIZED
])

/** Values from here on belong to the maker of the device: what they mean is not known, so they are no final refusal. */
const vendorDefined = 0x8000_0000

/** What a PKCS#11 function came to. */
export interface CryptokiResult {
  readonly code: number
  /** `CKR_…`, or a word for what is no return value. */
  readonly name: string
  readonly kind: 'pin' | 'loss' | 'refusal'
}

/** Reads an error of pkcs11js. Whatever is not a return value of the device is a mistake of ours and thrown on. */
export function resultOf(error: unknown): CryptokiResult {
  const { code, message } = error as { code?: unknown; message?: unknown }
  if (typeof code !== 'number' || typeof message !== 'string' || !message.startsWith('CKR_')) throw error
  const name = /^CKR_[A-Z0-9_]+/.exec(message)?.[0] ?? 'CKR'
  const kind = pinRefusals.has(code) ? 'pin' : losses.has(code) || code >= vendorDefined ? 'loss' : 'refusal'
  return { code, name, kind }
}

/** The error that crosses the border: Unavailable when another try may help, Refused `sealing/key-refused` when not. */
export function failureOf({ kind, name }: CryptokiResult): Refused | Unavailable {
  return kind === 'loss'
    ? new Unavailable(sealingProblems['key-unavailable'], { why: name })
    : new Refused(sealingProblems['key-refused'], { why: name })
}
