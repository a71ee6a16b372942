import { readFileSync } from 'node:fs'
import type { Document } from '#sealing/plain'
import { DssJudge, hasDss } from '../judges/dss-judge.js'
import { hasPyhanko, PyhankoJudge } from '../judges/pyhanko-judge.js'
import { PyhankoMaker } from '../judges/pyhanko-maker.js'
import {
  bytesOf,
  documentFor,
  documents,
  isDetached,
  type JudgedWorld,
  openJudgedWorld,
  opinionOf,
  opinionsIn
} from './judged-world.js'
import { has, openssl, pdfsig, xmlsec1 } from './tools.js'

// Signatures that other programs made, judged by EU DSS and by us: the same indication, sub-indication and level.

const levels = ['B-B', 'B-T', 'B-LT', 'B-LTA'] as const
/** Every kind with every key takes minutes: at night, or by hand. */
const everything = process.env.GONIEC_EVERY_SEAL !== undefined
const keyNames = everything ? ['institution', 'institution-p256'] : ['institution-p256']
const describeWith = (name: string, there: boolean): jest.Describe => {
  if (!there) process.stderr.write(`SKIPPED: not on this machine: ${name} (.ci/install-judges)\n`)
  return there ? describe : describe.skip
}

let world: JudgedWorld
let dss: DssJudge

beforeAll(async () => {
  world = await openJudgedWorld()
  if (!hasDss) return
  dss = new DssJudge()
  await dss.trust(...world.anchors)
}, 60_000)

afterAll(async () => {
  if (hasDss) await dss.stop()
  await world.close()
})

/** Both opinions of a file; `original` is what a detached signature signs. */
async function opinions(file: string, original?: Document) {
  const originals = original ? [original] : []
  const files = originals.map(one => world.bench.put(one.fileName, bytesOf(one)))
  const theirs = (await dss.validate(file, ...files)).map(opinionOf)
  const report = await world.report(readFileSync(file), originals)
  return { ours: opinionsIn(report), theirs }
}

const put = (document: Document) => world.bench.put(document.fileName, bytesOf(document))

describeWith('EU DSS', hasDss)('made by EU DSS', () => {
  const kinds = [
    'pades',
    'xades-enveloped',
    'xades-enveloping',
    'xades-detached',
    'cades-attached',
    'cades-detached',
    'asice-xades',
    'asice-cades',
    'asics-xades',
    'asics-cades'
  ]
  describe.each(keyNames)('with %s', keyName => {
    describe.each(kinds)('%s', kind => {
      it.each(levels)('%s', async level => {
        const document = documentFor(kind)
        const output = world.bench.path(`${keyName}-${kind}-${level}`)
        await dss.sign(kind, level, put(document), output, world.keyFile(keyName), world.tsaUrl)
        const { ours, theirs } = await opinions(output, isDetached(kind) ? document : undefined)
        expect(ours).toEqual(theirs)
        expect(ours).toEqual([`TOTAL-PASSED ${level}`])
      })
    })
  })
})

describeWith('EU DSS and pyHanko', hasDss && hasPyhanko)('made by pyHanko', () => {
  let maker: PyhankoMaker
  let pyhanko: PyhankoJudge

  beforeAll(async () => {
    maker = new PyhankoMaker()
    pyhanko = new PyhankoJudge()
    await Promise.all([maker.trust(...world.anchors), pyhanko.trust(...world.anchors)])
  }, 60_000)

  afterAll(async () => {
    await Promise.all([maker.stop(), pyhanko.stop()])
  })

  const kinds = [
    ...levels.map(level => [level, level, level] as const),
    ['pkcs7', 'B-B', '-'],
    ['certify-1', 'B-B', 'B-B'],
    ['certify-2', 'B-B', 'B-B'],
    ['certify-3', 'B-B', 'B-B'],
    ['visible', 'B-B', 'B-B']
  ] as const
  describe.each(keyNames)('with %s', keyName => {
    it.each(kinds)('%s', async (kind, judgedAs, level) => {
      const output = world.bench.path(`${keyName}-${kind}.pdf`)
      await maker.sign(kind, put(documents.pdf), output, world.keyFile(keyName), world.tsaUrl)
      const { ours, theirs } = await opinions(output)
      expect(ours).toEqual(theirs)
      expect(ours).toEqual([`TOTAL-PASSED ${level}`])
      expect(await pyhanko.validate(output, judgedAs)).toEqual([expect.objectContaining({ status: 'PASSED' })])
      if (has(...pdfsig)) expect(world.bench.run('pdfsig', '-nocert', output)).toContain('Signature is Valid')
    })
  })

  it('several in one file, of several levels, and time stamps over them', async () => {
    const steps = ['visible', 'B-T', 'B-LTA'].map((kind, i) => [kind, world.bench.path(`several-${i}.pdf`)] as const)
    let input = put(documents.pdf)
    for (const [i, [kind, output]] of steps.entries()) {
      await maker.sign(kind, input, output, world.keyFile('institution-p256'), world.tsaUrl, `Field${i}`)
      const { ours, theirs } = await opinions(output)
      expect(ours).toEqual(theirs)
      expect(ours).toHaveLength(i + 1)
      input = output
    }
    const renewed = world.bench.path('several-renewed.pdf')
    await maker.stamp(input, renewed, world.tsaUrl)
    const { ours, theirs } = await opinions(renewed)
    expect(ours).toEqual(theirs)
    expect(ours.at(-1)).toBe('TOTAL-PASSED B-LTA')
  })
})

