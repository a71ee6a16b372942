import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import ts from 'typescript'
import { z } from 'zod'
import { accessConfig } from '#access'
import { addresseeConfig } from '#addressee'
import '#archive'
import '#dispatch'
import { evidenceConfig } from '#evidence'
import { lifecycle, type Progress, type Transition } from '#letter'
import { problemCatalogue, type ProblemType } from '#platform'
import { purdeConfig } from '#routing'
import { sealingConfig } from '#sealing'
import '#seals'
import { gatewayConfig } from '../../gateway/src/gateway.config.js'
import '../../gateway/src/http/gateway.errors.js'

/** One environment variable, as people read about it. */
export interface Variable {
  name: string
  /** Without it the program does not start. */
  required: boolean
  /** As it would be written in the environment. */
  preset: string | undefined
  /** Allowed values, where the schema limits them. */
  allowed: string | undefined
  /** From the comment above it in the source; empty when nobody wrote one. */
  description: string
}

/** One schema and the source file in which its comments stand. */
interface ConfigSource {
  title: string
  file: string
  schema: z.ZodObject
}

const CONFIGURATION: readonly ConfigSource[] = [
  { title: 'Gateway', file: 'apps/gateway/src/gateway.config.ts', schema: gatewayConfig },
  { title: 'Access', file: 'libs/access/src/access.config.ts', schema: accessConfig },
  { title: 'Sealing', file: 'libs/sealing/src/sealing.config.ts', schema: sealingConfig },
  { title: 'Look-up in BAE', file: 'libs/addressee/src/addressee.config.ts', schema: addresseeConfig },
  {
    title: 'Public service (PURDE)',
    file: 'libs/routing/src/providers/purde/purde.config.ts',
    schema: purdeConfig
  },
  { title: 'Evidence', file: 'libs/evidence/src/evidence.config.ts', schema: evidenceConfig }
]

/** A part of a document that is made from code: its marker's name and its text. */
type Parts = Readonly<Record<string, string>>

/**
 * What every generated document should hold now. Reads the sources and the documents, writes nothing: the prose around
 * the generated parts is kept as it stands.
 * @param root the project's folder
 * @returns text by path below `root`
 */
export async function printDocs(root: string): Promise<Map<string, string>> {
  const documents: Record<string, Parts> = {
    'docs/letter-life.md': { diagram: stateDiagram(lifecycle), events: eventTable(lifecycle) },
    'docs/problems.md': { problems: problemTables(problemCatalogue()) },
    'docs/configuration.md': { variables: await configuration(root) }
  }
  const made = new Map<string, string>()
  for (const [path, parts] of Object.entries(documents))
    made.set(path, fill(await readFile(join(root, path), 'utf8'), parts))
  return made
}

/**
 * Puts each part between its markers, `<!-- made from code: name -->` and `<!-- end: name -->`.
 * @throws Error when a marker is missing or stands there twice
 */
export function fill(document: string, parts: Parts): string {
  return Object.entries(parts).reduce((text, [name, part]) => {
    const [begin, end] = [`<!-- made from code: ${name} -->`, `<!-- end: ${name} -->`]
    const [before, between, ...more] = text.split(begin)
    const [, after, ...evenMore] = between?.split(end) ?? []
    if (after === undefined || more.length + evenMore.length > 0)
      throw new Error(`the markers of "${name}" must stand in the document exactly once`)
    return `${before}${begin}\n\n${part}\n\n${end}${after}`
  }, document)
}

type Lifecycle = Readonly<Record<string, Transition>>

/** The lifecycle as a Mermaid state diagram. Events that lead nowhere are left to the table. */
export function stateDiagram(table: Lifecycle): string {
  const states = new Set<Progress>()
  const arrows = new Map<string, string[]>()
  for (const [event, { from, to }] of Object.entries(table)) {
    if (to === 'stay') continue
    for (const state of from) {
      for (const named of [state, to]) if (named !== 'new') states.add(named)
      const arrow = `${state === 'new' ? '[*]' : id(state)} --> ${id(to)}`
      arrows.set(arrow, [...(arrows.get(arrow) ?? []), event])
    }
  }
  const left = new Set([...Object.values(table)].flatMap(({ from, to }) => (to === 'stay' ? [] : from)))
  return [
    '```mermaid',
    'stateDiagram-v2',
    // a hyphen would end the name
    ...[...states].filter(state => state !== id(state)).map(state => `  state "${state}" as ${id(state)}`),
    ...[...arrows].map(([arrow, events]) => `  ${arrow}: ${events.join(', ')}`),
    ...[...states].filter(state => !left.has(state)).map(state => `  ${id(state)} --> [*]`),
    '```'
  ].join('\n')
}

const id = (state: string) => state.replaceAll('-', '_')

