import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

/** Another program's validator, asked over a pipe: a line of words out, lines back until one says `end`. */
export class PipedJudge {
  private readonly child: ChildProcessWithoutNullStreams
  private readonly lines: AsyncIterator<string>

  constructor(
    private readonly name: string,
    command: string,
    args: readonly string[]
  ) {
    this.child = spawn(command, args)
    // what a judge says on standard error is noise of its libraries; it must not fill the pipe
    this.child.stderr.resume()
    this.lines = createInterface({ input: this.child.stdout })[Symbol.asyncIterator]()
  }

  /** @returns the answer, each line as its fields @throws Error with the judge's words when it could not judge */
  async ask(...words: string[]): Promise<string[][]> {
    this.child.stdin.write(`${words.join('\t')}\n`)
    const answers: string[][] = []
    for (;;) {
      const { value, done } = await this.lines.next()
      if (done) throw new Error(`${this.name} is gone`)
      if (value === 'end') break
      answers.push(value.split('\t'))
    }
    const error = answers.find(([kind]) => kind === 'error')
    if (error) throw new Error(`${this.name}: ${error.slice(1).join(' ')}`)
    return answers
  }

  async stop(): Promise<void> {
    this.child.stdin.end()
    await new Promise(done => this.child.once('exit', done))
  }
}
