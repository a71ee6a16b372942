import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'

/** Where a gateway's own processor time goes. */
export const CATEGORIES = [
  'cryptography',
  'ASN.1, certificates, CMS',
  'XML',
  'PostgreSQL client, ORM, jobs',
  'HTTP server and client',
  'Goniec',
  'other packages',
  'garbage collection',
  'runtime',
  'idle'
] as const
export type Category = (typeof CATEGORIES)[number]

/** Packages by what they do here. */
const PACKAGES: [RegExp, Category][] = [
  [/^(pkijs|asn1js|pvutils|pvtsutils|bytestreamjs|@peculiar\/.*|webcrypto-core)$/, 'ASN.1, certificates, CMS'],
  [/^(xml-crypto|@xmldom\/.*|xpath|sax|soap|@xmldom)$/, 'XML'],
  [/^(pg|pg-.*|postgres-.*|typeorm|pgpass|luxon|reflect-metadata|sql-highlight)$/, 'PostgreSQL client, ORM, jobs'],
  [
    /^(fastify|@fastify\/.*|find-my-way|light-my-request|fast-.*|undici|@nestjs\/.*|pino.*|avvio)$/,
    'HTTP server and client'
  ]
]

interface CallFrame {
  functionName: string
  url: string
  lineNumber: number
}

interface Profile {
  nodes: { id: number; callFrame: CallFrame; children?: number[] }[]
  samples: number[]
  timeDeltas: number[]
}

/** A function with its own time and that of everything it called, in milliseconds. */
export interface HotFunction {
  name: string
  selfMs: number
  totalMs: number
}

/** Sums of one profile. Times in milliseconds of the main thread. */
export interface ProfileSums {
  byCategory: Record<Category, number>
  /** Functions of Goniec's own, by the time spent in them and below. */
  own: HotFunction[]
  /** Any functions, by their own time. */
  hottest: HotFunction[]
}

/** Reads the newest profile (`node --cpu-prof`) of a folder and adds it up. */
export async function readProfile(dir: string): Promise<ProfileSums> {
  const [newest] = (await readdir(dir))
    .filter(file => file.endsWith('.cpuprofile'))
    .sort()
    .reverse()
  if (!newest) throw new Error(`no processor profile in ${dir}`)
  return sumProfile(JSON.parse(await readFile(join(dir, newest), 'utf8')) as Profile)
}

function sumProfile({ nodes, samples, timeDeltas }: Profile): ProfileSums {
  const selfUs = new Map<number, number>()
  for (const [n, id] of samples.entries()) selfUs.set(id, (selfUs.get(id) ?? 0) + (timeDeltas[n] ?? 0))
  const parentOf = new Map<number, number>()
  for (const node of nodes) for (const child of node.children ?? []) parentOf.set(child, node.id)
  const frames = new Map(nodes.map(node => [node.id, node.callFrame]))

  const byCategory = Object.fromEntries(CATEGORIES.map(category => [category, 0])) as Record<Category, number>
  const functions = new Map<string, HotFunction & { own: boolean }>()
  for (const [id, us] of selfUs) {
    const stack: CallFrame[] = []
    for (let at: number | undefined = id; at !== undefined; at = parentOf.get(at)) stack.push(frames.get(at)!)
    byCategory[categoryOf(stack)] += us / 1000
    // recursion must not count twice
    const names = new Map(stack.map(frame => [nameOf(frame), !packageOf(frame.url) && frame.url.includes('/dist/')]))
    for (const [depth, [name, own]] of [...names].entries()) {
      const found = functions.get(name) ?? { name, selfMs: 0, totalMs: 0, own }
      found.totalMs += us / 1000
      if (depth === 0) found.selfMs += us / 1000
      functions.set(name, found)
    }
  }
  const all = [...functions.values()]
  const show = ({ name, selfMs, totalMs }: HotFunction) => ({ name, selfMs, totalMs })
  return {
    byCategory,
    own: all
      .filter(f => f.own)
      .sort((a, b) => b.totalMs - a.totalMs)
      .slice(0, 60)
      .map(show),
    hottest: all
      .filter(f => !f.name.startsWith('(idle'))
      .sort((a, b) => b.selfMs - a.selfMs)
      .slice(0, 40)
      .map(show)
  }
}

/** The innermost frame that tells what the time was for; functions of the engine and of Node belong to their callers. */
function categoryOf(stack: CallFrame[]): Category {
  const [top] = stack
  if (top?.functionName === '(idle)') return 'idle'
  if (top?.functionName === '(garbage collector)') return 'garbage collection'
  for (const { url } of stack) {
    if (/^node:(internal\/)?crypto/.test(url)) return 'cryptography'
    const name = packageOf(url)
    if (name) return PACKAGES.find(([pattern]) => pattern.test(name))?.[1] ?? 'other packages'
    if (url.includes('/dist/')) return 'Goniec'
  }
  return stack.some(({ url }) => /^node:(_http|internal\/http|http)/.test(url)) ? 'HTTP server and client' : 'runtime'
}

function packageOf(url: string): string | undefined {
  return /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(url)?.[1]
}

function nameOf({ functionName, url, lineNumber }: CallFrame): string {
  const file = /\/(?:node_modules\/|(?=dist\/))(.*)$/.exec(url)?.[1] ?? url
  const name = functionName === '' ? '(anonymous)' : functionName
  return file === '' ? name : `${name} ${file}:${lineNumber + 1}`
}
