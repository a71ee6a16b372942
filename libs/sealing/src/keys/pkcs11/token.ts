import { Refused, Unavailable } from '#platform/plain'
import { sealingProblems } from '../../sealing.errors.js'
import { pinRefused, PinLatch } from '../pin-latch.js'
import type { Cryptoki } from './cryptoki.js'
import { ckr, failureOf, resultOf } from './cryptoki-result.js'
import type { Attribute } from './pkcs11-library.js'

/** Which token: by its label, or by the number of its slot. */
export interface TokenName {
  readonly tokenLabel?: string
  readonly slot?: number
}

/** A private key on a token, found and looked at. */
export interface TokenKey {
  readonly handle: Buffer
  readonly id: Buffer
  readonly kind: 'rsa' | 'ec'
  /** Each use wants the PIN again (qualified cards do so). */
  readonly alwaysAuthenticate: boolean
  /** undefined: the token does not say. */
  readonly extractable?: boolean
  readonly neverExtractable?: boolean
}

/** Token flags (PKCS #11 v2.40, table 6) that matter before a PIN is offered. */
const flag = { loginRequired: 0x4, protectedPath: 0x100, finalTry: 0x2_0000, locked: 0x4_0000 }

/** Session states with a user logged in (PKCS #11 v2.40, 6.7.1): CKS_RO_USER_FUNCTIONS and CKS_RW_USER_FUNCTIONS. */
const loggedInStates = [1, 3]

/** Objects looked at in one search: a token that never stops answering must not keep us. */
const mostObjects = 512

/** One token of a loaded library, with a user logged in. */
export class Token {
  private constructor(
    private readonly cryptoki: Cryptoki,
    private readonly slot: Buffer,
    private readonly first: Buffer,
    private readonly latch: PinLatch,
    /** Maker and model, as the token tells them. */
    readonly model: string
  ) {}

  /**
   * Finds the token and logs in, once: a PIN that the token refuses is never offered again.
   * @throws Unavailable when no such token is there; Refused `sealing/key-pin-refused`, `sealing/key-not-found` when
   * several tokens fit, `sealing/key-unsuitable` when it wants its PIN from its own keypad.
   */
  static open(cryptoki: Cryptoki, name: TokenName, pin: string): Token {
    return guarded(() => {
      const slot = findSlot(cryptoki, name)
      const { constants, library, path } = cryptoki
      const info = library.C_GetTokenInfo(slot)
      const latch = new PinLatch(JSON.stringify([path, info.serialNumber, info.label]), pin)
      const session = library.C_OpenSession(slot, constants.CKF_SERIAL_SESSION)
      const model = `${padded(info.manufacturerID)} ${padded(info.model)}`.trim()
      const token = new Token(cryptoki, slot, session, latch, model)
      try {
        if (info.flags & flag.loginRequired) token.login(pin, info.flags)
      } catch (error) {
        token.close([])
        throw error
      }
      return token
    })
  }

  /** The key with this label or id; where neither is given, the only one that may sign. */
  findKey(name: { readonly keyLabel?: string; readonly keyId?: string }): TokenKey {
    return guarded(() => {
      const { constants } = this.cryptoki
      const template: Attribute[] = [{ type: constants.CKA_CLASS, value: constants.CKO_PRIVATE_KEY }]
      if (name.keyLabel !== undefined) template.push({ type: constants.CKA_LABEL, value: name.keyLabel })
      if (name.keyId !== undefined) template.push({ type: constants.CKA_ID, value: Buffer.from(name.keyId, 'hex') })
      const found = this.find(template)
      const signing = found.filter(handle => this.flag(handle, constants.CKA_SIGN) !== false)
      if (found.length > 0 && signing.length === 0) throw unsuitable('key may not sign')
      if (signing.length !== 1)
        throw new Refused(sealingProblems['key-not-found'], { why: 'private key', found: signing.length })
      const handle = signing[0]!
      const type = this.attribute(handle, constants.CKA_KEY_TYPE)
      const kind = numberOf(type) === constants.CKK_RSA ? 'rsa' : numberOf(type) === constants.CKK_EC ? 'ec' : undefined
      if (!kind) throw unsuitable('kind of key')
      return {
        handle,
        kind,
        id: this.attribute(handle, constants.CKA_ID) ?? Buffer.alloc(0),
        alwaysAuthenticate: this.flag(handle, constants.CKA_ALWAYS_AUTHENTICATE) === true,
        extractable: this.flag(handle, constants.CKA_EXTRACTABLE),
        neverExtractable: this.flag(handle, constants.CKA_NEVER_EXTRACTABLE)
      }
    })
  }

