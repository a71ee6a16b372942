import { CATEGORIES, type ProfileSums } from './cpu-profile.js'
import type { Yardsticks } from './yardsticks.js'

/** Half and nineteen twentieths of the letters took no longer than this; milliseconds. */
interface Shares {
  p50: number
  p95: number
}

/** Milliseconds from acceptance. */
export interface Times {
  handedOver: Shares
  archived: Shares
}

/** What one run measured. */
export interface Result {
  machine: { processor: string; processors: number; memoryGb: number }
  settings: { concurrency: number; workers: number; bytes: number; node: string }
  letters: number
  acceptedPerSecond: number
  completedPerSecond: number
  /** From the first request until the last letter was archived. */
  seconds: number
  times: Times
  /** Processor seconds spent during the run, by program. */
  processorSeconds: { gateway: number; postgres: number; sandbox: number }
  /** Transactions that the database committed. */
  transactions: number
  /** Statements of the gateway, by their text with parameters left out; `ms` is time inside the server. */
  statements: { text: string; calls: number; ms: number }[]
  yardsticks: Yardsticks
}

/** The result for people, in Markdown. */
export function report(result: Result, profile: ProfileSums | undefined): string {
  const { machine, settings, letters, times, processorSeconds, yardsticks } = result
  const spent = processorSeconds.gateway + processorSeconds.postgres + processorSeconds.sandbox
  const perLetter = (seconds: number) => `${((seconds * 1000) / letters).toFixed(1)} ms`
  const busy = (seconds: number) => `${((seconds / result.seconds) * 100).toFixed(0)} %`
  const lines = [
    `${letters} letters with one PDF of ${Math.round(settings.bytes / 1000)} kB each: accepted, sealed (RSA-3072,`,
    `time-stamped), addressed, handed over, proven by evidence, archived. ${settings.concurrency} callers, ` +
      `${settings.workers} workers;`,
    `gateway, PostgreSQL (durable) and the sandbox share ${machine.processors} processors (${machine.processor}), ` +
      `Node ${settings.node}.`,
    '',
    table([
      ['measure', 'value'],
      ['letters accepted per second', result.acceptedPerSecond.toFixed(1)],
      ['letters completed per second', result.completedPerSecond.toFixed(1)],
      ['accepted → handed over, p50 / p95', pair(times.handedOver)],
      ['accepted → archived, p50 / p95', pair(times.archived)],
      ['database transactions per letter', (result.transactions / letters).toFixed(1)],
      ['database statements per letter', (sum(result.statements.map(s => s.calls)) / letters).toFixed(1)],
      ['yardstick: RSA-3072 signatures per second, one thread', yardsticks.rsa3072Signatures.toFixed(0)],
      ['yardstick: committed inserts per second, one connection', yardsticks.committedInserts.toFixed(0)],
      ['completed letters per 100 signatures', percent(result.completedPerSecond, yardsticks.rsa3072Signatures)],
      ['completed letters per 100 committed inserts', percent(result.completedPerSecond, yardsticks.committedInserts)]
    ]),
    '',
    table([
      ['processor time by program', 'per letter', 'of one processor', 'share'],
      ...Object.entries(processorSeconds).map(([program, seconds]) => [
        program === 'sandbox' ? 'sandbox (the outside world)' : program,
        perLetter(seconds),
        busy(seconds),
        `${((seconds / spent) * 100).toFixed(0)} %`
      ])
    ])
  ]
  if (profile) lines.push('', ...profileLines(profile))
  return lines.join('\n')
}

function profileLines({ byCategory }: ProfileSums): string[] {
  const busy = CATEGORIES.filter(category => category !== 'idle')
  const all = sum(busy.map(category => byCategory[category]))
  const sorted = [...busy].sort((a, b) => byCategory[b] - byCategory[a])
  return [
    table([
      ["the gateway's main thread, start and warm-up included", 'busy time', 'share'],
      ...sorted.map(category => [
        category,
        `${(byCategory[category] / 1000).toFixed(1)} s`,
        `${((byCategory[category] / all) * 100).toFixed(0)} %`
      ])
    ])
  ]
}

function sum(numbers: number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}

function pair({ p50, p95 }: Shares): string {
  return `${(p50 / 1000).toFixed(2)} s / ${(p95 / 1000).toFixed(2)} s`
}

function percent(part: number, whole: number): string {
  return ((part / whole) * 100).toFixed(2)
}

function table(rows: string[][]): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map(row => row[column]!.length)))
  const line = (row: string[]) => `| ${row.map((cell, n) => pad(cell, widths[n]!, n > 0)).join(' | ')} |`
  const rule = `| ${widths.map((width, n) => '-'.repeat(width - (n > 0 ? 1 : 0)) + (n > 0 ? ':' : '')).join(' | ')} |`
  return [line(rows[0]!), rule, ...rows.slice(1).map(line)].join('\n')
}

function pad(cell: string, width: number, right: boolean): string {
  return right ? cell.padStart(width) : cell.padEnd(width)
}
