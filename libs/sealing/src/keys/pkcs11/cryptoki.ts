import { realpathSync } from 'node:fs'
import { Refused } from '#platform/plain'
import { sealingProblems } from '../../sealing.errors.js'
import { ckr, resultOf } from './cryptoki-result.js'
import type { Pkcs11Library, Pkcs11Module } from './pkcs11-library.js'

/** A loaded and initialised PKCS#11 library, with the constants of the standard. */
export interface Cryptoki {
  readonly constants: Pkcs11Module
  readonly library: Pkcs11Library
  /** Where it was loaded from: with the token's serial number it names a token. */
  readonly path: string
}

/**
 * Libraries of this thread by path, kept for ever: pkcs11js unloads a library when its object is collected, and
 * nothing may be unloaded under sessions of another thread.
 */
const libraries = new Map<string, Promise<Cryptoki>>()

/**
 * Loads the library of a device, once per thread, and initialises it, once per process. It is never finalised, because
 * finalising would end the sessions of all other threads.
 * @throws Refused `sealing/pkcs11-not-available`.
 */
export async function openCryptoki(module: string): Promise<Cryptoki> {
  const path = resolved(module)
  const opening = libraries.get(path) ?? load(path)
  libraries.set(path, opening)
  try {
    const cryptoki = await opening
    initialise(cryptoki)
    return cryptoki
  } catch (error) {
    libraries.delete(path)
    throw error
  }
}

/** Not a literal where it is imported, so that the compiler does not look for it. */
const optional: string = 'pkcs11js'

async function load(path: string): Promise<Cryptoki> {
  let constants: Pkcs11Module
  try {
    const imported = (await import(optional)) as Pkcs11Module & { default?: Pkcs11Module }
    constants = imported.default ?? imported
  } catch {
    throw notAvailable('pkcs11js')
  }
  const library = new constants.PKCS11()
  try {
    library.load(path)
  } catch {
    throw notAvailable('library')
  }
  return { constants, library, path }
}

/** CKF_OS_LOCKING_OK is what makes several sessions at once safe: without it SoftHSM, for one, crashes the process. */
function initialise({ constants, library }: Cryptoki): void {
  try {
    library.C_Initialize({ flags: constants.CKF_OS_LOCKING_OK })
  } catch (error) {
    const result = resultOf(error)
    if (result.code === ckr.CRYPTOKI_ALREADY_INITIALIZED) return
    throw notAvailable(result.name)
  }
}

/** One library under two names is one library; a bare file name is left to the system's search path. */
function resolved(module: string): string {
  try {
    return realpathSync(module)
  } catch {
    return module
  }
}

function notAvailable(why: string): Refused {
  return new Refused(sealingProblems['pkcs11-not-available'], { why })
}