describeWith('EU DSS and openssl', hasDss && has(...openssl))('made by openssl', () => {
  const pki = (name: string) => world.sandbox.pki.path(name)
  const cms = (name: string, keyName: string, ...options: string[]): string => {
    const output = world.bench.path(`${keyName}-${name}.p7m`)
    const files = ['-signer', pki(`${keyName}.cert.pem`), '-inkey', pki(`${keyName}.key.pem`)]
    const chain = ['-certfile', pki(`${keyName}.chain.pem`)]
    const input = ['-in', put(documents.text), '-out', output]
    world.bench.run('openssl', 'cms', '-sign', '-binary', ...input, ...files, ...chain, ...options)
    return output
  }
  const attached = ['-nodetach', '-outform', 'DER']
  const baseline = 'TOTAL-PASSED B-B'
  const plain = 'TOTAL-PASSED -'
  // one that could be over attributes as well as over a content is not passed
  const unattributed = 'INDETERMINATE SIG_CONSTRAINTS_FAILURE -'
  const ways: readonly (readonly [string, readonly string[], string])[] = [
    ['CAdES', [...attached, '-cades'], baseline],
    ['CAdES, detached', ['-outform', 'DER', '-cades'], baseline],
    ['CAdES in BER, streamed', [...attached, '-cades', '-stream'], baseline],
    ['CAdES with SHA-512', [...attached, '-cades', '-md', 'sha512'], baseline],
    ['CAdES with a key identifier', [...attached, '-cades', '-keyid'], baseline],
    ['CAdES in PEM', ['-nodetach', '-outform', 'PEM', '-cades'], baseline],
    ['plain CMS', attached, plain],
    ['plain CMS, detached', ['-outform', 'DER'], plain],
    ['plain CMS in BER, streamed', [...attached, '-stream'], plain],
    ['without signed attributes', [...attached, '-noattr'], unattributed],
    ['without signed attributes, detached', ['-outform', 'DER', '-noattr'], unattributed],
    ['without certificates', [...attached, '-nocerts'], 'INDETERMINATE NO_SIGNING_CERTIFICATE_FOUND -'],
    ['with SHA-1', [...attached, '-cades', '-md', 'sha1'], 'INDETERMINATE CRYPTO_CONSTRAINTS_FAILURE_NO_POE B-B']
  ]
  describe.each(['institution', 'institution-p256'])('with %s', keyName => {
    it.each(ways)('%s', async (name, options, expected) => {
      const file = cms(name.replace(/[^A-Za-z0-9]/g, '-'), keyName, ...options)
      const original = options.includes('-nodetach') ? undefined : documents.text
      const report = await world.report(readFileSync(file), original ? [original] : [])
      expect(opinionsIn(report)).toEqual([expected])
      // DSS does not read PEM
      if (!options.includes('PEM')) expect((await opinions(file, original)).theirs).toEqual([expected])
    })
  })
})

describeWith('EU DSS and xmlsec1', hasDss && has(...xmlsec1))('made by xmlsec1', () => {
  const reference = (uri: string, ...transforms: string[]) =>
    `<Reference URI="${uri}">${transforms.length > 0 ? `<Transforms>${transforms.map(one => `<Transform Algorithm="${one}"/>`).join('')}</Transforms>` : ''}` +
    '<DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/><DigestValue/></Reference>'
  const signature = (method: string, references: string, object = '') =>
    '<Signature xmlns="http://www.w3.org/2000/09/xmldsig#"><SignedInfo><CanonicalizationMethod Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/>' +
    `<SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#${method}"/>${references}</SignedInfo><SignatureValue/>` +
    `<KeyInfo><X509Data/></KeyInfo>${object}</Signature>`
  const exclusive = 'http://www.w3.org/2001/10/xml-exc-c14n#'
  const enveloped = 'http://www.w3.org/2000/09/xmldsig#enveloped-signature'
  const ways: readonly (readonly [string, (method: string) => string])[] = [
    ['enveloped', method => `<pismo>Zażółć${signature(method, reference('', enveloped, exclusive))}</pismo>`],
    ['enveloping', method => signature(method, reference('#o', exclusive), '<Object Id="o">Zażółć</Object>')],
    ['detached', method => signature(method, reference('pismo.txt'))]
  ]
  describe.each([
    ['institution', 'rsa-sha256'],
    ['institution-p256', 'ecdsa-sha256']
  ])('with %s', (keyName, method) => {
    it.each(ways)('%s', async (name, template) => {
      put(documents.text)
      const input = world.bench.put('template.xml', template(method))
      const output = world.bench.path(`${keyName}-xmldsig-${name}.xml`)
      const pki = (file: string) => world.sandbox.pki.path(`${keyName}.${file}.pem`)
      const key = ['--privkey-pem', `${pki('key')},${pki('cert')}`]
      world.bench.run('xmlsec1', '--sign', ...key, '--output', output, input)
      const { ours, theirs } = await opinions(output, name === 'detached' ? documents.text : undefined)
      expect(ours).toEqual(theirs)
      // nothing that is signed says whose certificate it is
      expect(ours).toEqual(['INDETERMINATE SIG_CONSTRAINTS_FAILURE -'])
    })
  })
})
