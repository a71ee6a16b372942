import { randomBytes } from 'node:crypto'
import { closeSync, existsSync, openSync, rmSync } from 'node:fs'
import { type FileHandle, link, mkdir, open, rename, unlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Refused } from '#platform/plain'
import { pieces, type RandomAccessSource } from '#sealing/plain'
import { cliProblems, fileProblem } from './cli.errors.js'

/** Half-written results, to be taken away when the program is stopped. */
const unfinished = new Set<string>()

/** Takes every half-written result away. For a program that ends before its time; works at once. */
export function removeUnfinished(): void {
  for (const path of unfinished) rmSync(path, { force: true })
}

/** How a result is to be written. */
export interface WriteOptions {
  /** Permission bits that it may have at most; the umask is respected too. */
  readonly mode: number
  /** Replace what is there. */
  readonly force: boolean
  /** Looked at when everything was read and before the result gets its name; may throw. */
  readonly beforeNaming?: () => void
}

/**
 * Writes a result whole or not at all: under another name first, which it gives up only when everything is on the disk.
 * Missing folders are made.
 * @throws Refused `cli/result-exists`, and `cli/…` for what the system says
 */
export async function writeResult(path: string, source: RandomAccessSource, options: WriteOptions): Promise<void> {
  // long before the work rather than after it; the naming below is what counts
  if (!options.force && existsSync(path)) throw new Refused(cliProblems['result-exists'])
  // a name of its own length: the result's may already be as long as a name can be
  const temporary = join(dirname(path), `.goniec-${randomBytes(8).toString('hex')}.part`)
  unfinished.add(temporary)
  try {
    await mkdir(dirname(path), { recursive: true })
    const file = await create(temporary, options.mode)
    try {
      for (const piece of pieces(source)) await writeAll(file, piece)
      await file.sync()
    } finally {
      await file.close()
    }
    options.beforeNaming?.()
    await name(temporary, path, options.force)
  } catch (error) {
    throw fileProblem(error) ?? error
  } finally {
    rmSync(temporary, { force: true })
    unfinished.delete(temporary)
  }
}

/** Made at once and not on the thread pool, so that a signal finds the file either not made or there to be removed. */
async function create(path: string, mode: number): Promise<FileHandle> {
  closeSync(openSync(path, 'wx', (mode & 0o666) | 0o600))
  return open(path, 'r+')
}

async function writeAll(file: FileHandle, piece: Buffer): Promise<void> {
  for (let at = 0; at < piece.length;) at += (await file.write(piece, at)).bytesWritten
}

async function name(temporary: string, path: string, force: boolean): Promise<void> {
  if (force) return rename(temporary, path)
  try {
    // a link never replaces anything, whoever else writes there at the same moment
    await link(temporary, path)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    // file systems without hard links
    if (code !== 'EPERM' && code !== 'ENOTSUP' && code !== 'EOPNOTSUPP' && code !== 'ENOSYS') throw error
    if (existsSync(path)) throw new Refused(cliProblems['result-exists'])
    return rename(temporary, path)
  }
  await unlink(temporary)
}
