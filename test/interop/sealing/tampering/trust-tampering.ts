import { createHash, webcrypto } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { SealLevel, TimestampAuthority } from '#sealing/plain'
import type { SealName } from '../../../../apps/sandbox/src/pki/pki.js'
import {
  digitalSignature,
  issue,
  timeStampingOnly,
  type Identity
} from '../../../../libs/sealing/test/test-authority.js'
import { issueToken, type TokenWish } from '../../../../libs/sealing/test/test-tsa.js'
import { documents, type JudgedWorld } from '../judged-world.js'
import { changedCms } from './cms-tampering.js'
import { parseDer } from './der-tree.js'
import type { Tampering } from './tampering.js'

/** Signers and time stamps that are not what they should be; nothing is wrong with the files. */
export async function trustTamperings(world: JudgedWorld): Promise<Tampering[]> {
  const original = documents.text
  const all: Tampering[] = []
  const pki = world.sandbox.pki

  /** CAdES B-B by openssl, which does not ask whether the key may sign. */
  const signedBy = (name: SealName): Buffer => {
    const files = ['-signer', pki.path(`${name}.cert.pem`), '-inkey', pki.path(`${name}.key.pem`)]
    const chain = ['-certfile', pki.path(`${name}.chain.pem`)]
    const input = ['-in', world.bench.put('pismo.txt', original.source.read(0, 999)), '-out', world.bench.path('a.p7s')]
    world.bench.run('openssl', 'cms', '-sign', '-binary', '-outform', 'DER', '-cades', ...files, ...chain, ...input)
    return readFileSync(world.bench.path('a.p7s'))
  }
  const add = (name: string, file: Buffer, more: Partial<Tampering> = {}) =>
    all.push({ name: `trust: ${name}`, file, original, ...more })

  add('an office', signedBy('institution'))
  add('the operator, whose root is not trusted here', signedBy('operator'))
  add('a stranger', signedBy('stranger'))
  add('an expired certificate', signedBy('seal-expired'))
  add('a time-stamp authority', signedBy('tsa'))
  add('an OCSP responder', signedBy('offices-ocsp'))

  const key = world.openKey(world.keyFile('institution-p256'))
  const stamped = (tsa: TimestampAuthority, level: SealLevel = 'B-T') =>
    world.seal('CAdES-detached', original, { level, key, tsa })
  const strangerRoot = await issue({ subject: 'CN=TSA Root', ca: true })
  const strange = await issue({
    subject: 'CN=TSA',
    issuer: strangerRoot,
    extensions: [timeStampingOnly, digitalSignature]
  })
  const own = await identityOf(world, 'tsa')
  const office = await identityOf(world, 'institution-p384')
  const hour = 3_600_000
  const at = (offset: number): Date => new Date(Math.floor((world.clock.now().getTime() + offset) / 1000) * 1000)
  const revoke = (certificate: string, reason: string, since?: Date) => async () => {
    const body = JSON.stringify({ certificate, reason, ...(since ? { at: since.toISOString() } : {}) })
    const headers = { 'content-type': 'application/json' }
    const answer = await fetch(`${world.sandbox.url}/control/revoke`, { method: 'POST', headers, body })
    if (!answer.ok) throw new Error(await answer.text())
  }
  // Without a good time stamp nothing shows that these were made while the key was the signer's alone.
  const stamps: [string, Buffer][] = [
    ['good time stamp', await stamped(authority(own, {}, at(0)))],
    ['time stamp of a stranger', await stamped(authority(strange, {}, at(0)))],
    ['time stamp of an office', await stamped(authority(office, {}, at(0)))],
    ['time stamp without a name of its signer', await stamped(authority(own, { ess: 'none' }, at(0)))],
    ['time stamp that names another signer', await stamped(authority(own, { ess: 'of-another' }, at(0)))],
    ['time stamp by the older attribute', await stamped(authority(own, { ess: 'v1' }, at(0)))],
    ['time stamp without a certificate', await stamped(authority(own, { enclose: [] }, at(0)))],
    ['time stamp with another certificate', await stamped(authority(own, { enclose: [office] }, at(0)))],
    ['time stamp over something else', await stamped(authority(own, { imprint: Buffer.alloc(32, 7) }, at(0)))],
    [
      'time stamp with a digest of something else',
      await stamped(authority(own, { digestOf: Buffer.from('x') }, at(0)))
    ],
    ['time stamp with SHA-1', await stamped(authority(own, { hash: 'SHA-1' }, at(0)))],
    ['time stamp from tomorrow', await stamped(authority(own, {}, at(24 * hour)))],
    ['time stamp from before the certificates', await stampedBefore()]
  ]
  for (const [what, file] of stamps)
    add(`${what}, and the key was lost since`, file, {
      before: revoke('institution-p256', 'keyCompromise'),
      after: forgetRevocations
    })
  // What the files enclose about the signer is older than their time stamps, in whole seconds: then both ask again.
  world.forgetRevocation()
  await world.seal('CAdES-detached', original, { key })
  await world.passingOf(2_000)
  const files: [string, Buffer][] = []
  for (const level of ['B-B', 'B-T', 'B-LT', 'B-LTA'] as const)
    files.push([level, await world.seal('CAdES-detached', original, { level, key })])
  const reasons: [string, string, string, Date | undefined][] = [
    ['the key was lost now', 'institution-p256', 'keyCompromise', undefined],
    ['the key was lost an hour before', 'institution-p256', 'keyCompromise', at(-hour)],
    ['the certificate is on hold since an hour before', 'institution-p256', 'certificateHold', at(-hour)],
    ['the authority was revoked now', 'offices-issuing', 'cACompromise', undefined],
    ['the authority was revoked an hour before', 'offices-issuing', 'cACompromise', at(-hour)],
    ['the time-stamp authority lost its key now', 'tsa', 'keyCompromise', undefined],
    ['the time-stamp authority lost its key an hour before', 'tsa', 'keyCompromise', at(-hour)],
    ['the time-stamp authority was replaced now', 'tsa', 'superseded', undefined],
    ['the responder lost its key an hour before', 'offices-ocsp', 'keyCompromise', at(-hour)]
  ]
  // Whether DSS looks for news of what a B-LTA encloses depends on fractions of a second, and news from the past matter, as
  // do those of the authority whose stamp is the last.
  const judged = (certificate: string, since: Date | undefined) =>
    since || certificate === 'tsa' ? files.slice(0, 3) : files
  for (const [what, certificate, reason, since] of reasons)
    for (const [level, file] of judged(certificate, since))
      add(`${what}: ${level}`, file, { before: revoke(certificate, reason, since), after: forgetRevocations })
  for (const [what, certificate, reason, since] of reasons.filter(([, name]) => name !== 'institution-p256'))
    for (const [level, file] of judged(certificate, since).slice(1))
      add(`the key was lost now, and ${what}: ${level}`, file, {
        before: async () => {
          await revoke('institution-p256', 'keyCompromise')()
          await revoke(certificate, reason, since)()
        },
        after: forgetRevocations
      })
  return all

  async function forgetRevocations(): Promise<void> {
    await fetch(`${world.sandbox.url}/control/revocations`, { method: 'DELETE' })
  }

  /** Our own sealing refuses such a time, so the token comes into a finished seal. */
  async function stampedBefore(): Promise<Buffer> {
    const stamp = authority(own, {}, new Date('2023-06-01T00:00:00Z'))
    const sealed = await world.seal('CAdES-detached', original, { level: 'B-T', key })
    let value = Buffer.alloc(0)
    changedCms(sealed, cms => void (value = Buffer.from(cms.value.content)))
    const { token } = await stamp.stamp(createHash('sha256').update(value).digest())
    return changedCms(sealed, cms => {
      cms.unsigned!.children[0]!.children[1]!.children = [parseDer(token)]
    })
  }
}

/** A time-stamp authority in this process, whose tokens are as wished. */
function authority(identity: Identity, wish: TokenWish, genTime: Date): TimestampAuthority {
  return {
    expectedTokenBytes: 4000,
    stamp: async imprint => ({
      token: await issueToken(identity, imprint, undefined, { genTime, ...wish }),
      genTime,
      serial: '1',
      policy: '1.2.3.4.1'
    })
  }
}

async function identityOf({ sandbox }: JudgedWorld, name: SealName): Promise<Identity> {
  const { key, certificate } = sandbox.pki.seal(name)
  const namedCurve = key.asymmetricKeyDetails?.namedCurve === 'secp384r1' ? 'P-384' : 'P-256'
  const algorithm = { name: 'ECDSA', namedCurve }
  const pkcs8 = key.export({ format: 'der', type: 'pkcs8' })
  const cryptoKey = await webcrypto.subtle.importKey('pkcs8', pkcs8, algorithm, true, ['sign'])
  return { certificate, key, cryptoKey, algorithm } as Identity
}
