import fc from 'fast-check'
import { unzipSync } from 'fflate'
import { Refused } from '#platform/plain'
import { prepareAsic } from '../../libs/sealing/src/asic/prepare-asic.js'
import { raiseAsic } from '../../libs/sealing/src/asic/raise-asic.js'
import { readAsicSignatures } from '../../libs/sealing/src/asic/read-asic.js'
import { readZip } from '../../libs/sealing/src/asic/zip-reader.js'
import { writeZip } from '../../libs/sealing/src/asic/zip-writer.js'
import { BufferSource, readAll } from '../../libs/sealing/src/source.js'
import { documentOf, SealingWorld } from '../../libs/sealing/test/test-sealing-world.js'
import { makeZip } from '../../libs/sealing/test/test-zip.js'

const letter = documentOf('Załącznik nr 1.txt', 'Decyzja nr 1 '.repeat(40))
const table = documentOf('dane/tabela.csv', 'a;b\n1;2\n')

/** One change to an archive; numbers are fractions of what there is to choose from. */
type Mutation =
  | { readonly kind: 'field'; readonly record: number; readonly field: number; readonly value: number }
  | { readonly kind: 'flip'; readonly where: number; readonly value: number }
  | { readonly kind: 'cut' | 'delete' | 'double'; readonly record: number }
  | { readonly kind: 'insert'; readonly record: number; readonly bytes: Uint8Array }
  | { readonly kind: 'swap'; readonly record: number; readonly other: number }

const fraction = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })
const number = fc.oneof(
  fc.constantFrom(0, 1, 2, 8, 9, 12, 0x14, 0x2d, 0x63, 0x7f, 0xff, 0x800, 0x7fff, 0xffff, 0x7fffffff, 0xffffffff),
  fc.nat(0xffffffff)
)

const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  fc.record({ kind: fc.constant('field' as const), record: fraction, field: fraction, value: number }),
  fc.record({ kind: fc.constant('flip' as const), where: fraction, value: fc.integer({ min: 1, max: 255 }) }),
  fc.record({ kind: fc.constantFrom('cut' as const, 'delete' as const, 'double' as const), record: fraction }),
  fc.record({ kind: fc.constant('insert' as const), record: fraction, bytes: fc.uint8Array({ maxLength: 40 }) }),
  fc.record({ kind: fc.constant('swap' as const), record: fraction, other: fraction })
)

/** Fields of each kind of record by signature: offset and width. */
const sized = (width: 2 | 4, ...offsets: number[]) => offsets.map(at => [at, width] as const)
const fields: Record<number, readonly (readonly [number, 2 | 4])[]> = {
  0x04034b50: [...sized(2, 4, 6, 8, 10, 12, 26, 28), ...sized(4, 14, 18, 22)],
  0x02014b50: [...sized(2, 4, 6, 8, 10, 28, 30, 32, 34, 36), ...sized(4, 16, 20, 24, 38, 42)],
  0x06054b50: [...sized(2, 4, 6, 8, 10, 20), ...sized(4, 12, 16)],
  0x08074b50: sized(4, 4, 8, 12)
}

/** Where records begin: at every signature, which is all that damage needs. */
function records(bytes: Buffer): number[] {
  const found: number[] = []
  for (let at = bytes.indexOf('PK'); at >= 0 && at + 4 <= bytes.length; at = bytes.indexOf('PK', at + 2))
    if (fields[bytes.readUInt32LE(at)]) found.push(at)
  return found
}

function mutate(original: Buffer, mutations: readonly Mutation[]): Buffer {
  let bytes: Buffer = Buffer.from(original)
  for (const one of mutations) {
    const all = records(bytes)
    if (all.length === 0 || bytes.length === 0) break
    if (one.kind === 'flip') {
      bytes[Math.floor(one.where * bytes.length)]! ^= one.value
      continue
    }
    const index = Math.floor(one.record * all.length)
    const at = all[index]!
    const end = all[index + 1] ?? bytes.length
    const [before, record, after] = [bytes.subarray(0, at), bytes.subarray(at, end), bytes.subarray(end)]
    if (one.kind === 'field') {
      const known = fields[bytes.readUInt32LE(at)]!
      const [offset, width] = known[Math.floor(one.field * known.length)]!
      if (at + offset + width <= bytes.length) bytes.writeUIntLE(one.value % 2 ** (8 * width), at + offset, width)
    } else if (one.kind === 'swap') {
      const other = all[Math.floor(one.other * all.length)]!
      const otherEnd = all[all.indexOf(other) + 1] ?? bytes.length
      bytes = Buffer.concat([before, bytes.subarray(other, otherEnd), after])
    } else if (one.kind === 'cut') bytes = Buffer.from(bytes.subarray(0, at + Math.floor((end - at) / 2)))
    else if (one.kind === 'delete') bytes = Buffer.concat([before, after])
    else if (one.kind === 'insert') bytes = Buffer.concat([before, one.bytes, record, after])
    else bytes = Buffer.concat([before, record, record, after])
  }
  return bytes
}

