import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

const home = join('node_modules', '.cache', 'goniec-judges', 'dss')

/** Whether EU DSS was installed (.ci/install-judges). */
export const hasDss = existsSync(join(home, 'classes', 'Judge.class'))

/** What EU DSS says of one signature. */
export interface DssVerdict {
  readonly indication: string
  readonly subIndication: string
  /** `PAdES-BASELINE-LTA` and so on. */
  readonly level: string
  readonly messages: string
}

/** EU DSS in a process of its own, asked over a pipe (Judge.java). */
export class DssJudge {
  private constructor(
    private readonly child: ChildProcessWithoutNullStreams,
    private readonly lines: AsyncIterator<string>
  ) {}

  /** @param anchors files with trusted certificates, one in each */
  static async start(anchors: readonly string[]): Promise<DssJudge> {
    const child = spawn('java', ['-cp', `${join(home, 'classes')}:${join(home, 'lib', '*')}`, 'Judge'])
    const judge = new DssJudge(child, createInterface({ input: child.stdout })[Symbol.asyncIterator]())
    if (anchors.length > 0) await judge.ask('trust', ...anchors)
    return judge
  }

  /** One verdict per signature, in the order of the file. */
  async validate(file: string, ...originals: string[]): Promise<DssVerdict[]> {
    const answers = await this.ask('validate', file, ...originals)
    return answers.map(answer => {
      const [, , indication, subIndication, level, messages] = answer.split('\t')
      return { indication: indication!, subIndication: subIndication!, level: level!, messages: messages ?? '' }
    })
  }

  /** Has DSS sign `input` into `output`. @param kind see Judge.java */
  async sign(
    kind: string,
    level: string,
    input: string,
    output: string,
    key: { file: string; password: string },
    tsaUrl?: string
  ): Promise<void> {
    await this.ask('sign', kind, level, input, output, key.file, key.password, tsaUrl ?? '-')
  }

  async stop(): Promise<void> {
    this.child.stdin.end()
    await new Promise(done => this.child.once('exit', done))
  }

  private async ask(...words: string[]): Promise<string[]> {
    this.child.stdin.write(`${words.join('\t')}\n`)
    const answers: string[] = []
    for (;;) {
      const { value, done } = await this.lines.next()
      if (done) throw new Error('EU DSS is gone')
      if (value === 'end') return answers
      if (value.startsWith('error\t')) throw new Error(`EU DSS: ${value.slice(6)}`)
      answers.push(value)
    }
  }
}
