import { ConfigurationError, Unavailable } from '#platform'
import { startGateway } from './gateway.js'

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