/** One to four damages to a container. */
export const zipDamage: fc.Arbitrary<(bytes: Buffer) => Buffer> = fc
  .array(mutation, { minLength: 1, maxLength: 4 })
  .map(mutations => bytes => mutate(bytes, mutations))

async function corpus(world: SealingWorld): Promise<Buffer[]> {
  const sealed = (['ASiC-E-XAdES', 'ASiC-E-CAdES'] as const).map(format =>
    world.seal(prepareAsic, format, letter, table)
  )
  const simple = (['ASiC-S-XAdES', 'ASiC-S-CAdES'] as const).map(format => world.seal(prepareAsic, format, letter))
  const tools = { tsa: world.tsa, material: world.material, clock: world.clock }
  const archived = Buffer.from(readAll(await raiseAsic(new BufferSource(sealed[1]!), 'B-LTA', tools)))
  const packed = makeZip(
    Object.entries(unzipSync(archived)).map(([name, content], i) => ({
      name,
      content: Buffer.from(content),
      ...(i > 0 && { deflate: true, descriptor: i % 2 ? 'signed' : 'bare' })
    }))
  )
  return [...sealed, ...simple, archived, packed]
}

/**
 * Feeds the ZIP and ASiC readers with damaged containers. Whatever the bytes: an answer or a coded error within two
 * seconds; an archive that is accepted has the files in it that another library finds; a seal that still holds over whole
 * files holds over the same ones; entries taken over into another archive are the same there. `accepted` counts the cases
 * that could still be read.
 */
export async function fuzzZip(cases: number, seed: number): Promise<{ readonly accepted: number }> {
  const world = await SealingWorld.make()
  const originals = await corpus(world)
  const known = new Map([letter, table].map(({ fileName, source }) => [fileName, readAll(source)]))
  let accepted = 0
  fc.assert(
    fc.property(fc.nat(originals.length - 1), zipDamage, (which, inflict) => {
      const bytes = inflict(originals[which]!)
      const started = performance.now()
      for (const { integrity, scopes, timestamps } of readAsicSignatures(new BufferSource(bytes)).signatures) {
        for (const { imprint } of timestamps) imprint('sha256')
        if (integrity.indication !== 'PASSED') continue
        const { entries } = readZip(new BufferSource(bytes))
        for (const { name, kind, complete } of scopes) {
          if (kind !== 'whole-file' || !complete) continue
          const entry = entries.find(one => one.name === name)
          expectSame(entry && readAll(entry.content()), known.get(name), name)
        }
      }
      const ours = contentsOf(bytes)
      if (ours) {
        accepted++
        const others = unzipSync(bytes)
        for (const [name, content] of ours) {
          // Without the UTF-8 flag others take the bytes of a name for another alphabet; the file is the same.
          const other = others[name] ?? others[Buffer.from(name).toString('latin1')]
          expectSame(content, other && Buffer.from(other), name)
        }
        const entries = readZip(new BufferSource(bytes)).entries.map(kept => ({ kept }))
        const again = contentsOf(Buffer.from(readAll(writeZip(entries, new Date(0)))))
        for (const [name, content] of ours) expectSame(again?.get(name), content, name)
      }
      if (performance.now() - started > 2000) throw new Error('slow')
    }),
    { numRuns: cases, seed }
  )
  return { accepted }
}

/** All files of an archive; undefined when it or one of them is refused. */
function contentsOf(bytes: Buffer): Map<string, Buffer> | undefined {
  try {
    const { entries } = readZip(new BufferSource(bytes))
    return new Map(entries.map(entry => [entry.name, readAll(entry.content())]))
  } catch (error) {
    if (error instanceof Refused) return undefined
    throw error
  }
}

function expectSame(one: Buffer | undefined, other: Buffer | undefined, name: string): void {
  if (!one || !other || !one.equals(other)) throw new Error(`not the same: ${name}`)
}
