import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runInThisContext } from 'node:vm'
import type * as pkcs11js from 'pkcs11js'
import type { Identity } from './test-authority.js'

/** Library of SoftHSM 2 as Debian installs it. */
export const softHsmModule = '/usr/lib/softhsm/libsofthsm2.so'

/** pkcs11js, an optional dependency; only to be used inside `describeWithHsm`. */
export const ck = optionalPkcs11js()!

const softHsmHere = existsSync(softHsmModule) && ck !== undefined
if (!softHsmHere)
  process.stderr.write(`SKIPPED: PKCS#11 tests, because ${softHsmModule} or pkcs11js is not installed\n`)

/** `describe` where SoftHSM and pkcs11js are installed; elsewhere the body, which needs them, is not even run. */
export const describeWithHsm = (name: string, body: () => void): void =>
  softHsmHere ? describe(name, body) : it.skip(name, () => undefined)

function optionalPkcs11js(): typeof pkcs11js | undefined {
  try {
    return jest.requireActual<typeof pkcs11js>('pkcs11js')
  } catch {
    return undefined
  }
}

/** What a test token is to hold. */
export interface TestToken {
  readonly label: string
  readonly pin: string
  readonly keys?: readonly {
    readonly identity: Identity
    readonly label: string
    readonly id: string
    readonly template?: pkcs11js.Template
  }[]
  readonly certificates?: readonly { readonly identity: Identity; readonly label: string; readonly id: string }[]
}

const soPin = '87654321'
const initialised = 0x400

let library: pkcs11js.PKCS11 | undefined

/** SoftHSM for the tests of this process: it reads its configuration once, so all specs share one folder of tokens. */
export function softHsm(): pkcs11js.PKCS11 {
  if (library) return library
  // Jest gives specs a copy of the environment; native code reads the real one.
  const real = runInThisContext('process') as NodeJS.Process
  if (!real.env.GONIEC_TEST_SOFTHSM) {
    const folder = mkdtempSync(join(tmpdir(), 'goniec-softhsm-'))
    mkdirSync(join(folder, 'tokens'))
    const conf = join(folder, 'softhsm2.conf')
    writeFileSync(conf, `directories.tokendir = ${folder}/tokens\nobjectstore.backend = file\nlog.level = ERROR\n`)
    real.env.GONIEC_TEST_SOFTHSM = folder
    real.env.SOFTHSM2_CONF = conf
    real.on('exit', () => rmSync(folder, { recursive: true, force: true }))
  }
  library = new ck.PKCS11()
  library.load(softHsmModule)
  try {
    library.C_Initialize({ flags: ck.CKF_OS_LOCKING_OK })
  } catch (error) {
    if ((error as { code?: number }).code !== ck.CKR_CRYPTOKI_ALREADY_INITIALIZED) throw error
  }
  return library
}

/** Makes a token with a user PIN and objects. Nobody stays logged in. */
export function makeToken({ label, pin, keys = [], certificates = [] }: TestToken): void {
  const hsm = softHsm()
  const free = hsm.C_GetSlotList(true).find(slot => !(hsm.C_GetTokenInfo(slot).flags & initialised))
  // The label has a fixed width of 32 bytes in the standard; pkcs11js does not pad it.
  hsm.C_InitToken(free!, soPin, label.padEnd(32))
  const session = hsm.C_OpenSession(slotOf(label), ck.CKF_SERIAL_SESSION | ck.CKF_RW_SESSION)
  hsm.C_Login(session, ck.CKU_SO, soPin)
  hsm.C_InitPIN(session, pin)
  hsm.C_Logout(session)
  hsm.C_Login(session, ck.CKU_USER, pin)
  for (const { identity, label: name, id, template = [] } of keys)
    hsm.C_CreateObject(session, [
      ...keyTemplate(identity).filter(one => !template.some(other => other.type === one.type)),
      ...template,
      { type: ck.CKA_LABEL, value: name },
      { type: ck.CKA_ID, value: Buffer.from(id, 'hex') }
    ])
  for (const { identity, label: name, id } of certificates)
    hsm.C_CreateObject(session, [
      { type: ck.CKA_CLASS, value: ck.CKO_CERTIFICATE },
      { type: ck.CKA_CERTIFICATE_TYPE, value: ck.CKC_X_509 },
      { type: ck.CKA_TOKEN, value: true },
      { type: ck.CKA_PRIVATE, value: false },
      { type: ck.CKA_SUBJECT, value: Buffer.from(identity.parsed.subjectName.toArrayBuffer()) },
      { type: ck.CKA_VALUE, value: identity.certificate },
      { type: ck.CKA_LABEL, value: name },
      { type: ck.CKA_ID, value: Buffer.from(id, 'hex') }
    ])
  hsm.C_CloseSession(session)
}

