import { existsSync, readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { z } from 'zod'
import { Refused } from '#platform/plain'
import {
  defaultFormatPolicy,
  engineSettings,
  type EngineSettings,
  sealDesign,
  sealFormats,
  sealLevels,
  type SealStyle,
  timestampSettingsIn
} from '#sealing/plain'
import { cliProblems } from './cli.errors.js'

const format = z.enum(sealFormats)
const path = z.string().min(1)

const profile = z.strictObject({
  /** Name of a key in the key file. */
  key: z.string().min(1),
  level: z.enum(sealLevels).default('B-T'),
  formats: z
    .strictObject({
      pdf: format.default(defaultFormatPolicy.pdf),
      xml: format.default(defaultFormatPolicy.xml),
      other: format.default(defaultFormatPolicy.other)
    })
    .prefault({}),
  /** A SealDesign, or the name of a JSON file with one; `graphic.file` names a picture in place of `graphic.data`. */
  design: z.union([path, z.record(z.string(), z.unknown())]).optional(),
  reason: z.string().max(200).optional(),
  location: z.string().max(200).optional(),
  /** When a time-stamp or revocation service is away: seal nothing, or seal at the level that can be reached. */
  whenAway: z.enum(['fail', 'raise-later']).default('fail')
})

const configuration = engineSettings.extend({
  /** Key file (docs/sealing.md); only sealing needs it. */
  keys: path.optional(),
  profiles: z.record(z.string().min(1), profile).default({})
})

/** What the command line reads from its configuration file; paths in it are relative to the file. */
export interface CliConfig {
  readonly engine: EngineSettings
  readonly keyFile: string | undefined
  readonly profiles: ReadonlyMap<string, SealStyle>
}

/** Where the configuration is looked for when nobody names one. */
export const usualConfig = 'goniec.json'

/**
 * Reads the configuration.
 * @param path undefined: `goniec.json` in the current folder
 * @returns undefined when nobody named one and there is none
 * @throws Refused `cli/config-missing`, `cli/config-wrong` with all mistakes in `problems`
 */
export function readCliConfig(path: string | undefined): CliConfig | undefined {
  const file = path ?? usualConfig
  if (!existsSync(file)) {
    if (path === undefined) return undefined
    throw new Refused(cliProblems['config-missing'], { file })
  }
  const parsed = configuration.safeParse(readJson(file))
  if (!parsed.success) throw wrong(file, parsed.error.issues)
  const { profiles, keys, ...engine } = parsed.data
  const base = dirname(resolve(file))
  const at = (one: string): string => resolve(base, one)
  const maybeAt = (one: string | undefined): string | undefined => (one === undefined ? undefined : at(one))
  const styles = Object.entries(profiles).map(([name, { design, ...style }]): [string, SealStyle] => [
    name,
    { ...style, ...(design === undefined ? {} : { design: readDesign(design, base, name) }) }
  ])
  return {
    engine: {
      ...engine,
      trustFile: maybeAt(engine.trustFile),
      timestampTrustFile: maybeAt(engine.timestampTrustFile),
      timestampAuthorities: engine.timestampAuthorities.map(one => timestampSettingsIn(base, one)),
      trustedLists: engine.trustedLists.map(one => ({ file: at(one.file), signersFile: at(one.signersFile) }))
    },
    keyFile: maybeAt(keys),
    profiles: new Map(styles)
  }
}

/** What an engine without any configuration goes by: no keys, nobody trusted, nobody asked. */
export const emptyConfig: CliConfig = {
  engine: engineSettings.parse({}),
  keyFile: undefined,
  profiles: new Map()
}

/** Pictures are taken in, so that a design is plain data; paths are relative to the file that names them. */
function readDesign(design: string | Record<string, unknown>, base: string, profile: string): unknown {
  const file = typeof design === 'string' ? resolve(base, design) : undefined
  const read = file === undefined ? design : readJson(file)
  const where = file ?? `profiles.${profile}.design`
  const complete = withPicture(read, file === undefined ? base : dirname(file), where)
  const checked = sealDesign.safeParse(complete)
  if (!checked.success) throw wrong(where, checked.error.issues)
  return complete
}

function withPicture(design: unknown, base: string, where: string): unknown {
  const graphic = (design as { graphic?: { file?: unknown } } | null)?.graphic
  if (typeof graphic?.file !== 'string') return design
  const { file, ...rest } = graphic
  return { ...(design as object), graphic: { ...rest, data: readText(resolve(base, file), where, 'base64') } }
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readText(file, file, 'utf8'))
  } catch (error) {
    if (error instanceof Refused) throw error
    throw new Refused(cliProblems['config-wrong'], { problems: [`${file}: ${(error as Error).message}`] })
  }
}

function readText(file: string, where: string, encoding: 'utf8' | 'base64'): string {
  try {
    return readFileSync(file).toString(encoding)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw new Refused(cliProblems['config-wrong'], { problems: [`${where}: ${file}: ${code ?? 'unreadable'}`] })
  }
}

function wrong(file: string, issues: readonly { path: readonly PropertyKey[]; message: string }[]): Refused {
  const problems = issues.map(
    ({ path, message }) => `${[file, path.map(String).join('.')].filter(Boolean).join(': ')}: ${message}`
  )
  return new Refused(cliProblems['config-wrong'], { problems })
}
