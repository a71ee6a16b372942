import { parseArgs } from 'node:util'
import { fuzzDer } from './der.fuzz.js'
import { fuzzPdf } from './pdf.fuzz.js'
import { fuzzSeals } from './seals.fuzz.js'
import { fuzzXml } from './xml.fuzz.js'
import { fuzzZip } from './zip.fuzz.js'

// All fuzzers with many cases and another seed each night: `npm run fuzz -- --cases 100000 [--seed 1] [--only pdf]`.

const kinds = { pdf: fuzzPdf, der: fuzzDer, xml: fuzzXml, zip: fuzzZip, seals: fuzzSeals }
const shares: Record<keyof typeof kinds, number> = { pdf: 0.4, der: 0.15, xml: 0.15, zip: 0.1, seals: 0.2 }

const { values } = parseArgs({
  options: { cases: { type: 'string', default: '100000' }, seed: { type: 'string' }, only: { type: 'string' } }
})
// The day gives the seed, so that a night that fails can be had again.
const seed = Number(values.seed ?? Math.floor(Date.now() / 86_400_000))
for (const [name, fuzz] of Object.entries(kinds)) {
  if (values.only !== undefined && values.only !== name) continue
  const share = values.only === undefined ? shares[name as keyof typeof kinds] : 1
  const cases = Math.ceil(Number(values.cases) * share)
  const started = performance.now()
  const result = await fuzz(cases, seed)
  const seconds = ((performance.now() - started) / 1000).toFixed(0)
  process.stdout.write(`${name}: ${cases} cases, seed ${seed}, ${seconds} s ${wordsFor(result)}\n`)
}

function wordsFor(result: object): string {
  return JSON.stringify(result, (_, value: unknown) =>
    value instanceof Map ? Object.fromEntries([...(value as Map<string, number>)].sort(([, a], [, b]) => b - a)) : value
  )
}
