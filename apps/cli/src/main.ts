#!/usr/bin/env node
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { SystemClock } from '#platform/plain'
import { parseCommandLine } from './command-line.js'
import { Goniec } from './goniec.js'
import { languageOf } from './language.js'
import { Screen } from './screen.js'
import { removeUnfinished } from './write-result.js'

const at = (path: string): URL => new URL(`../../../${path}`, import.meta.url)
const workerFile = fileURLToPath(at('libs/sealing/src/engine/engine-worker.js'))
const { version } = JSON.parse(readFileSync(at('../package.json'), 'utf8')) as { version: string }

// Whoever reads us may have read enough (`| head`): then there is nobody to tell, and nothing to complain about.
for (const stream of [process.stdout, process.stderr])
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
    removeUnfinished()
    process.exit(128 + 13)
  })

// As if the signal had not been caught, but nothing half-done stays behind.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.once(signal, () => {
    removeUnfinished()
    if (process.stderr.isTTY) process.stderr.write('\n')
    process.kill(process.pid, signal)
  })
process.on('exit', removeUnfinished)

const language = languageOf(process.env)
const goniec = new Goniec({ language, clock: new SystemClock(), screen: new Screen(process), workerFile })
process.exitCode = await parseCommandLine(process.argv.slice(2), goniec, {
  language,
  version,
  stdout: text => process.stdout.write(text),
  stderr: text => process.stderr.write(text)
}).catch((error: unknown) => goniec.explain(error))
