import { execFile } from 'node:child_process'
import { rm, statfs, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { GigabyteResult } from './gigabyte.js'
import type { Subject } from './subjects.js'
import type { Row } from './table.js'

const most = 100

/** Memory for a seal on a file of a gigabyte: above what a process that seals needs anyway. */
export async function memoryRows({ name, pkcs12 }: Subject, dir: string): Promise<Row[]> {
  const { bavail, bsize } = await statfs(dir)
  // the file is a hole, but not on every file system
  if (bavail * bsize < 2 ** 31) throw new Error('no room for a file of a gigabyte')
  const keyFile = join(dir, 'gigabyte.p12')
  const file = join(dir, 'gigabyte.pdf')
  await writeFile(keyFile, pkcs12)
  try {
    const program = fileURLToPath(new URL('./gigabyte.js', import.meta.url))
    const { stdout } = await promisify(execFile)(process.execPath, [program, name, keyFile, file])
    const { baseMb, peakMb, seconds, sizeMb } = JSON.parse(stdout) as GigabyteResult
    const above = peakMb - baseMb
    return [
      {
        what: 'memory above the base for a PDF of 1 GB, not hashed before',
        note: `base ${baseMb.toFixed(0)} MB; ${seconds.toFixed(1)} s, ${(sizeMb / seconds).toFixed(0)} MB/s`,
        best: above,
        median: above,
        unit: 'MB',
        target: { text: `< ${most} MB`, met: above < most }
      }
    ]
  } finally {
    await rm(file, { force: true })
  }
}
