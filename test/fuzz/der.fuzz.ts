import fc from 'fast-check'
import { Refused } from '#platform/plain'
import { readCertificate } from '../../libs/sealing/src/certificate/read-certificate.js'
import { toDer } from '../../libs/sealing/src/cms/ber.js'
import { prepareCades } from '../../libs/sealing/src/cms/prepare-cades.js'
import { raiseCades } from '../../libs/sealing/src/cms/raise-cades.js'
import { readCadesSignatures } from '../../libs/sealing/src/cms/read-cades.js'
import { readCms } from '../../libs/sealing/src/cms/read-cms.js'
import { readSignedData } from '../../libs/sealing/src/cms/read-signed-data.js'
import { rewriteCms } from '../../libs/sealing/src/cms/rewrite-cms.js'
import { DerError } from '../../libs/sealing/src/der-reader.js'
import { BufferSource, readAll } from '../../libs/sealing/src/source.js'
import { readTimestampResponse, readTstInfo } from '../../libs/sealing/src/timestamp/timestamp-message.js'
import { asBer } from '../../libs/sealing/test/test-ber.js'
import { documentOf, SealingWorld } from '../../libs/sealing/test/test-sealing-world.js'
import { issueToken } from '../../libs/sealing/test/test-tsa.js'

const letter = documentOf('pismo.txt', 'Decyzja nr 1: przyznaje się pomoc')

/** One change to bytes; numbers are fractions of what there is to choose from. */
export type Mutation =
  | { readonly kind: 'tag' | 'length' | 'flip'; readonly where: number; readonly value: number }
  | { readonly kind: 'delete' | 'double' | 'empty' | 'wrap' | 'indefinite' | 'cut'; readonly where: number }
  | { readonly kind: 'swap' | 'overwrite'; readonly where: number; readonly other: number }

const fraction = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })
const byte = fc.oneof(fc.constantFrom(0, 1, 0x1f, 0x24, 0x30, 0x31, 0x7f, 0x80, 0x81, 0x84, 0xa0, 0xff), fc.nat(255))

const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  fc.record({
    kind: fc.constantFrom('tag' as const, 'length' as const, 'flip' as const),
    where: fraction,
    value: byte
  }),
  fc.record({
    kind: fc.constantFrom('delete', 'double', 'empty', 'wrap', 'indefinite', 'cut' as const),
    where: fraction
  }) as fc.Arbitrary<Mutation>,
  fc.record({ kind: fc.constantFrom('swap' as const, 'overwrite' as const), where: fraction, other: fraction })
)

/** Where elements are, found by tags and lengths alone; octet strings that hold elements are looked into. */
function elements(bytes: Buffer): { at: number; contentAt: number; end: number }[] {
  const found: { at: number; contentAt: number; end: number }[] = []
  const walk = (from: number, to: number): void => {
    for (let at = from; at + 2 <= to && found.length < 5000;) {
      let length = bytes[at + 1]!
      let contentAt = at + 2
      if (length > 0x84) return
      if (length > 0x80) {
        if (contentAt + length - 0x80 > to) return
        contentAt += length - 0x80
        length = bytes.readUIntBE(at + 2, contentAt - at - 2)
      } else if (length === 0x80) {
        found.push({ at, contentAt, end: to })
        at = contentAt
        continue
      }
      const end = contentAt + length
      if (end > to) return
      found.push({ at, contentAt, end })
      if (bytes[at]! & 0x20 || bytes[contentAt] === 0x30) walk(contentAt, end)
      at = end
    }
  }
  walk(0, bytes.length)
  return found
}

/** Changes an element without mending the lengths around it, or by making them right again where nothing got longer. */
export function mutate(original: Buffer, mutations: readonly Mutation[]): Buffer {
  let bytes: Buffer = Buffer.from(original)
  for (const one of mutations) {
    const all = elements(bytes)
    const element = all[Math.floor(one.where * all.length)]
    if (!element) break
    const { at, contentAt, end } = element
    const whole = bytes.subarray(at, end)
    const replaced = (...parts: Buffer[]) => mended(bytes, all, element, Buffer.concat(parts))
    if (one.kind === 'tag') bytes[at] = one.value
    else if (one.kind === 'length') bytes[at + 1] = one.value
    else if (one.kind === 'flip') bytes[at + Math.floor(one.where * (end - at))]! ^= one.value || 1
    else if (one.kind === 'delete') bytes = replaced()
    else if (one.kind === 'double') bytes = replaced(whole, whole)
    else if (one.kind === 'empty') bytes = replaced(Buffer.from([bytes[at]!, 0]))
    else if (one.kind === 'wrap') bytes = replaced(Buffer.from([0x24, 0x80]), whole, Buffer.alloc(2))
    else if (one.kind === 'indefinite')
      bytes = replaced(Buffer.from([bytes[at]! | 0x20, 0x80]), bytes.subarray(contentAt, end), Buffer.alloc(2))
    else if (one.kind === 'cut') bytes = Buffer.from(bytes.subarray(0, at + Math.floor((end - at) / 2)))
    else if (one.kind === 'swap' || one.kind === 'overwrite') {
      const other = all[Math.floor(one.other * all.length)]!
      bytes = replaced(bytes.subarray(other.at, other.end), ...(one.kind === 'swap' ? [whole] : []))
    }
  }
  return bytes
}

