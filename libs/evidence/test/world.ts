import { ExtendedKeyUsage, KeyUsageFlags } from '@peculiar/x509'
import type { Trust } from '../src/xml/verify-xades.js'
import { type Unsealed, sealed, type SealWish } from './test-evidence.js'
import { makeParty, type Party } from './test-pki.js'

/** The people of the tests: a provider under a CA under a root, a time-stamping authority under another root, an attacker. */
export interface TestWorld {
  root: Party
  issuing: Party
  provider: Party
  office: Party
  tsaRoot: Party
  tsa: Party
  attackerRoot: Party
  attacker: Party
  trust: Trust
  /** When evidence is judged. */
  now: Date
}

export const STAMPING = { usages: [ExtendedKeyUsage.timeStamping], critical: true }

/** Makes the world anew: about ten key pairs. */
export async function makeWorld(): Promise<TestWorld> {
  const root = await makeParty({ name: 'Root', ca: true })
  const issuing = await makeParty({ name: 'Issuing', ca: true, pathLength: 0, issuer: root })
  const provider = await makeParty({ name: 'Operator', issuer: issuing })
  const office = await makeParty({ name: 'Office', issuer: issuing })
  const tsaRoot = await makeParty({ name: 'TsaRoot', ca: true })
  const usage = KeyUsageFlags.digitalSignature
  const tsa = await makeParty({ name: 'Tsa', issuer: tsaRoot, extended: STAMPING, usage })
  const attackerRoot = await makeParty({ name: 'Root', ca: true })
  const attacker = await makeParty({ name: 'Operator', issuer: attackerRoot })
  const trust = { providers: [root.pem], tsas: [tsaRoot.pem] }
  const now = new Date('2026-11-02T10:00:00Z')
  return { root, issuing, provider, office, tsaRoot, tsa, attackerRoot, attacker, trust, now }
}

/** A seal as good providers make it: B-T, with the issuing CA in KeyInfo. */
export function goodSeal(world: TestWorld, unsealed: Unsealed, wish: Partial<SealWish> = {}) {
  return sealed(unsealed, { seal: world.provider, chain: [world.issuing], tsa: world.tsa, ...wish })
}