  /** Certificates on the token, DER, with their ids. */
  certificates(): { readonly id: Buffer; readonly der: Buffer }[] {
    return guarded(() => {
      const { constants } = this.cryptoki
      return this.find([
        { type: constants.CKA_CLASS, value: constants.CKO_CERTIFICATE },
        { type: constants.CKA_CERTIFICATE_TYPE, value: constants.CKC_X_509 }
      ]).flatMap(handle => {
        const der = this.attribute(handle, constants.CKA_VALUE)
        return der ? [{ der, id: this.attribute(handle, constants.CKA_ID) ?? Buffer.alloc(0) }] : []
      })
    })
  }

  /** Up to `wanted` sessions for signing; fewer, but at least one, where the token has no more. */
  sessions(wanted: number): Buffer[] {
    const { constants, library } = this.cryptoki
    const opened = [this.first]
    try {
      while (opened.length < wanted) opened.push(library.C_OpenSession(this.slot, constants.CKF_SERIAL_SESSION))
    } catch (error) {
      const result = resultOf(error)
      if (result.code !== ckr.SESSION_COUNT) throw failureOf(result)
    }
    return opened
  }

  /** Gives the PIN again for one use of a key that wants it (CKA_ALWAYS_AUTHENTICATE). */
  authenticateUse(session: Buffer, pin: string): void {
    const { constants, library } = this.cryptoki
    this.latch.check()
    try {
      library.C_Login(session, constants.CKU_CONTEXT_SPECIFIC, pin)
    } catch (error) {
      const result = resultOf(error)
      if (result.kind === 'pin') throw this.latch.burn(result.name)
      throw error
    }
  }

  /** Closes sessions; those that are gone already do not matter. */
  close(sessions: readonly Buffer[]): void {
    for (const session of new Set([this.first, ...sessions]))
      try {
        this.cryptoki.library.C_CloseSession(session)
      } catch (error) {
        resultOf(error)
      }
  }

  private login(pin: string, flags: number): void {
    const { constants, library } = this.cryptoki
    this.latch.check()
    if (flags & flag.protectedPath) throw unsuitable('PIN pad')
    // All sessions of a process share one log-in (PKCS #11 v2.40, 6.7.4); a second one would be an error.
    const { state } = library.C_GetSessionInfo(this.first)
    if (loggedInStates.includes(state)) return
    if (flags & flag.locked) throw pinRefused('locked')
    // The last try before the key is lost belongs to a person.
    if (flags & flag.finalTry) throw pinRefused('final try')
    try {
      library.C_Login(this.first, constants.CKU_USER, pin)
    } catch (error) {
      const result = resultOf(error)
      if (result.code === ckr.USER_ALREADY_LOGGED_IN) return
      if (result.kind === 'pin') throw this.latch.burn(result.name)
      throw error
    }
  }

  private find(template: Attribute[]): Buffer[] {
    const { library } = this.cryptoki
    library.C_FindObjectsInit(this.first, template)
    try {
      return library.C_FindObjects(this.first, mostObjects)
    } finally {
      library.C_FindObjectsFinal(this.first)
    }
  }

  /** An attribute's value; undefined when the object has none or does not show it. */
  private attribute(object: Buffer, type: number): Buffer | undefined {
    try {
      const [answer] = this.cryptoki.library.C_GetAttributeValue(this.first, object, [{ type }])
      return answer?.value as Buffer | undefined
    } catch (error) {
      const { code } = resultOf(error)
      if (code === ckr.ATTRIBUTE_TYPE_INVALID || code === ckr.ATTRIBUTE_SENSITIVE) return undefined
      throw error
    }
  }

  private flag(object: Buffer, type: number): boolean | undefined {
    const value = this.attribute(object, type)
    return value?.length ? value[0] !== 0 : undefined
  }
}

function findSlot({ library }: Cryptoki, { tokenLabel, slot }: TokenName): Buffer {
  const found = library.C_GetSlotList(true).filter(handle => {
    if (slot !== undefined && numberOf(handle) !== slot) return false
    return tokenLabel === undefined || padded(library.C_GetTokenInfo(handle).label) === tokenLabel
  })
  if (found.length > 1) throw new Refused(sealingProblems['key-not-found'], { why: 'token', found: found.length })
  // A card that is not in its reader, or an HSM that is being restarted, comes back.
  if (!found[0]) throw new Unavailable(sealingProblems['key-unavailable'], { why: 'no such token' })
  return found[0]
}

/** Texts of a fixed width are padded with blanks by the standard, and with zeros by some libraries. */
const padded = (text: string): string => text.replace(/[\0 ]+$/, '')

/** CK_ULONG in the byte order of the machine; both kinds of machine that Node runs on are little-endian. */
function numberOf(value: Buffer | undefined): number | undefined {
  return value?.length ? value.readUIntLE(0, Math.min(value.length, 6)) : undefined
}

function unsuitable(why: string): Refused {
  return new Refused(sealingProblems['key-unsuitable'], { why })
}

/** Return values of the device become errors that may cross the border. */
function guarded<T>(work: () => T): T {
  try {
    return work()
  } catch (error) {
    if (error instanceof Refused || error instanceof Unavailable) throw error
    throw failureOf(resultOf(error))
  }
}
