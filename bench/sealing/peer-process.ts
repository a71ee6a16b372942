import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Contestant } from './race.js'

const judges = join('node_modules', '.cache', 'goniec-judges')
const python = join(judges, 'py', 'bin', 'python')
const dss = join(judges, 'dss', 'lib')
const sources = join('bench', 'sealing', 'peers')

/** Another product in a process of its own, told over a pipe what to do and for how long. */
export class PeerProcess {
  private constructor(
    readonly name: string,
    private readonly child: ChildProcessWithoutNullStreams,
    private readonly lines: AsyncIterator<string>,
    private readonly lastWords: () => string
  ) {}

  /** The peers that are installed (see `.ci`). `dir` holds the files and keys that they work on. */
  static start(dir: string): PeerProcess[] {
    return [
      ...(existsSync(python) ? [PeerProcess.of('pyHanko', python, [join(sources, 'pyhanko_peer.py'), dir])] : []),
      ...(existsSync(dss)
        ? [PeerProcess.of('EU DSS', 'java', ['-Xmx1g', '-cp', join(dss, '*'), join(sources, 'DssPeer.java'), dir])]
        : [])
    ]
  }

  private static of(name: string, command: string, args: readonly string[]): PeerProcess {
    const child = spawn(command, args)
    let errors = ''
    child.stderr.on('data', (chunk: Buffer) => (errors = (errors + chunk.toString()).slice(-2000)))
    child.on('error', error => (errors += error.message))
    return new PeerProcess(name, child, createInterface({ input: child.stdout })[Symbol.asyncIterator](), () => errors)
  }

  /** Its speed at one kind of work. */
  doing(work: string): Contestant['run'] {
    return async ms => {
      this.child.stdin.write(`${work}\t${Math.round(ms)}\n`)
      const { value, done } = await this.lines.next()
      if (done) throw new Error(`${this.name} is gone: ${this.lastWords()}`)
      const [times, took] = value.split('\t')
      if (times === 'error') throw new Error(`${this.name}: ${took}`)
      return { times: Number(times), ms: Number(took) }
    }
  }

  stop(): void {
    this.child.stdin.end()
    this.child.kill()
  }
}
