import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { PipedJudge } from './piped-judge.js'

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

/** EU DSS in a process of its own (Judge.java). */
export class DssJudge {
  private readonly judge = new PipedJudge('EU DSS', 'java', [
    '-cp',
    `${join(home, 'classes')}:${join(home, 'lib', '*')}`,
    'Judge'
  ])

  /** @param anchors files with trusted certificates, one in each */
  async trust(...anchors: string[]): Promise<void> {
    await this.judge.ask('trust', ...anchors)
  }

  /** One verdict per signature, in the order of the file. */
  async validate(file: string, ...originals: string[]): Promise<DssVerdict[]> {
    const answers = await this.judge.ask('validate', file, ...originals)
    return answers.map(([, , indication, subIndication, level, messages]) => ({
      indication: indication!,
      subIndication: subIndication!,
      level: level!,
      messages: messages ?? ''
    }))
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
    await this.judge.ask('sign', kind, level, input, output, key.file, key.password, tsaUrl ?? '-')
  }

  /** Has DSS raise `input` into `output`; at B-LTA by another archive time stamp. `originals` are what it signs beside it. */
  async extend(
    kind: string,
    level: string,
    input: string,
    output: string,
    tsaUrl: string,
    ...originals: string[]
  ): Promise<void> {
    await this.judge.ask('extend', kind, level, input, output, tsaUrl, ...originals)
  }

  stop(): Promise<void> {
    return this.judge.stop()
  }
}
