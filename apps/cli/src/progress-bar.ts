/** A progress bar on a terminal; silent anywhere else. */
export class ProgressBar {
  private done = 0

  constructor(
    private readonly total: number,
    private readonly out: NodeJS.WriteStream = process.stderr
  ) {
    this.draw()
  }

  /** One more is done. */
  step(): void {
    this.done++
    this.draw()
  }

  /** Leaves the line. */
  end(): void {
    if (this.out.isTTY) this.out.write('\n')
  }

  private draw(): void {
    if (!this.out.isTTY) return
    const width = 30
    const full = this.total === 0 ? width : Math.round((width * this.done) / this.total)
    this.out.write(`\r[${'#'.repeat(full)}${'-'.repeat(width - full)}] ${this.done}/${this.total}`)
  }
}
