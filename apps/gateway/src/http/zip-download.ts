import { Readable } from 'node:stream'
import { ZipFile } from 'yazl'
import type { Caller } from '#access'
import { Refused } from '#platform'
import { type ReadBatches, sealsProblems } from '#seals'

/** Documents looked up at once while the archive is written. */
const PAGE = 200

/**
 * The sealed documents of a finished batch as a ZIP that is written while it is read: nothing is collected first, however
 * many there are. @throws Refused `seals/batch-not-found`, `seals/batch-not-finished`
 */
export async function zipOf(batches: ReadBatches, caller: Caller, batchId: string): Promise<Readable> {
  const { state, total } = await batches.batch(caller, batchId)
  if (state !== 'done') throw new Refused(sealsProblems['batch-not-finished'])
  const zip = new ZipFile()
  const output = zip.outputStream as Readable
  const digits = String(total).length
  const fill = async (): Promise<void> => {
    for (let after = -1; ;) {
      const page = await batches.sealed(caller, batchId, after, PAGE)
      for (const { position, fileName, bytes } of page) {
        after = position
        const content = Readable.from(bytes)
        content.once('error', error => output.destroy(error))
        // what is sealed is compressed already, or too small to matter
        zip.addReadStream(content, `${String(position + 1).padStart(digits, '0')}-${fileName}`, { compress: false })
        await new Promise<void>(done => content.once('close', done))
      }
      if (page.length < PAGE) break
    }
    zip.end()
  }
  fill().catch((error: Error) => output.destroy(error))
  return output
}
