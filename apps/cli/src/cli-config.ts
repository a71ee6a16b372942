import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { z } from 'zod'
import {
  defaultFormatPolicy,
  engineSettings,
  type EngineSettings,
  sealFormats,
  sealLevels,
  type SealStyle
} from '#sealing/plain'

const format = z.enum(sealFormats)

const profile = z.strictObject({
  key: z.string().min(1),
  level: z.enum(sealLevels).default('B-T'),
  formats: z
    .strictObject({
      pdf: format.default(defaultFormatPolicy.pdf),
      xml: format.default(defaultFormatPolicy.xml),
      other: format.default(defaultFormatPolicy.other)
    })
    .prefault({}),
  /** A SealDesign, or the name of a JSON file with one. */
  design: z.union([z.string().min(1), z.record(z.string(), z.unknown())]).optional(),
  reason: z.string().max(200).optional(),
  location: z.string().max(200).optional(),
  whenAway: z.literal('fail').default('fail')
})

const file = engineSettings.extend({
  /** Key file (see docs/sealing.md); not needed to validate. */
  keys: z.string().min(1).optional(),
  profiles: z.record(z.string().min(1), profile).default({})
})

/** What the command line reads from its configuration file; paths in it are relative to the file. */
export interface CliConfig {
  readonly engine: EngineSettings
  readonly keyFile: string | undefined
  readonly profiles: ReadonlyMap<string, SealStyle>
}

/** Reads the configuration. @throws Error with everything that is wrong */
export function readCliConfig(path: string): CliConfig {
  const base = dirname(resolve(path))
  const parsed = file.safeParse(JSON.parse(readFileSync(path, 'utf8')))
  if (!parsed.success)
    throw new Error(parsed.error.issues.map(issue => `${path}: ${issue.path.join('.')}: ${issue.message}`).join('\n'))
  const { profiles, keys, ...engine } = parsed.data
  const at = (one: string): string => resolve(base, one)
  const maybeAt = (one: string | undefined): string | undefined => (one === undefined ? undefined : at(one))
  const styles = Object.entries(profiles).map(([name, style]): [string, SealStyle] => {
    const { design } = style
    const read = typeof design === 'string' ? JSON.parse(readFileSync(at(design), 'utf8')) : design
    return [name, { ...style, design: read }]
  })
  return {
    engine: {
      ...engine,
      trustFile: maybeAt(engine.trustFile),
      timestampTrustFile: maybeAt(engine.timestampTrustFile),
      trustedLists: engine.trustedLists.map(one => ({ file: at(one.file), signersFile: at(one.signersFile) }))
    },
    keyFile: maybeAt(keys),
    profiles: new Map(styles)
  }
}
