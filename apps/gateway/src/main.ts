import { ConfigurationError } from '#platform'
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
  if (!(error instanceof ConfigurationError)) throw error
  console.error(error.message)
  process.exitCode = 78
}