/** The slot of a token. */
export function slotOf(label: string): Buffer {
  const hsm = softHsm()
  return hsm.C_GetSlotList(true).find(slot => hsm.C_GetTokenInfo(slot).label.trim() === label)!
}

/** What happens when a card is pulled or an HSM restarts: every session of the process is gone, and the log-in with them. */
export function endAllSessions(label: string): void {
  softHsm().C_CloseAllSessions(slotOf(label))
}

/** Logs the user out under everybody's feet. */
export function logOut(label: string): void {
  const hsm = softHsm()
  const session = hsm.C_OpenSession(slotOf(label), ck.CKF_SERIAL_SESSION)
  hsm.C_Logout(session)
  hsm.C_CloseSession(session)
}

/** Gives the token another user PIN, as its security officer would. Nobody may be logged in. */
export function setPin(label: string, pin: string): void {
  const hsm = softHsm()
  const session = hsm.C_OpenSession(slotOf(label), ck.CKF_SERIAL_SESSION | ck.CKF_RW_SESSION)
  hsm.C_Login(session, ck.CKU_SO, soPin)
  hsm.C_InitPIN(session, pin)
  hsm.C_Logout(session)
  hsm.C_CloseSession(session)
}

/** Removes the key objects of a token, by label. */
export function removeKey(label: string, pin: string, keyLabel: string): void {
  const hsm = softHsm()
  const session = hsm.C_OpenSession(slotOf(label), ck.CKF_SERIAL_SESSION | ck.CKF_RW_SESSION)
  try {
    hsm.C_Login(session, ck.CKU_USER, pin)
  } catch (error) {
    if ((error as { code?: number }).code !== ck.CKR_USER_ALREADY_LOGGED_IN) throw error
  }
  hsm.C_FindObjectsInit(session, [{ type: ck.CKA_LABEL, value: keyLabel }])
  const found = hsm.C_FindObjects(session, 10)
  hsm.C_FindObjectsFinal(session)
  for (const object of found) hsm.C_DestroyObject(session, object)
  hsm.C_CloseSession(session)
}

const curves: Record<string, string> = {
  'P-256': '06082a8648ce3d030107',
  'P-384': '06052b81040022',
  'P-521': '06052b81040023'
}

function keyTemplate({ key }: Identity): pkcs11js.Template {
  const jwk = key.export({ format: 'jwk' })
  const bytes = (text: string | undefined): Buffer => Buffer.from(text ?? '', 'base64url')
  const common: pkcs11js.Template = [
    { type: ck.CKA_CLASS, value: ck.CKO_PRIVATE_KEY },
    { type: ck.CKA_TOKEN, value: true },
    { type: ck.CKA_PRIVATE, value: true },
    { type: ck.CKA_SENSITIVE, value: true },
    { type: ck.CKA_EXTRACTABLE, value: false },
    { type: ck.CKA_SIGN, value: true }
  ]
  if (jwk.kty === 'EC')
    return [
      ...common,
      { type: ck.CKA_KEY_TYPE, value: ck.CKK_EC },
      { type: ck.CKA_EC_PARAMS, value: Buffer.from(curves[jwk.crv!]!, 'hex') },
      { type: ck.CKA_VALUE, value: bytes(jwk.d) }
    ]
  return [
    ...common,
    { type: ck.CKA_KEY_TYPE, value: ck.CKK_RSA },
    { type: ck.CKA_MODULUS, value: bytes(jwk.n) },
    { type: ck.CKA_PUBLIC_EXPONENT, value: bytes(jwk.e) },
    { type: ck.CKA_PRIVATE_EXPONENT, value: bytes(jwk.d) },
    { type: ck.CKA_PRIME_1, value: bytes(jwk.p) },
    { type: ck.CKA_PRIME_2, value: bytes(jwk.q) },
    { type: ck.CKA_EXPONENT_1, value: bytes(jwk.dp) },
    { type: ck.CKA_EXPONENT_2, value: bytes(jwk.dq) },
    { type: ck.CKA_COEFFICIENT, value: bytes(jwk.qi) }
  ]
}
