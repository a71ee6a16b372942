import * as x509 from '@peculiar/x509'
import { type Identity, issue, nonRepudiation } from '../../test/test-authority.js'
import { buildChain } from './build-chain.js'
import { findPaths } from './find-paths.js'
import { sameName } from './names.js'
import { readCertificate } from './read-certificate.js'
import { TrustStore } from './trust-store.js'

const read = (identity: Identity) => readCertificate(identity.certificate)
const pathsOf = (leaf: Identity, candidates: readonly Identity[], anchors: readonly Identity[]) =>
  findPaths(read(leaf), candidates.map(read), anchors.map(read)).map(({ certificates, fault }) => ({
    names: certificates.map(({ x509: { subject } }) => subject.replace('CN=', '')).join(' < '),
    fault
  }))

describe('paths to trust anchors', () => {
  let root: Identity
  let ca: Identity
  let leaf: Identity
  beforeAll(async () => {
    root = await issue({ subject: 'CN=Root', ca: true })
    ca = await issue({ subject: 'CN=CA', ca: true, issuer: root })
    leaf = await issue({ subject: 'CN=Leaf', issuer: ca, extensions: [nonRepudiation] })
  })

  it('lead from leaf to anchor, whatever lies around', async () => {
    const stray = await issue({ subject: 'CN=CA', ca: true })
    expect(pathsOf(leaf, [stray, root, ca, leaf], [root])).toEqual([{ names: 'Leaf < CA < Root', fault: undefined }])
    expect(pathsOf(leaf, [ca], [ca, root]).map(({ names }) => names)).toEqual(['Leaf < CA'])
    expect(pathsOf(leaf, [], [leaf]).map(({ names }) => names)).toEqual(['Leaf'])
    expect(pathsOf(leaf, [stray], [root])).toEqual([])
  })

  it('are several where authorities certify each other, and never go in circles', async () => {
    const other = await issue({ subject: 'CN=Other Root', ca: true })
    // The same authority key, certified by the other root as well.
    const generator = (issuer: Identity) =>
      x509.X509CertificateGenerator.create({
        serialNumber: '77',
        subject: 'CN=CA',
        issuer: issuer.parsed.subject,
        notBefore: new Date('2020-01-01T00:00:00Z'),
        notAfter: new Date('2040-01-01T00:00:00Z'),
        publicKey: ca.parsed.publicKey,
        signingKey: issuer.cryptoKey,
        signingAlgorithm: { ...issuer.algorithm, hash: 'SHA-256' },
        extensions: [new x509.BasicConstraintsExtension(true, undefined, true)]
      })
    const crossed = await generator(other)
    const cross = { ...ca, certificate: Buffer.from(crossed.rawData), parsed: crossed }
    const found = pathsOf(leaf, [ca, cross, other, root], [root, other]).map(({ names }) => names)
    expect(found.sort()).toEqual(['Leaf < CA < Other Root', 'Leaf < CA < Root'])
    const selfCrossed = await generator(leaf)
    const circle = { ...ca, certificate: Buffer.from(selfCrossed.rawData), parsed: selfCrossed }
    expect(pathsOf(leaf, [circle], [root])).toEqual([])
  })

  it('put those that keep to the rules first', async () => {
    const old = await issue({ subject: 'CN=Broken', issuer: root, extensions: [nonRepudiation] })
    const below = await issue({ subject: 'CN=Below', issuer: old, extensions: [nonRepudiation] })
    expect(pathsOf(below, [old], [root])).toEqual([{ names: 'Below < Broken < Root', fault: 'not-an-authority' }])
  })

  it('take time into account when asked for one', () => {
    const at = (date: string) => {
      const outcome = buildChain(read(leaf), [read(ca)], [read(root)], new Date(date))
      return outcome.trusted ? outcome.path.length : outcome.reason
    }
    expect(at('2026-01-01')).toBe(3)
    expect(at('2041-01-01')).toBe('OUT_OF_BOUNDS_NO_POE')
  })

  it('demand an explicit policy where an authority does', async () => {
    // policyConstraints: requireExplicitPolicy 0
    const demanding = new x509.Extension('2.5.29.36', true, Buffer.from('3003800100', 'hex'))
    const policy = (oid: string) => new x509.CertificatePolicyExtension([oid])
    const upper = await issue({ subject: 'CN=Upper', ca: true, issuer: root, extensions: [demanding, policy('1.2.3')] })
    const fits = await issue({ subject: 'CN=Fits', issuer: upper, extensions: [policy('1.2.3')] })
    const other = await issue({ subject: 'CN=Differs', issuer: upper, extensions: [policy('1.2.4')] })
    const without = await issue({ subject: 'CN=Without', issuer: upper })
    const any = await issue({ subject: 'CN=Any', issuer: upper, extensions: [policy('2.5.29.32.0')] })
    const faults = [fits, other, without, any].map(one => pathsOf(one, [upper], [root])[0]!.fault)
    expect(faults).toEqual([undefined, 'policy-not-permitted', 'policy-not-permitted', undefined])
  })

  it('are kept apart by what an anchor is for', () => {
    const store = new TrustStore([
      root.certificate,
      { certificate: ca.certificate, purposes: ['time-stamp'] },
      Buffer.from('x')
    ])
    expect(store.for('signature').map(({ sha256 }) => sha256)).toEqual([read(root).sha256])
    expect(store.for('time-stamp')).toHaveLength(2)
    const more = store.with([{ certificate: leaf.certificate, purposes: ['revocation'] }])
    expect([more.all.length, more.for('signature').length, more.for('revocation').length]).toEqual([3, 1, 2])
  })
})

describe('names of certificates', () => {
  const name = (tag: number, text: string) => {
    const value = Buffer.concat([Buffer.from([tag, text.length]), Buffer.from(text, 'latin1')])
    const attribute = Buffer.concat([Buffer.from('0603550403', 'hex'), value])
    const wrap = (outer: number, inner: Buffer) => Buffer.concat([Buffer.from([outer, inner.length]), inner])
    return wrap(0x30, wrap(0x31, wrap(0x30, attribute)))
  }

  it('are the same whatever their kind of string, case and spaces', () => {
    expect(sameName(name(0x0c, 'Some CA'), name(0x13, 'some  ca '))).toBe(true)
    expect(sameName(name(0x0c, 'Some CA'), name(0x0c, 'Some CB'))).toBe(false)
    expect(sameName(Buffer.from('rubbish'), Buffer.from('rubbisch'))).toBe(false)
  })
})
