import { execFileSync } from 'node:child_process'
import { createHash, X509Certificate } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { Pki } from '../pki/pki.js'
import { TimestampAuthority } from '../tsa/timestamp-authority.js'
import { StateStore } from '../world/state-store.js'
import { WorldClock } from '../world/world-clock.js'
import {
  ERDS_EVENTS,
  type ErdsKind,
  type EvidenceIssuer,
  type EvidencePart,
  type EvidenceParty
} from './evidence-facts.js'
import { XadesSealer } from './seal-xades.js'
import { type ErdsEvidence, writeErdsEvidence } from './write-erds-evidence.js'
import { type ProofOfCorrespondence, writeProof } from './write-proof.js'

const shared = resolve(process.env.GONIEC_SHARED ?? '../shared')
const schema = join(shared, 'schemas/erds-evidence/erds.xsd')
const has = (tool: string): boolean => {
  try {
    execFileSync('which', [tool])
    return true
  } catch {
    return false
  }
}
const itNeeding = (what: string, present: boolean) => {
  if (!present) console.warn(`skipped: ${what} is not here`)
  return present ? it : it.skip
}

const office: EvidenceParty = {
  ade: 'AE:PL-10000-20001-GMINA-27',
  party: { kind: 'entity', name: 'Urząd "A&B" <x> \r\n\t]]>', legalPersonIdentifier: 'VATPL-9990010030' }
}
const citizen: EvidenceParty = {
  ade: 'AE:PL-30000-40002-ODBIE-32',
  party: { kind: 'natural-person', givenName: 'Anna', familyName: 'Odbierająca' }
}
const issuer: EvidenceIssuer = {
  name: 'Operator',
  legalPersonIdentifier: 'VATPL-9990010337',
  policyId: 'urn:oid:1.2.3',
  serviceId: 'service'
}
const part = (id: string, content: string, algorithm: 'sha256' | 'sha3-512'): EvidencePart => ({
  id,
  name: `${id}.pdf`,
  contentType: 'application/pdf',
  size: content.length,
  isMessageText: id === 'text',
  digest: { algorithm, value: createHash(algorithm).update(content).digest() }
})
const technical = (kind: ErdsKind): ErdsEvidence => ({
  evidenceId: `evidence-${kind}`,
  kind,
  reasons: [{ code: 'SomeReason', polish: 'Powód & skutek', english: 'Reason & effect' }],
  eventTime: new Date('2026-03-29T01:30:00.250Z'),
  issuer,
  sender: office,
  recipient: citizen,
  submissionTime: new Date('2026-03-29T01:29:59Z'),
  messageId: 'PPSA-E-1',
  parts: [part('text', 'hello', 'sha256'), part('a', 'attachment', 'sha3-512')]
})

