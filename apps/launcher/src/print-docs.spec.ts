import { existsSync } from 'node:fs'
import { glob, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import { lifecycle, lifecycleFaults, type Transition } from '#letter'
import { descriptionsIn, eventTable, fill, printDocs, problemTables, stateDiagram, variablesOf } from './print-docs.js'

const root = process.cwd()
const PATHS = ['docs/letter-life.md', 'docs/problems.md', 'docs/configuration.md']

describe('the committed documents', () => {
  it.each(PATHS)('%s says what the code says (npm run docs)', async path => {
    expect(await readFile(path, 'utf8')).toBe((await printDocs(root)).get(path))
  })

  it('describe every variable', async () => {
    const configuration = (await printDocs(root)).get('docs/configuration.md')!
    const rows = configuration.split('\n').filter(line => line.startsWith('| `'))
    expect(rows.length).toBeGreaterThan(30)
    expect(rows.filter(row => row.endsWith('|  |'))).toEqual([])
  })

  it('name every event of a lifecycle without faults', async () => {
    const life = (await printDocs(root)).get('docs/letter-life.md')!
    expect(lifecycleFaults()).toEqual([])
    expect(Object.keys(lifecycle).filter(event => !life.includes(`| \`${event}\` |`))).toEqual([])
  })

  it('have problems of every lib', async () => {
    const libs = [...(await printDocs(root)).get('docs/problems.md')!.matchAll(/^## (\w+)$/gm)].map(([, lib]) => lib)
    expect(libs).toEqual([
      'access',
      'addressee',
      'archive',
      'dispatch',
      'evidence',
      'gateway',
      'letter',
      'platform',
      'purde',
      'routing',
      'sealing',
      'seals'
    ])
  })
})

describe('what documents point at', () => {
  it('is there', async () => {
    const missing: string[] = []
    let found = 0
    for await (const document of glob(['docs/**/*.md', '*.md', 'libs/*/README.md', 'apps/*/README.md'])) {
      const text = await readFile(document, 'utf8')
      const named = [...text.matchAll(/`((?:apps|libs|test|migrations|docs)\/[\w./-]+)`/g)].map(([, path]) => path!)
      const linked = [...text.matchAll(/\]\((?!\w+:)([^)#\s]+)(?:#[^)]*)?\)/g)].map(([, path]) =>
        join(dirname(document), path!)
      )
      found += named.length + linked.length
      // a lib's own README may name its files from where it stands
      const exists = (path: string) => existsSync(path) || existsSync(join(dirname(document), path))
      missing.push(...[...named, ...linked].filter(path => !exists(path)).map(path => `${document}: ${path}`))
    }
    expect(missing).toEqual([])
    expect(found).toBeGreaterThan(50)
  })
})

describe('drawing the lifecycle', () => {
  const table: Record<string, Transition> = {
    Begun: { from: ['new'], to: 'accepted' },
    Given: { from: ['accepted'], to: 'handed-over' },
    Noted: { from: ['accepted', 'handed-over'], to: 'stay' },
    Ended: { from: ['accepted', 'handed-over'], to: 'held' },
    Stopped: { from: ['accepted'], to: 'held' }
  }

  it('draws an arrow per pair of states, with all its events', () => {
    expect(stateDiagram(table).split('\n')).toEqual([
      '```mermaid',
      'stateDiagram-v2',
      '  state "handed-over" as handed_over',
      '  [*] --> accepted: Begun',
      '  accepted --> handed_over: Given',
      '  accepted --> held: Ended, Stopped',
      '  handed_over --> held: Ended',
      '  held --> [*]',
      '```'
    ])
  })

  it('lists what stays where it is', () => {
    expect(eventTable(table)).toContain('| `Noted` | accepted, handed-over | (stays) |')
  })
})

describe('reading configuration', () => {
  const source = `
/** Not about a variable. */
export const a = z.object({
  /** Where it is. May span
   * lines. */
  SOME_URL: z.url(),
  SOME_PORT: z.number()
})
/**
 * Keys:
 * - \`SOME_FILE\`, \`SOME_PASSWORD_FILE\`: the key, and its password;
 * - \`SOME_LEVEL\`: \`high\` (default) or \`low\`; \`SOME_LIMIT\`: how many,
 *   at most.
 */
export const b = z.object({ SOME_FILE: z.string(), SOME_LEVEL: z.string() })`

  it('finds the comment above a variable, or the list above its schema', () => {
    expect(Object.fromEntries(descriptionsIn(source))).toEqual({
      SOME_URL: 'Where it is. May span lines.',
      SOME_FILE: 'The key, and its password.',
      SOME_PASSWORD_FILE: 'The key, and its password.',
      SOME_LEVEL: '`high` (default) or `low`.',
      SOME_LIMIT: 'How many, at most.'
    })
  })

  it('tells defaults as they would be written, whatever becomes of them', () => {
    const schema = z.object({
      SOME_URL: z.url(),
      SOME_FLAG: z.stringbool().default(true),
      SOME_DELAYS: z
        .string()
        .default('1,2')
        .transform(text => text.split(',')),
      SOME_PORT: z.coerce.number().int().min(1).max(9).optional()
    })
    const facts = variablesOf(schema, new Map()).map(v => [v.name, v.required, v.preset, v.allowed])
    expect(facts).toEqual([
      ['SOME_URL', true, undefined, undefined],
      ['SOME_FLAG', false, 'true', undefined],
      ['SOME_DELAYS', false, '1,2', undefined],
      ['SOME_PORT', false, undefined, '1 to 9']
    ])
  })
})

describe('writing', () => {
  const marked = 'before\n<!-- made from code: x -->old<!-- end: x -->\nafter\n'

  it('replaces what stands between the markers and nothing else, as often as one likes', () => {
    const once = fill(marked, { x: 'new $& text' })
    expect(once).toBe('before\n<!-- made from code: x -->\n\nnew $& text\n\n<!-- end: x -->\nafter\n')
    expect(fill(once, { x: 'new $& text' })).toBe(once)
  })

  it.each(['no markers', '<!-- made from code: x -->', marked + marked])(
    'does not guess where a part belongs',
    text => {
      expect(() => fill(text, { x: 'new' })).toThrow('exactly once')
    }
  )

  it('keeps a table whole when a text has a bar in it', () => {
    const table = problemTables([{ code: 'lib/odd', status: 422, pl: 'a|b', en: 'c' }])
    expect(table).toContain('| `lib/odd` | 422 | a\\|b | c |')
  })
})
