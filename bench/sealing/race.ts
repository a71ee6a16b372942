/** What a contestant did in one slice of time. */
export interface Slice {
  readonly times: number
  readonly ms: number
  /** Processor time of the whole process in it, helper threads included; absent where others worked in it as well. */
  readonly processorMs?: number
}

/** Something whose speed is measured: it works for about so many milliseconds and says how often it was done. */
export interface Contestant {
  readonly name: string
  run(ms: number): Promise<Slice>
}

/** How long things are measured. */
export interface Effort {
  readonly rounds: number
  /** Of each contestant in each round, in milliseconds. */
  readonly sliceMs: number
  /** Before the first round, in milliseconds; code must be compiled and caches filled. */
  readonly warmUpMs: number
}

/** How fast a contestant was: times a second. */
export interface Speed {
  readonly best: number
  readonly median: number
  /** The rate in each round; rounds of all contestants of a race belong together. */
  readonly rates: readonly number[]
  /** Times per second of processor time, in each round. */
  readonly processorRates: readonly number[]
}

/**
 * Measures contestants side by side: each round gives every one a short slice. Other work on the machine then slows all
 * of them alike, and what one is of another (`shareOf`) says more than the rates themselves.
 */
export async function race<Name extends string>(
  contestants: Readonly<Record<Name, Contestant['run']>>,
  { rounds, sliceMs, warmUpMs }: Effort
): Promise<Record<Name, Speed>> {
  const names = Object.keys(contestants) as Name[]
  const slices = new Map<Name, Slice[]>(names.map(name => [name, []]))
  for (const name of names) await contestants[name](warmUpMs)
  for (let round = 0; round < rounds; round++)
    for (const name of names) slices.get(name)!.push(await contestants[name](sliceMs))
  return Object.fromEntries(names.map(name => [name, speedOf(slices.get(name)!)])) as Record<Name, Speed>
}

/**
 * What one is of the other, round by round; the median of the rounds. By processor time where it is known: others on the
 * machine then do not count.
 */
export function shareOf(one: Speed, other: Speed): number {
  const known = one.processorRates.length > 0 && other.processorRates.length > 0
  const [rates, base] = known ? [one.processorRates, other.processorRates] : [one.rates, other.rates]
  return median(rates.map((rate, round) => rate / base[round]!))
}

function speedOf(slices: readonly Slice[]): Speed {
  const rates = slices.map(({ times, ms }) => (times * 1000) / ms)
  const processorRates = slices.flatMap(({ times, processorMs }) => (processorMs ? [(times * 1000) / processorMs] : []))
  return { best: Math.max(...rates), median: median(rates), rates, processorRates }
}

function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

/** A contestant that does `work`, which says how often the thing was done. */
export function repeating(work: () => Promise<number> | number): Contestant['run'] {
  return async ms => {
    const processor = process.cpuUsage()
    const begun = performance.now()
    let times = 0
    do times += await work()
    while (performance.now() - begun < ms)
    const took = performance.now() - begun
    const { user, system } = process.cpuUsage(processor)
    return { times, ms: took, processorMs: (user + system) / 1000 }
  }
}
