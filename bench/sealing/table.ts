/** A promise of the bench and whether it was kept. */
export interface Target {
  readonly text: string
  readonly met: boolean
}

/** One line of the result. */
export interface Row {
  readonly what: string
  /** The figures, ready to be read: `best` of all rounds or runs, and their median. */
  readonly best: number
  readonly median: number
  readonly unit: string
  /** Part of the raw key operation in the same rounds. */
  readonly ofRaw?: number
  readonly target?: Target
  /** What else must be known to understand it. */
  readonly note?: string
}

/** The same work by Goniec and by others, per second; undefined: not there, or it cannot do it. */
export interface PeerRow {
  readonly what: string
  readonly speeds: Readonly<Record<string, number | undefined>>
}

/** The results for people, in Markdown. */
export function figuresTable(rows: readonly Row[]): string {
  return table([
    ['what', 'best', 'median', 'of the raw key operation', 'target', 'met'],
    ...rows.map(({ what, best, median, unit, ofRaw, target, note }) => [
      note ? `${what} (${note})` : what,
      `${figure(best)} ${unit}`,
      `${figure(median)} ${unit}`,
      ofRaw === undefined ? '' : `${(ofRaw * 100).toFixed(1)} %`,
      target?.text ?? '',
      target ? (target.met ? 'yes' : 'NO') : ''
    ])
  ])
}

/** Peers side by side, medians per second. */
export function peersTable(rows: readonly PeerRow[]): string {
  const names = [...new Set(rows.flatMap(({ speeds }) => Object.keys(speeds)))]
  return table([
    ['the same files, one thread', ...names],
    ...rows.map(({ what, speeds }) => [
      what,
      ...names.map(name => (speeds[name] === undefined ? '–' : figure(speeds[name])))
    ])
  ])
}

const figure = (value: number): string =>
  value >= 100 ? Math.round(value).toLocaleString('en-US') : value.toFixed(value >= 10 ? 1 : 2)

function table(rows: string[][]): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map(row => row[column]!.length)))
  const line = (row: string[]) =>
    `| ${row.map((cell, n) => (n > 0 ? cell.padStart(widths[n]!) : cell.padEnd(widths[n]!))).join(' | ')} |`
  const rule = `| ${widths.map((width, n) => '-'.repeat(width - (n > 0 ? 1 : 0)) + (n > 0 ? ':' : '')).join(' | ')} |`
  return [line(rows[0]!), rule, ...rows.slice(1).map(line)].join('\n')
}
