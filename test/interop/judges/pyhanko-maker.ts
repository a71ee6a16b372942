import { PipedJudge } from './piped-judge.js'
import { python } from './pyhanko-judge.js'

/** pyHanko as one who signs, in a process of its own (pyhanko_maker.py). */
export class PyhankoMaker {
  private readonly maker = new PipedJudge('pyHanko', python, ['test/interop/judges/pyhanko_maker.py'])

  /** @param anchors PEM files */
  async trust(...anchors: string[]): Promise<void> {
    await this.maker.ask('trust', ...anchors)
  }

  /** Signs `input` into `output`. @param kind see pyhanko_maker.py */
  async sign(
    kind: string,
    input: string,
    output: string,
    key: { readonly file: string; readonly password: string },
    tsaUrl: string,
    field = 'Signature'
  ): Promise<void> {
    await this.maker.ask('sign', kind, input, output, key.file, key.password, tsaUrl, field)
  }

  /** Adds a document time stamp, and before it validation material for the last one. */
  async stamp(input: string, output: string, tsaUrl: string): Promise<void> {
    await this.maker.ask('stamp', input, output, tsaUrl)
  }

  stop(): Promise<void> {
    return this.maker.stop()
  }
}