/** The bytes with an element replaced, and the lengths of everything around it made right where they keep their width. */
function mended(
  bytes: Buffer,
  all: readonly { at: number; contentAt: number; end: number }[],
  element: { at: number; end: number },
  by: Buffer
): Buffer {
  const grown = by.length - (element.end - element.at)
  const out = Buffer.concat([bytes.subarray(0, element.at), by, bytes.subarray(element.end)])
  for (const outer of all) {
    if (outer.contentAt > element.at || outer.end < element.end || outer.at === element.at) continue
    const width = outer.contentAt - outer.at - 2
    const length = outer.end - outer.contentAt + grown
    if (length < 0 || bytes[outer.at + 1] === 0x80) continue
    if (width === 0 ? length < 0x80 : length < 2 ** (8 * width))
      out.writeUIntBE(length, outer.at + (width ? 2 : 1), width || 1)
  }
  return out
}

/** One to four damages to a file. */
export const derDamage: fc.Arbitrary<(bytes: Buffer) => Buffer> = fc
  .array(mutation, { minLength: 1, maxLength: 4 })
  .map(mutations => bytes => mutate(bytes, mutations))

async function corpus(world: SealingWorld): Promise<Buffer[]> {
  const attached = world.seal(prepareCades, 'CAdES-attached', letter)
  const detached = world.seal(prepareCades, 'CAdES-detached', letter)
  const tools = { tsa: world.tsa, material: world.material, clock: world.clock, originals: [letter] }
  const archived = readAll(await raiseCades(new BufferSource(detached), 'B-LTA', tools))
  const token = await issueToken(world.authority, Buffer.alloc(32, 7), undefined)
  return [attached, detached, asBer(attached), asBer(detached), Buffer.from(archived), asBer(archived), token]
}

const readers: readonly ((bytes: Buffer) => unknown)[] = [
  toDer,
  readCertificate,
  readSignedData,
  readTstInfo,
  readTimestampResponse
]

/**
 * Feeds the DER, BER and CMS readers with damaged signatures. Whatever the bytes: an answer or a coded error within two
 * seconds; what still holds is over the same content; what was read and written again reads the same. `accepted` counts
 * the cases that could still be read: a fuzzer that makes only rubbish tries nothing.
 */
export async function fuzzDer(cases: number, seed: number): Promise<{ readonly accepted: number }> {
  const world = await SealingWorld.make()
  const originals = await corpus(world)
  const content = readAll(letter.source)
  let accepted = 0
  fc.assert(
    fc.property(fc.nat(originals.length - 1), derDamage, (which, inflict) => {
      const bytes = inflict(originals[which]!)
      const started = performance.now()
      const { signatures } = readCadesSignatures(new BufferSource(bytes), [letter])
      for (const { integrity, format, timestamps } of signatures) {
        for (const { imprint } of timestamps) imprint('sha256')
        if (integrity.indication !== 'PASSED' || format !== 'CAdES-attached') continue
        if (which === originals.length - 1) continue
        expectSame(readAll(readCms(bytes).content!), content)
      }
      for (const read of readers) tolerated(() => read(bytes))
      tolerated(() => {
        const cms = readCms(bytes)
        accepted++
        const again = readCms(readAll(rewriteCms(cms, {})))
        if (again.signers.length !== cms.signers.length) throw new Error('signers lost in writing')
        cms.signers.forEach(({ fields }, i) =>
          fields.forEach((field, j) => expectSame(again.signers[i]!.fields[j]!, field))
        )
        const der = toDer(bytes)
        expectSame(toDer(der), der)
      })
      if (performance.now() - started > 2000) throw new Error('slow')
    }),
    { numRuns: cases, seed }
  )
  return { accepted }
}

function expectSame(one: Buffer, other: Buffer): void {
  if (!one.equals(other)) throw new Error(`not the same: ${one.toString('hex')} and ${other.toString('hex')}`)
}

function tolerated(work: () => void): void {
  try {
    work()
  } catch (error) {
    if (!(error instanceof DerError) && !(error instanceof Refused)) throw error
  }
}
