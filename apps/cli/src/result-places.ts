import { realpathSync, statSync } from 'node:fs'
import { basename, dirname, extname, join, resolve } from 'node:path'
import { Refused } from '#platform/plain'
import { cliProblems } from './cli.errors.js'
import type { Input } from './inputs.js'

/**
 * Where results go: beside their files, or below one folder. No two results share a place, and none takes the place of
 * a file that was given, even where results may be replaced.
 */
export class ResultPlaces {
  private readonly given: ReadonlySet<string>
  private readonly taken = new Set<string>()

  /**
   * @param suffix marks a result that would otherwise have its file's own name: `umowa.pdf`, `umowa.sealed.pdf`
   * @throws Refused `cli/results-collide` when two files of one name are to go into one folder
   */
  constructor(
    inputs: readonly Input[],
    private readonly out: string | undefined,
    private readonly suffix: string
  ) {
    this.given = new Set(inputs.map(({ path }) => identityOf(path)).filter(identity => identity !== undefined))
    const places = new Map<string, string>()
    for (const { path, place } of out === undefined ? [] : inputs) {
      const earlier = places.get(place)
      if (earlier !== undefined) throw new Refused(cliProblems['results-collide'], { problems: [earlier, path] })
      places.set(place, path)
    }
  }

  /**
   * Takes the place of one result.
   * @param name the result's file name without folder
   * @throws Refused `cli/results-collide`, `cli/result-over-input`
   */
  take({ path, place }: Input, name: string): string {
    const folder = this.out === undefined ? dirname(path) : join(this.out, dirname(place))
    const direct = join(folder, name)
    const extension = extname(name)
    const marked = join(folder, `${basename(name, extension)}${this.suffix}${extension}`)
    const output = realPath(direct) === realPath(path) ? marked : direct
    const identity = identityOf(output)
    if (identity !== undefined && this.given.has(identity))
      throw new Refused(cliProblems['result-over-input'], { output })
    const key = realPath(output)
    if (this.taken.has(key)) throw new Refused(cliProblems['results-collide'], { output })
    this.taken.add(key)
    return output
  }
}

/** Names one file, however it is reached; undefined when there is none. */
function identityOf(path: string): string | undefined {
  try {
    const { dev, ino } = statSync(path, { bigint: true })
    return `${dev}:${ino}`
  } catch {
    return undefined
  }
}

/** The path by its folder's true name. The last part stays: a link to a file is not the file's own place. */
function realPath(path: string): string {
  const whole = resolve(path)
  try {
    return join(realpathSync(dirname(whole)), basename(whole))
  } catch {
    return whole
  }
}
