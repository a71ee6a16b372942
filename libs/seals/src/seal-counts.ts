import type { SealFormat } from '#sealing'

/** Seals since the start of this process, by format and outcome: for metrics, so without names, digests and tenants. */
export class SealCounts {
  private readonly counts = new Map<string, { format: string; outcome: string; count: number }>()

  /** @param format `none` where a document was refused before its format was known @param outcome `made`, or the code of a problem */
  add(format: SealFormat | 'none', outcome: string): void {
    const key = `${format} ${outcome}`
    const known = this.counts.get(key)
    if (known) known.count++
    else this.counts.set(key, { format, outcome, count: 1 })
  }

  /** All of them. */
  all(): readonly { readonly format: string; readonly outcome: string; readonly count: number }[] {
    return [...this.counts.values()]
  }
}
