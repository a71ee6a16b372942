import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { makePdf } from '../test/test-pdfs.js'
import { makePkcs12 } from '../test/test-pkcs12.js'
import { makeSealer } from '../test/test-authority.js'

const built = existsSync('dist/libs/sealing/src/plain.js')
if (!built) console.warn('SKIPPED: no build in dist/, the engine is not tried as a library')

/** A program of somebody else's: it seals a PDF with a PKCS#12 file, validates it, and says what Node had to load for that. */
const stranger = `
import { readFileSync, writeFileSync } from 'node:fs'
import { registerHooks } from 'node:module'

const loaded = new Set()
registerHooks({
  load(url, context, next) {
    loaded.add(url)
    return next(url, context)
  }
})
const began = performance.now()
const { BufferSource, LocalSealEngine, Pkcs12SealKey, TrustStore, defaultFormatPolicy, readAll } = await import('#sealing/plain')
const startMs = performance.now() - began

const clock = { now: () => new Date() }
const [pdf, p12, root, out] = process.argv.slice(1)
const key = Pkcs12SealKey.open(readFileSync(p12), 'tajne', clock.now())
const trust = new TrustStore([{ certificate: readFileSync(root) }])
const engine = new LocalSealEngine({ keys: new Map([['office', key]]), trust, clock })
const document = { fileName: 'a.pdf', mediaType: 'application/pdf', source: new BufferSource(readFileSync(pdf)) }
const style = { key: 'office', level: 'B-B', formats: defaultFormatPolicy, whenAway: 'fail' }
const [outcome] = await engine.seal([{ id: '1', documents: [document] }], style)
const sealed = readAll(outcome.sealed.source)
writeFileSync(out, sealed)
const report = await engine.validate(new BufferSource(sealed))
await engine.close()

const packages = [...loaded].map(url => /.*node_modules\\/((?:@[^/]+\\/)?[^/]+)/.exec(url)?.[1]).filter(Boolean)
const own = [...loaded].map(url => /\\/dist\\/(libs\\/[^/]+)/.exec(url)?.[1]).filter(Boolean)
console.log(JSON.stringify({ startMs, packages: [...new Set(packages)], own: [...new Set(own)], report }))
`

interface Told {
  readonly startMs: number
  readonly packages: readonly string[]
  readonly own: readonly string[]
  readonly report: {
    readonly signatures: readonly {
      readonly format: string
      readonly level: string
      readonly processes: { readonly basic: { readonly indication: string } }
      readonly reasons: readonly { readonly code: string }[]
    }[]
  }
}

;(built ? describe : describe.skip)('the engine as a library', () => {
  const folder = mkdtempSync(join(tmpdir(), 'goniec-library-'))
  const at = (name: string): string => join(folder, name)
  afterAll(() => rmSync(folder, { recursive: true }))

  it('seals and validates in a plain program that loads neither Nest nor a database', async () => {
    const { root, authority, institution } = await makeSealer()
    writeFileSync(at('key.p12'), await makePkcs12('tajne', [institution], [institution, authority]))
    writeFileSync(at('root.der'), root.certificate)
    writeFileSync(at('a.pdf'), makePdf())
    const args = ['--input-type=module', '-e', stranger, at('a.pdf'), at('key.p12'), at('root.der'), at('sealed.pdf')]
    const { stdout, stderr } = await promisify(execFile)(process.execPath, args)
    expect(stderr).toBe('')
    const { packages, own, report, startMs } = JSON.parse(stdout) as Told

    // the seal is there, and of what is needed only revocation is missing: the program asks nobody
    expect(readFileSync(at('sealed.pdf')).subarray(0, makePdf().length).equals(makePdf())).toBe(true)
    expect(report.signatures).toMatchObject([{ format: 'PAdES', level: 'B-B' }])
    expect(report.signatures[0]!.reasons.map(({ code }) => code)).toEqual(['revocation-missing'])

    expect(packages).toContain('zod')
    expect(
      packages.filter(name => /^@nestjs\/|^typeorm$|^pg$|^pg-|^fastify$|^rxjs$|^reflect-metadata$/.test(name))
    ).toEqual([])
    expect(own.toSorted()).toEqual(['libs/platform', 'libs/sealing'])
    console.info(`the engine was loaded in ${Math.round(startMs)} ms, with ${packages.join(', ')}`)
  })
})
