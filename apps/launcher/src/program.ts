import { spawn, type ChildProcess } from 'node:child_process'
import { createInterface } from 'node:readline'

/**
 * A small nursery of the heap: documents are outside of it, but their handles are inside, and a nursery that fills slowly
 * lets them pile up until V8 goes through the whole heap. It halves the processor time of a seal over HTTP.
 */
const NODE_OPTIONS = ['--max-semi-space-size=8', '--disable-warning=ExperimentalWarning']

/** How long a program may take until it says that it listens. */
const START_MS = 60_000

/** A program of ours that runs beside the launcher. */
export interface Program {
  readonly url: string
  readonly pid: number
  /** Ends with the program: exit code, or the signal that killed it. */
  readonly ended: Promise<number | NodeJS.Signals | null>
  /** Asks it to stop, and waits. */
  stop(): Promise<void>
}

/**
 * Starts a compiled program and waits until it prints, in one line of JSON, that it listens.
 * @param onLine is given every other line that it prints
 */
export async function startProgram(
  file: string,
  says: string,
  env: NodeJS.ProcessEnv,
  onLine: (line: string) => void
): Promise<Program> {
  // a process group of its own: Ctrl-C reaches the launcher alone, which stops everything in the right order
  const child = spawn(process.execPath, [...NODE_OPTIONS, file], {
    // the pipe on its standard input closes however we end: the program then stops too, and nothing is left behind
    env: { ...process.env, ...env, STOP_WITH_STDIN: '1' },
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true
  })
  const killed = () => child.exitCode === null && child.signalCode === null && process.kill(child.pid!, 'SIGTERM')
  process.once('exit', killed)
  const ended = new Promise<number | NodeJS.Signals | null>(resolve =>
    child.once('exit', (code, signal) => {
      process.off('exit', killed)
      resolve(signal ?? code)
    })
  )
  const url = await listening(child, says, ended, onLine)
  return {
    url,
    pid: child.pid!,
    ended,
    stop: async () => {
      child.kill('SIGTERM')
      await ended
    }
  }
}

function listening(
  child: ChildProcess,
  says: string,
  ended: Promise<unknown>,
  onLine: (line: string) => void
): Promise<string> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`${says} did not start in time`)), START_MS)
    const last: string[] = []
    const take = (line: string) => {
      const url = urlIn(line, says)
      if (url) {
        clearTimeout(timer)
        resolve(url)
      } else {
        last.push(line)
        if (last.length > 20) last.shift()
        onLine(line)
      }
    }
    for (const stream of [child.stdout!, child.stderr!]) createInterface({ input: stream }).on('line', take)
    void ended.then(how => {
      clearTimeout(timer)
      reject(new Error(`${says} ended (${String(how)}) before it listened:\n${last.join('\n')}`))
    })
  })
}

function urlIn(line: string, says: string): string | undefined {
  if (!line.startsWith(`{"${says}":"listening"`)) return undefined
  return (JSON.parse(line) as { url: string }).url
}
