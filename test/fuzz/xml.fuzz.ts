import { generateKeyPairSync, sign } from 'node:crypto'
import fc from 'fast-check'
import { Refused } from '#platform/plain'
import { makeSealer } from '../../libs/sealing/test/test-authority.js'
import { documentOf, sealXades, XadesTsa, xadesTime } from '../../libs/sealing/test/test-xades.js'
import { BufferSource, readAll } from '../../libs/sealing/src/source.js'
import { prepareXades } from '../../libs/sealing/src/xades/prepare-xades.js'
import { raiseXades } from '../../libs/sealing/src/xades/raise-xades.js'
import { readXadesSignatures } from '../../libs/sealing/src/xades/read-xades.js'

/** What a run of the fuzzer saw. */
export interface XmlFuzzResult {
  readonly cases: number
  /** Files that were still sealed, or still had a signature that holds. */
  readonly accepted: number
  /** Longest single case, in milliseconds. */
  readonly slowest: number
}

/** A change to a file that knows where XML is brittle. Numbers are taken modulo what is there. */
type Change = readonly [kind: number, at: number, what: number]

const snippets = [
  '<', '>', '/>', '&', ';', '"', "'", '=', ' ', '\r', '\0', '\uffff', ']]>', '<![CDATA[', '<!--', '-->', '<?', '?>',
  '<!DOCTYPE a [<!ENTITY b "c">]>', '&b;', '&#0;', '&#x110000;', '&#xD;', '&amp;', '<a>', '</a>', '<a/>', ' Id="x"',
  ' xmlns=""', ' xmlns="urn:a"', ' xmlns:ds="urn:evil"', ' xml:id="x"', 'xmlns:', '<ds:Object/>', '<ds:Signature/>', '😀',
  ' encoding="UTF-16"', '#', 'Algorithm="', 'URI="', '=="', '%', '\ufeff'
] // prettier-ignore

/** Pieces that mean something: tags, attributes, references. */
const pieces = /<[^<>]{1,300}>|[\w:]+="[^"]{0,200}"|&[^;]{1,8};/g

function changed(text: string, changes: readonly Change[]): string {
  let result = text
  for (const [kind, at, what] of changes) {
    const found = [...result.matchAll(pieces)]
    const one = found[at % Math.max(1, found.length)]
    const other = found[what % Math.max(1, found.length)]
    const place = one ? one.index : at % (result.length + 1)
    const length = one ? one[0].length : 1
    const snippet = snippets[what % snippets.length]!
    const cut = (from: number, to: number, put: string) => result.slice(0, from) + put + result.slice(to)
    if (kind === 0) result = cut(place, place + length, '')
    else if (kind === 1) result = cut(place, place, snippet)
    else if (kind === 2) result = cut(place + length, place + length, one?.[0] ?? snippet)
    else if (kind === 3) result = cut(place, place + length, other?.[0] ?? snippet)
    else if (kind === 4) result = result.slice(0, at % (result.length + 1))
    else if (kind === 5) result = cut(place + (what % length), place + (what % length) + 1, snippet)
    else if (kind === 6) result = cut(place, place, (one?.[0] ?? snippet).repeat(1 + (what % 300)))
    else result = cut(place, place + length, (other?.[0] ?? '') + (one?.[0] ?? ''))
    if (result.length > 400_000) break
  }
  return result
}

const change = fc.tuple(fc.nat(7), fc.nat(100_000), fc.nat(100_000))

/** Mostly one change: several together seldom leave anything to be read. */
export const xmlDamage: fc.Arbitrary<(bytes: Buffer) => Buffer> = fc
  .oneof(
    { weight: 3, arbitrary: fc.tuple(change) },
    { weight: 1, arbitrary: fc.array(change, { minLength: 2, maxLength: 5 }) }
  )
  .map(changes => bytes => Buffer.from(changed(bytes.toString(), changes)))

/**
 * Changes sealed and unsealed XML in ways that know XML, and gives it to the reader, the sealer and the raiser. Each case
 * must end in a result or a coded problem within two seconds; what is sealed must be read as sealed, and a signature that
 * holds must hold after it was raised. Throws with the seed and the case that shows otherwise.
 */
export async function fuzzXml(cases: number, seed: number): Promise<XmlFuzzResult> {
  const sealer = await makeSealer()
  const tsa = new XadesTsa(await makeTsa())
  const letter =
    '<?xml version="1.0" encoding="UTF-8"?>\n<!-- c --><p:a xmlns:p="urn:p" xmlns="urn:d" b="1">ą &amp; <c Id="i"/><?p d?></p:a>'
  const detached = [documentOf('b.txt', 'tekst', 'text/plain')]
  const files = [
    letter,
    ...(await Promise.all([
      sealXades([documentOf('a.xml', letter)], 'XAdES-enveloped', sealer, 'ECDSA-SHA256', tsa),
      sealXades([documentOf('a.xml', letter)], 'XAdES-enveloping', sealer),
      sealXades(detached, 'XAdES-detached', sealer, 'ECDSA-SHA256', tsa)
    ]))
  ].map(file => Buffer.from(file))
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const signature = sign('sha256', Buffer.from('x'), privateKey)
  let accepted = 0
  let slowest = 0

  await fc.assert(
    fc.asyncProperty(fc.nat(files.length - 1), xmlDamage, async (which, inflict) => {
      const file = inflict(files[which]!)
      const started = process.hrtime.bigint()
      const { signatures } = readXadesSignatures(new BufferSource(file), detached)
      for (const read of signatures) for (const { imprint } of read.timestamps) imprint('sha256')
      const holds = signatures.some(({ integrity }) => integrity.indication === 'PASSED')
      const sealed = unlessRefused(() => {
        const draft = prepareXades([documentOf('a.xml', file)], {
          format: 'XAdES-enveloped',
          signer: { certificate: sealer.institution.certificate, chain: [], algorithm: 'ECDSA-SHA256' },
          signingTime: xadesTime,
          tokenBytes: 0
        })
        return draft.finish(signature)
      })
      if (sealed && 'file' in sealed) {
        const own = readXadesSignatures(sealed.file).signatures.at(-1)!
        // signed by a stranger's key: everything but the value must be right
        if (own.integrity.indication !== 'FAILED' || own.integrity.subIndication !== 'SIG_CRYPTO_FAILURE')
          throw new Error(`sealed, but read as ${JSON.stringify(own.integrity)}`)
      }
      if (holds) {
        const tools = { tsa, clock: { now: () => xadesTime }, originals: detached }
        const raised = await raiseXades(new BufferSource(file), 'B-T', tools).catch(refusedOnly)
        if (raised && !readXadesSignatures(new BufferSource(readAll(raised)), detached).signatures.some(passes))
          throw new Error('raised, and holds no more')
      }
      if (holds || sealed) accepted++
      const took = Number(process.hrtime.bigint() - started) / 1e6
      slowest = Math.max(slowest, took)
      if (took > 2000) throw new Error(`took ${Math.round(took)} ms`)
    }),
    { numRuns: cases, seed }
  )
  return { cases, accepted, slowest }
}

const passes = ({ integrity }: { integrity: { indication: string } }): boolean => integrity.indication === 'PASSED'

async function makeTsa() {
  return (await makeSealer()).institution
}

function unlessRefused<T>(work: () => T): T | undefined {
  try {
    return work()
  } catch (error) {
    return refusedOnly(error)
  }
}

function refusedOnly(error: unknown): undefined {
  if (!(error instanceof Refused)) throw error
}
