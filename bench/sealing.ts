import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { cpus, tmpdir, totalmem } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { cscRows } from './sealing/csc-rows.js'
import { httpRows } from './sealing/http-rows.js'
import { localRows } from './sealing/local-rows.js'
import { memoryRows } from './sealing/memory-rows.js'
import { peerRows } from './sealing/peer-rows.js'
import type { Effort } from './sealing/race.js'
import { type KeyName, keyNames, makeSubject, type Subject } from './sealing/subjects.js'
import { figuresTable, type PeerRow, peersTable, type Row } from './sealing/table.js'
import { threadRows } from './sealing/thread-rows.js'
import { validationRows } from './sealing/validation-rows.js'

// What sealing costs beside the bare key operation, and beside other products. `--quick` takes less than a minute and
// leaves the other products out.

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    peers: { type: 'boolean' },
    /** Some of the parts only: `local,threads,memory,csc,validation,http,peers`. */
    only: { type: 'string' },
    out: { type: 'string', default: 'dist/bench-results' }
  },
  allowNegative: true
})

const effort: Effort = values.quick
  ? { rounds: 3, sliceMs: 150, warmUpMs: 300 }
  : { rounds: 7, sliceMs: 400, warmUpMs: 1500 }
/** A Java virtual machine needs long to come to speed. */
const peerEffort: Effort = values.quick ? effort : { rounds: 3, sliceMs: 1500, warmUpMs: 6000 }

async function bench(): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), 'goniec-bench-'))
  try {
    const made = await Promise.all(keyNames.map(async name => [name, await makeSubject(name)] as const))
    const subjects = Object.fromEntries(made) as Record<KeyName, Subject>
    const fast = [subjects['P-256'], subjects['RSA-3072']]
    const parts: Record<string, () => Promise<Row[]>> = {
      local: () => localRows(subjects, effort),
      threads: () => threadRows(fast, effort),
      memory: () => memoryRows(subjects['P-256'], dir),
      csc: () => cscRows(effort),
      validation: () => validationRows(fast, effort),
      http: () => httpRows(dir, effort)
    }
    const wanted = values.only?.split(',')
    const rows: Row[] = []
    for (const [name, part] of Object.entries(parts)) {
      if (wanted && !wanted.includes(name)) continue
      console.error(`measuring: ${name}`)
      rows.push(...(await part()))
    }
    const withPeers = wanted ? wanted.includes('peers') : (values.peers ?? !values.quick)
    if (withPeers) console.error('measuring: peers')
    const peers = withPeers ? await peerRows(subjects, dir, peerEffort, line => console.error(line)) : []
    await tell(rows, peers)
  } finally {
    await rm(dir, { recursive: true, force: true })
  }
}

async function tell(rows: readonly Row[], peers: readonly PeerRow[]): Promise<void> {
  const [first] = cpus()
  const machine = {
    processor: first?.model.trim() ?? '?',
    processors: cpus().length,
    memoryGb: Math.round(totalmem() / 2 ** 30)
  }
  await mkdir(values.out, { recursive: true })
  const file = join(values.out, 'sealing.json')
  const settings = { quick: values.quick, effort, peerEffort, node: process.version, openssl: process.versions.openssl }
  await writeFile(file, JSON.stringify({ machine, settings, rows, peers }, null, 1))
  const { processor, processors } = machine
  console.log(`${processors} processors (${processor}), Node ${process.version}, OpenSSL ${process.versions.openssl}.`)
  console.log('The part of the raw key operation is taken in the same rounds, in one thread by processor time.\n')
  if (rows.length > 0) console.log(figuresTable(rows))
  if (peers.length > 0) console.log(`\n${peersTable(peers)}`)
  console.log(`\nEverything: ${file}`)
}

await bench()
// the remote key and the threads leave handles behind that would keep the program
process.exit()
