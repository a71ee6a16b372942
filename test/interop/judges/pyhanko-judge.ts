import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { PipedJudge } from './piped-judge.js'

/** The Python that has pyHanko. */
export const python = join('node_modules', '.cache', 'goniec-judges', 'py', 'bin', 'python')

/** Whether pyHanko was installed (.ci/install-judges). */
export const hasPyhanko = existsSync(python)

/** What pyHanko says of one signature. */
export interface PyhankoVerdict {
  readonly status: 'PASSED' | 'NOT PASSED'
  readonly why: string
  readonly intact: boolean
  readonly coverage: string
  readonly changes: string
}

/** pyHanko in a process of its own (pyhanko_judge.py). */
export class PyhankoJudge {
  private readonly judge = new PipedJudge('pyHanko', python, ['test/interop/judges/pyhanko_judge.py'])

  /** @param anchors PEM files */
  async trust(...anchors: string[]): Promise<void> {
    await this.judge.ask('trust', ...anchors)
  }

  /** @param level B-LT and B-LTA are judged by what the file holds alone; below, revocation is fetched */
  async validate(file: string, level: 'B-B' | 'B-T' | 'B-LT' | 'B-LTA'): Promise<PyhankoVerdict[]> {
    const answers = await this.judge.ask('validate', file, level)
    return answers.map(([, status, why, intact, coverage, changes]) => ({
      status: status as PyhankoVerdict['status'],
      why: why!,
      intact: intact === 'True',
      coverage: coverage!,
      changes: changes!
    }))
  }

  stop(): Promise<void> {
    return this.judge.stop()
  }
}
