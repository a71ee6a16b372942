import { Readable } from 'node:stream'
import { ZipFile } from 'yazl'
import type { Caller } from '#access'
import { Refused } from '#platform'
import { type ReadBatches, type SealedDownload, sealsProblems } from '#seals'

/** Documents looked up at once while the archive is written. */
const PAGE = 200

/**
 * The sealed documents of a finished batch as a ZIP that is written while it is read: nothing is collected first, however
 * many there are, and nothing goes on when the reader has left.
 * @throws Refused `seals/batch-not-found`, `seals/batch-not-finished`
 */
export async function zipOf(batches: ReadBatches, caller: Caller, batchId: string): Promise<Readable> {
  const { total, finishedAt } = await batches.batch(caller, batchId)
  if (finishedAt === null) throw new Refused(sealsProblems['batch-not-finished'])
  const zip = new ZipFile()
  const output = zip.outputStream as Readable
  const gone = new Promise<void>(resolve => output.once('close', resolve))
  const digits = String(total).length
  const add = async ({ position, fileName, bytes }: SealedDownload): Promise<void> => {
    const content = Readable.from(bytes)
    content.once('error', error => output.destroy(error))
    const read = new Promise<void>(resolve => content.once('close', resolve))
    // what is sealed is compressed already, or too small to matter; the time is the batch's, so that the ZIP is always the same
    zip.addReadStream(content, `${String(position + 1).padStart(digits, '0')}-${fileName}`, {
      compress: false,
      mtime: new Date(finishedAt)
    })
    await Promise.race([read, gone])
    if (output.destroyed) content.destroy()
  }
  const fill = async (): Promise<void> => {
    for (let after = -1; !output.destroyed;) {
      const page = await batches.sealed(caller, batchId, after, PAGE)
      for (const download of page) {
        if (output.destroyed) return
        await add(download)
        after = download.position
      }
      if (page.length < PAGE) break
    }
    zip.end()
  }
  fill().catch((error: Error) => output.destroy(error))
  return output
}