/** Every event: in which states it may happen, and where it leads. */
export function eventTable(table: Lifecycle): string {
  const rows = Object.entries(table).map(([event, { from, to }]) => [
    `\`${event}\``,
    from.join(', '),
    to === 'stay' ? '(stays)' : `**${to}**`
  ])
  return markdownTable(['event', 'may happen while', 'leads to'], rows)
}

/** The catalogue, one table per lib. */
export function problemTables(problems: readonly ProblemType[]): string {
  const byLib = Map.groupBy(problems, ({ code }) => code.split('/')[0]!)
  return [...byLib]
    .map(([lib, kinds]) => {
      const rows = kinds.map(({ code, status, pl, en }) => [`\`${code}\``, String(status), pl, en])
      return `## ${lib}\n\n${markdownTable(['code', 'HTTP', 'po polsku', 'in English'], rows)}`
    })
    .join('\n\n')
}

async function configuration(root: string): Promise<string> {
  const sections = []
  for (const { title, file, schema } of CONFIGURATION) {
    const variables = variablesOf(schema, descriptionsIn(await readFile(join(root, file), 'utf8')))
    sections.push(`## ${title}\n\nSchema: \`${file}\`\n\n${variableTable(variables)}`)
  }
  return sections.join('\n\n')
}

/** What a schema says about each of its variables, with the descriptions given. */
export function variablesOf(schema: z.ZodObject, descriptions: ReadonlyMap<string, string>): Variable[] {
  const { properties = {}, required = [] } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' })
  return Object.entries(properties).map(([name, property]) => {
    const facts = typeof property === 'object' ? property : {}
    const preset: unknown = facts.default ?? (schema.shape[name] as z.ZodType).safeParse(undefined).data
    return {
      name,
      required: required.includes(name),
      preset: typeof preset === 'string' ? preset : JSON.stringify(preset),
      allowed: allowedValues(facts),
      description: descriptions.get(name) ?? ''
    }
  })
}

function allowedValues(facts: { enum?: unknown[]; minimum?: number; maximum?: number }): string | undefined {
  if (facts.enum) return facts.enum.join(', ')
  const { minimum, maximum } = facts
  const limited = maximum !== undefined && maximum < Number.MAX_SAFE_INTEGER
  if (minimum === undefined || minimum <= Number.MIN_SAFE_INTEGER) return limited ? `up to ${maximum}` : undefined
  return limited ? `${minimum} to ${maximum}` : `${minimum} or more`
}

function variableTable(variables: readonly Variable[]): string {
  const rows = variables.map(({ name, required, preset, allowed, description }) => [
    `\`${name}\``,
    required ? '**required**' : preset === undefined ? '–' : `\`${preset}\``,
    allowed ?? '',
    description
  ])
  return markdownTable(['variable', 'default', 'allowed', 'meaning'], rows)
}

/**
 * Descriptions of environment variables in a source file: the JSDoc comment above a property, or, where a schema's own
 * comment lists its variables (`NAME`: words; …), the words there.
 */
export function descriptionsIn(source: string): Map<string, string> {
  const file = ts.createSourceFile('config.ts', source, ts.ScriptTarget.Latest, true)
  const found = new Map<string, string>()
  const visit = (node: ts.Node): void => {
    const comment = ts.getJSDocCommentsAndTags(node).map(textOf).join(' ').trim()
    if (ts.isPropertyAssignment(node) && comment) found.set(node.name.getText(), comment)
    else if (ts.isVariableStatement(node)) listedIn(comment).forEach((words, name) => found.set(name, words))
    ts.forEachChild(node, visit)
  }
  visit(file)
  return found
}

function textOf(comment: ts.JSDoc | ts.JSDocTag): string {
  return (ts.getTextOfJSDocComment(comment.comment) ?? '').replace(/\s+/g, ' ')
}

function listedIn(comment: string): Map<string, string> {
  const found = new Map<string, string>()
  const item = /((?:`[A-Z][A-Z0-9_]+`(?:, )?)+): (.*?)(?=;?(?: -)? `[A-Z][A-Z0-9_]+_[A-Z0-9_]+`(?:,|:)|$)/g
  for (const [, names, words] of comment.matchAll(item))
    for (const [, name] of names!.matchAll(/`([^`]+)`/g)) found.set(name!, sentence(words!))
  return found
}

function sentence(words: string): string {
  const text = words.trim().replace(/[.;]$/, '')
  return `${text[0]?.toUpperCase() ?? ''}${text.slice(1)}.`
}

function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map(cell => cell.replaceAll('|', '\\|')).join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}

async function main(): Promise<void> {
  for (const [path, text] of await printDocs(process.cwd())) {
    await writeFile(path, text)
    console.log(path)
  }
}

// import.meta.main would say it better, but the tests import this file as CommonJS
if (process.argv[1]?.endsWith('print-docs.js')) void main()
