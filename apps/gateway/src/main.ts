import { setFlagsFromString } from 'node:v8'
import { ConfigurationError, Unavailable } from '#platform'
import { startGateway } from './gateway.js'

// Documents come and go, and V8 counts their memory, though it is outside of the heap. It may be three times what is in use
// before V8 goes through all of it: otherwise it does so every second under load. A V8 that does not know the flag says so.
setFlagsFromString('--heap-growing-percent=200')

try {
  const gateway = await startGateway(process.env)
  // one line that a program can read: the launcher waits for it
  console.log(JSON.stringify({ gateway: 'listening', url: gateway.url }))
  const stop = () => void gateway.close().then(() => process.exit(0))
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, stop)
  // whoever launched us holds the other end
  if (process.env['STOP_WITH_STDIN']) process.stdin.resume().once('end', stop)
} catch (error) {
  // a remote key, say, that does not answer: whoever restarts us may try again
  if (error instanceof Unavailable) process.exitCode = 75
  else if (error instanceof ConfigurationError) process.exitCode = 78
  else throw error
  console.error(error.message)
}
