import { type Effort, race, shareOf, type Speed } from './race.js'
import {
  alone,
  engineOf,
  hashed,
  type KeyName,
  pdfs,
  rawSigning,
  sealing,
  style,
  type Subject,
  xmls
} from './subjects.js'
import type { Row, Target } from './table.js'

/** A machine that signs so many times a second by P-256 is what the promise for that key was made for. */
const promisedFor = { rawP256: 45_000, documents: 4_000 }

const different = 64

/** Speeds of one thread beside the bare key operation. */
export async function localRows(subjects: Readonly<Record<KeyName, Subject>>, effort: Effort): Promise<Row[]> {
  const engine = engineOf(Object.values(subjects))
  const rows: Row[] = []
  const small = alone(pdfs(different, 100_000))

  for (const name of ['P-256', 'RSA-3072', 'RSA-4096'] as const) {
    const { raw, sealed, single } = await race(
      {
        raw: rawSigning(subjects[name], name === 'P-256' ? 64 : 4),
        sealed: sealing(engine, small, style(name)),
        single: sealing(engine, small, style(name), {}, 1)
      },
      effort
    )
    const share = shareOf(sealed, raw)
    const least = { 'P-256': promisedFor.documents / promisedFor.rawP256, 'RSA-3072': 0.75, 'RSA-4096': 0.85 }[name]
    const text =
      name === 'P-256'
        ? `≥ ${promisedFor.documents}/s where raw is ${promisedFor.rawP256}/s: ${(least * 100).toFixed(1)} %`
        : `≥ ${least * 100} % of raw`
    rows.push(
      row(`crypto.sign ${name}`, raw, undefined),
      row(`PAdES B-B, 100 kB PDF, visible seal, ${name}`, sealed, share, { text, met: share >= least }),
      row(`the same, one document a call, ${name}`, single, shareOf(single, raw))
    )
  }

  const rsa = subjects['RSA-3072']
  const sizes = [
    ['100 kB', pdfs(8, 100_000)],
    ['5 MB', pdfs(4, 5_000_000)],
    ['50 MB', pdfs(1, 50_000_000)]
  ] as const
  for (const [size, documents] of sizes) {
    const taken = alone(documents.map(hashed))
    const { raw, sealed } = await race(
      { raw: rawSigning(rsa, 4), sealed: sealing(engine, taken, style('RSA-3072')) },
      effort
    )
    const target = size === '100 kB' ? undefined : atLeast(600, sealed)
    rows.push(row(`PAdES B-B, ${size} PDF hashed on arrival, RSA-3072`, sealed, shareOf(sealed, raw), target))
  }

  const ec = rawSigning(subjects['P-256'], 64)
  const enveloped = { format: 'XAdES-enveloped' } as const
  const letters = sealing(engine, alone(xmls(different, 1_000)), style('P-256'), enveloped)
  const long = sealing(engine, alone(xmls(4, 1_000_000)), style('P-256'), enveloped, 1)
  const pairs = small.slice(1).map((document, i) => [...document, ...small[i]!])
  const asic = { format: 'ASiC-E-XAdES' } as const
  const cades = { format: 'CAdES-detached' } as const

  const xml = await race({ raw: ec, letters }, effort)
  rows.push(
    row('XAdES enveloped, 1 kB, P-256', xml.letters, shareOf(xml.letters, xml.raw), atLeast(3_000, xml.letters))
  )
  const xmlLong = await race({ raw: ec, long }, effort)
  rows.push(row('XAdES enveloped, 1 MB, P-256', xmlLong.long, undefined, atLeast(20, xmlLong.long)))

  const rawRsa = rawSigning(rsa, 4)
  const { raw, container, detached } = await race(
    {
      raw: rawRsa,
      container: sealing(engine, pairs, style('RSA-3072'), asic),
      detached: sealing(engine, small, style('RSA-3072'), cades)
    },
    effort
  )
  const share = shareOf(container, raw)
  rows.push(
    row('ASiC-E with XAdES, two files of 100 kB, RSA-3072', container, share, {
      text: '≥ 80 % of raw',
      met: share >= 0.8
    }),
    row('CAdES detached, 100 kB, RSA-3072', detached, shareOf(detached, raw))
  )
  const byEc = await race({ raw: ec, detached: sealing(engine, small, style('P-256'), cades) }, effort)
  rows.push(row('CAdES detached, 100 kB, P-256', byEc.detached, shareOf(byEc.detached, byEc.raw)))
  return rows
}

function row(what: string, { best, median }: Speed, ofRaw?: number, target?: Target): Row {
  return { what, best, median, unit: '/s', ofRaw, target }
}

/** A promise in documents a second, whatever the machine. */
export const atLeast = (least: number, { best }: Speed): Target => ({
  text: `≥ ${least.toLocaleString('en-US')}/s`,
  met: best >= least
})
