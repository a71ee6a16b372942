import { type Dirent, readdirSync, realpathSync, statSync } from 'node:fs'
import { basename, join, relative, resolve, sep } from 'node:path'
import { Refused } from '#platform/plain'
import { cliProblems } from './cli.errors.js'

/** A file to work on. It may turn out not to be readable, or not to be a file: that is found when it is opened. */
export interface Input {
  /** As it was given, or as it was found in a folder that was given. */
  readonly path: string
  /** Where its result stands under `--out`: its name, or its path within the folder that was given. */
  readonly place: string
}

/**
 * The files that are meant, in the order given, those of a folder by name. A file given twice counts once. In folders
 * hidden files and symbolic links are passed over: links may lead in circles, and out of the folder.
 */
export function gatherInputs(paths: readonly string[], recursive: boolean): Input[] {
  const found = new Map<string, Input>()
  const add = (path: string, place: string): void => {
    const whole = resolve(path)
    if (!found.has(whole)) found.set(whole, { path, place })
  }
  for (const path of paths) {
    if (recursive && isFolder(path)) walk(path, file => add(file, relative(path, file)))
    else add(path, basename(resolve(path)))
  }
  return [...found.values()]
}

/**
 * Results of a folder must not become its input the next time.
 * @throws Refused `cli/folder-needs-out`
 */
export function assertOutside(paths: readonly string[], out: string | undefined): void {
  for (const folder of paths.filter(isFolder)) {
    const inside = out === undefined || `${realPath(out)}${sep}`.startsWith(`${realPath(folder)}${sep}`)
    if (inside) throw new Refused(cliProblems['folder-needs-out'])
  }
}

function walk(folder: string, visit: (file: string) => void): void {
  let entries: Dirent[]
  try {
    entries = readdirSync(folder, { withFileTypes: true })
  } catch {
    // opening it later says what is the matter with it
    visit(folder)
    return
  }
  const byName = (a: Dirent, b: Dirent): number => (a.name < b.name ? -1 : 1)
  for (const entry of entries.filter(({ name }) => !name.startsWith('.')).sort(byName)) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) walk(path, visit)
    else if (entry.isFile()) visit(path)
  }
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false
}

/** Of what is not there yet, by the nearest folder that is. */
function realPath(path: string): string {
  const whole = resolve(path)
  try {
    return realpathSync(whole)
  } catch {
    const parent = resolve(whole, '..')
    return parent === whole ? whole : join(realPath(parent), basename(whole))
  }
}
