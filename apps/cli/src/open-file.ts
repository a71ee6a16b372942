import { type BigIntStats, closeSync, constants, fstatSync, openSync } from 'node:fs'
import { Refused } from '#platform/plain'
import { FileSource } from '#sealing/plain'
import { cliProblems, fileProblem } from './cli.errors.js'

/** A file open for reading. Whoever opened it closes it. */
export interface OpenedFile {
  readonly source: FileSource
  /** Permission bits. */
  readonly mode: number
  /** @throws Refused `cli/file-changed` when it is not what it was when it was opened */
  assertUnchanged(): void
  close(): void
}

/**
 * Opens a regular file; never waits for one that is no file (a pipe, a device).
 * @throws Refused `cli/file-…`
 */
export function openFile(path: string): OpenedFile {
  let descriptor: number
  try {
    descriptor = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0))
  } catch (error) {
    throw fileProblem(error) ?? error
  }
  try {
    const before = fstatSync(descriptor, { bigint: true })
    if (before.isDirectory()) throw new Refused(cliProblems['file-is-folder'])
    if (!before.isFile()) throw new Refused(cliProblems['file-not-regular'])
    return {
      source: new FileSource(descriptor),
      mode: Number(before.mode) & 0o777,
      assertUnchanged() {
        if (!same(before, fstatSync(descriptor, { bigint: true }))) throw new Refused(cliProblems['file-changed'])
      },
      close: () => closeSync(descriptor)
    }
  } catch (error) {
    closeSync(descriptor)
    throw error
  }
}

const same = (a: BigIntStats, b: BigIntStats): boolean => a.size === b.size && a.mtimeNs === b.mtimeNs
