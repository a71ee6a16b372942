import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type Document, readAll } from '#sealing/plain'
import { makeLtaFiles } from './lta-files.js'
import { pdfLibSealing } from './pdf-lib-peer.js'
import { PeerProcess } from './peer-process.js'
import { type Contestant, type Effort, race } from './race.js'
import { alone, engineOf, type KeyName, password, pdfs, sealing, style, type Subject, xmls } from './subjects.js'
import type { PeerRow } from './table.js'
import { validating } from './validation-rows.js'

const different = 8

/** What is compared, and who can do it besides us. */
interface Comparison {
  readonly what: string
  /** As the peer programs call it. */
  readonly work: string
  readonly own: Contestant['run']
  readonly peers: readonly ('pyHanko' | 'EU DSS')[]
  readonly pdfLib?: Contestant['run']
}

/** The same files sealed and validated by Goniec and by others, in turns, one thread each. Others that are not installed are left out. */
export async function peerRows(
  subjects: Readonly<Record<KeyName, Subject>>,
  dir: string,
  effort: Effort,
  say: (line: string) => void
): Promise<PeerRow[]> {
  const engine = engineOf(Object.values(subjects))
  const lta = await makeLtaFiles(subjects['RSA-3072'], different)
  const small = pdfs(different, 100_000)
  const letters = xmls(different, 1_000)
  const long = xmls(2, 1_000_000)
  await keep(dir, '100k', 'pdf', small)
  await keep(dir, '1k', 'xml', letters)
  await keep(dir, '1m', 'xml', long)
  for (const [i, file] of lta.files.entries()) await writeFile(join(dir, `lta-${i}.pdf`), file)
  for (const [i, { certificate }] of lta.roots.entries()) await writeFile(join(dir, `root-${i}.der`), certificate)
  for (const subject of Object.values(subjects)) await keepKey(dir, subject)

  const pairs = small.map((one, i) => [one, small[(i + 1) % different]!])
  const xml = { format: 'XAdES-enveloped' } as const
  const comparisons: Comparison[] = [
    ...(['P-256', 'RSA-3072', 'RSA-4096'] as const).map((key): Comparison => ({
      what: `PAdES B-B, 100 kB PDF, visible seal, ${key}`,
      work: `pades ${key}`,
      own: sealing(engine, alone(small), style(key)),
      peers: ['pyHanko', 'EU DSS'],
      pdfLib: pdfLibSealing(engine, key, small)
    })),
    {
      what: 'XAdES enveloped, 1 kB, P-256',
      work: 'xades-1k P-256',
      own: sealing(engine, alone(letters), style('P-256'), xml),
      peers: ['EU DSS']
    },
    {
      what: 'XAdES enveloped, 1 MB, P-256',
      work: 'xades-1m P-256',
      own: sealing(engine, alone(long), style('P-256'), xml, 1),
      peers: ['EU DSS']
    },
    {
      what: 'ASiC-E with XAdES, two files of 100 kB, RSA-3072',
      work: 'asice RSA-3072',
      own: sealing(engine, pairs, style('RSA-3072'), { format: 'ASiC-E-XAdES' }),
      peers: ['EU DSS']
    },
    {
      what: 'CAdES detached, 100 kB, RSA-3072',
      work: 'cades RSA-3072',
      own: sealing(engine, alone(small), style('RSA-3072'), { format: 'CAdES-detached' }),
      peers: ['EU DSS']
    },
    {
      what: 'validation of PAdES-LTA, 100 kB, RSA-3072',
      work: 'validate',
      own: validating(lta),
      peers: ['pyHanko', 'EU DSS']
    }
  ]

  const present = PeerProcess.start(dir)
  for (const name of ['pyHanko', 'EU DSS'])
    if (!present.some(peer => peer.name === name)) say(`${name} is not installed here and is left out`)
  try {
    const rows: PeerRow[] = []
    for (const { what, work, own, peers, pdfLib } of comparisons) {
      const contestants: Record<string, Contestant['run']> = { Goniec: own }
      if (pdfLib) contestants['@cantoo/pdf-lib'] = pdfLib
      for (const peer of present.filter(({ name }) => peers.some(one => one === name))) {
        const run = peer.doing(work)
        try {
          await run(1)
          contestants[peer.name] = run
        } catch (error) {
          say(`${what}: ${String(error)}`)
        }
      }
      const speeds = await race(contestants, effort)
      rows.push({
        what,
        speeds: Object.fromEntries(Object.entries(speeds).map(([name, { median }]) => [name, median]))
      })
    }
    return rows
  } finally {
    for (const peer of present) peer.stop()
  }
}

async function keep(dir: string, name: string, extension: string, documents: readonly Document[]): Promise<void> {
  for (const [i, { source }] of documents.entries())
    await writeFile(join(dir, `${name}-${i}.${extension}`), readAll(source))
}

/** A PKCS#12 file by OpenSSL: Java finds a key's certificate only by attributes that ours does without. */
async function keepKey(dir: string, { name, privateKey, institution, issuer }: Subject): Promise<void> {
  const pem = join(dir, `${name}.pem`)
  const parts = [
    privateKey.export({ type: 'pkcs8', format: 'pem' }),
    institution.parsed.toString('pem'),
    issuer.parsed.toString('pem')
  ]
  await writeFile(pem, parts.join('\n'), { mode: 0o600 })
  const made = ['-out', join(dir, `${name}.p12`), '-passout', `pass:${password}`]
  await promisify(execFile)('openssl', ['pkcs12', '-export', '-in', pem, ...made])
}