describe('evidence of the sandbox', () => {
  let dir: string
  let pki: Pki
  let sealer: XadesSealer
  let clock: WorldClock
  let proof: ProofOfCorrespondence

  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), 'sandbox-evidence-'))
    clock = new WorldClock(new StateStore(dir))
    pki = await Pki.open(join(dir, 'pki'), clock)
    const tsa = new TimestampAuthority(pki.seal('tsa'), clock)
    sealer = new XadesSealer(pki.seal('operator'), sha256 => tsa.stamp(sha256))
    const service = { issuer, certificate: sealer.facts, sealedAt: new Date('2026-03-29T01:30:00Z') }
    proof = {
      proofId: 'proof-1',
      kind: 'BP.OX',
      messageId: 'PPSA-E-1',
      sender: office,
      recipient: citizen,
      submittedAt: new Date('2026-03-28T23:30:00Z'),
      acceptedAt: new Date('2026-03-29T00:30:00Z'),
      availableAt: new Date('2026-03-29T00:59:59Z'),
      receivedAt: new Date('2026-03-29T01:00:00Z'),
      parts: technical('A.1').parts,
      senderService: service,
      recipientService: service
    }
  }, 60000)

  afterAll(() => rmSync(dir, { recursive: true, force: true }))

  const written = (name: string, bytes: Buffer | string): string => {
    const path = join(dir, name)
    writeFileSync(path, bytes)
    return path
  }

  const verify = (name: string, bytes: Buffer): void => {
    const root = written('root.pem', pki.trustAnchorsPem().providers[0] ?? '')
    const args = ['--verify', '--trusted-pem', root, '--id-attr:Id', 'SignedProperties', written(name, bytes)]
    execFileSync('xmlsec1', args, { stdio: 'pipe' })
  }

  itNeeding('xmlsec1', has('xmlsec1'))('is sealed so that xmlsec1 agrees, whatever the text holds', async () => {
    for (const kind of Object.keys(ERDS_EVENTS) as ErdsKind[]) {
      verify(`${kind}.xml`, await sealer.seal(writeErdsEvidence(technical(kind)), clock.now(), `s-${kind}`))
    }
    verify('wx.xml', await sealer.seal(writeProof({ ...proof, kind: 'BP.WX' }), clock.now(), 's-wx'))
    verify('ox.xml', await sealer.seal(writeProof(proof), clock.now(), 's-ox'))
  })

  itNeeding('xmlsec1', has('xmlsec1'))('does not verify once a byte is changed or under another root', async () => {
    const sealed = await sealer.seal(writeErdsEvidence(technical('A.1')), clock.now(), 's')
    const changed = Buffer.from(sealed.toString().replace('PPSA-E-1', 'PPSA-E-2'))
    expect(() => verify('changed.xml', changed)).toThrow()
    const stranger = new XadesSealer(pki.seal('stranger'), () => Buffer.from([0x30, 0x00]))
    const foreign = await stranger.seal(writeErdsEvidence(technical('A.1')), clock.now(), 's')
    expect(() => verify('stranger.xml', foreign)).toThrow()
  })

  itNeeding('xmllint or ../shared', has('xmllint') && existsSync(schema))(
    'is valid against the ETSI schema',
    async () => {
      for (const kind of Object.keys(ERDS_EVENTS) as ErdsKind[]) {
        const path = written(`x${kind}.xml`, await sealer.seal(writeErdsEvidence(technical(kind)), clock.now(), 's'))
        execFileSync('xmllint', ['--nonet', '--noout', '--schema', schema, path], { stdio: 'pipe' })
      }
    }
  )

  const xades = join(shared, 'schemas/etsi-xsd/XAdES01903v132-202407.xsd')
  itNeeding('xmllint or ../shared', has('xmllint') && existsSync(xades))(
    'has XAdES properties valid in XAdES',
    async () => {
      const sealed = (await sealer.seal(writeProof(proof), clock.now(), 's')).toString()
      const properties = /<xades:QualifyingProperties.*<\/xades:QualifyingProperties>/s.exec(sealed)?.[0] ?? ''
      const declared = properties.replace(' ', ' xmlns:ds="http://www.w3.org/2000/09/xmldsig#" ')
      const path = written('properties.xml', declared)
      // The published schema imports its neighbour from the network; the copy imports the file that lies beside it.
      const location = /schemaLocation="http[^"]*xmldsig-core-schema.xsd"/
      const local = join(shared, 'schemas/etsi-xsd/xmldsig-core-schema.xsd')
      const copy = written('xades.xsd', readFileSync(xades, 'utf8').replace(location, `schemaLocation="${local}"`))
      execFileSync('xmllint', ['--nonet', '--noout', '--schema', copy, path], { stdio: 'pipe' })
    }
  )

  itNeeding('xmllint', has('xmllint'))('is its own exclusive canonical form', () => {
    for (const { before, after } of [writeErdsEvidence(technical('E.1')), writeProof(proof)]) {
      const path = written('canonical.xml', before + after)
      expect(execFileSync('xmllint', ['--exc-c14n', path]).toString()).toBe(before + after)
    }
  })

  itNeeding('openssl', has('openssl'))(
    'carries a time stamp over the signature value that openssl accepts',
    async () => {
      const sealed = (await sealer.seal(writeErdsEvidence(technical('D.1')), clock.now(), 's')).toString()
      const stamped = /<ds:SignatureValue.*<\/ds:SignatureValue>/.exec(sealed)?.[0] ?? ''
      const token = /EncapsulatedTimeStamp>([^<]+)</.exec(sealed)?.[1] ?? ''
      const roots = written('tsa.pem', pki.trustAnchorsPem().tsa[0] ?? '')
      const chain = written(
        'chain.pem',
        pki
          .seal('tsa')
          .chain.map(der => new X509Certificate(der).toString())
          .join('\n')
      )
      const verifyToken = (data: string) =>
        execFileSync(
          'openssl',
          [
            'ts',
            '-verify',
            '-token_in',
            '-in',
            written('token.der', Buffer.from(token, 'base64')),
            '-data',
            data
          ].concat(['-CAfile', roots, '-untrusted', chain]),
          { stdio: 'pipe' }
        )
      verifyToken(written('value.txt', stamped))
      expect(() => verifyToken(written('other.txt', `${stamped} `))).toThrow()
    }
  )

  itNeeding('openssl', has('openssl'))('names its certificate by the issuer and serial number in it', async () => {
    const sealed = (await sealer.seal(writeErdsEvidence(technical('A.1')), clock.now(), 's')).toString()
    const issuerSerial = Buffer.from(/IssuerSerialV2>([^<]+)</.exec(sealed)?.[1] ?? '', 'base64')
    const certificate = pki.seal('operator').certificate
    const issuerOfLeaf = new X509Certificate(pki.seal('operator').chain[0] ?? Buffer.alloc(0))
    expect(issuerOfLeaf.subject).toBe(new X509Certificate(certificate).issuer)
    // Name and serial number stand in the certificate byte for byte as they stand in IssuerSerial.
    const parsed = execFileSync('openssl', ['asn1parse', '-inform', 'DER'], { input: issuerSerial }).toString()
    expect(parsed).toContain(new X509Certificate(certificate).serialNumber)
    const name = issuerSerial.subarray(issuerSerial.indexOf(0xa4) + 2)
    const length = name[1] ?? 0
    const nameBytes = length < 0x80 ? name.subarray(0, length + 2) : name.subarray(1, 2 + (name[2] ?? 0))
    expect(certificate.includes(nameBytes)).toBe(true)
  })

  it('counts local time in the proofs and UTC in technical evidence', () => {
    const { before } = writeProof(proof)
    expect(before).toContain('<DataUdostepnieniaDoOdbioru>2026-03-29T01:59:59+01:00<')
    expect(before).toContain('<DataPrzekazaniaAdresatowi>2026-03-29T03:00:00+02:00<')
    expect(writeErdsEvidence(technical('A.1')).before).toContain('<EventTime>2026-03-29T01:30:00.250Z<')
  })

  const sample = join(shared, 'fixtures/evidence/crd-osoba-prawna.xml')
  itNeeding('../shared', existsSync(sample))('has every block of the public sample of BP.OX in the same order', () => {
    const ours = pathsOf(writeProof({ ...proof, recipient: office }).before)
    const theirs = pathsOf(readFileSync(sample, 'utf8')).filter(path => path !== 'ds:Signature')
    expect(ours.filter(path => theirs.includes(path))).toEqual(theirs)
  })
})

/** Names of the elements in order of their first appearance. */
function pathsOf(xml: string): string[] {
  return [...new Set([...xml.matchAll(/<([A-Za-z:]+)[\s/>]/g)].map(match => match[1] ?? ''))]
}
