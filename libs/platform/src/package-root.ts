import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'

/**
 * The folder where this program is installed: the nearest one above the started file whose package is ours. Worker threads
 * are started from files in it, wherever the program was called from.
 * @throws Error when the started file is not part of Goniec
 */
export function packageRoot(startedFile = process.argv[1] ?? ''): string {
  for (let folder = dirname(resolve(startedFile)); ; folder = dirname(folder)) {
    const file = join(folder, 'package.json')
    if (existsSync(file) && (JSON.parse(readFileSync(file, 'utf8')) as { name?: string }).name === 'goniec')
      return folder
    if (folder === dirname(folder)) throw new Error('the installation folder was not found')
  }
}
