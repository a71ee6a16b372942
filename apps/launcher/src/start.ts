import { startSystem } from './system.js'

const port = (name: string, preset: number) => Number(process.env[name] ?? preset)

const system = await startSystem({
  dir: process.env['GONIEC_DATA_DIR'] ?? '.goniec/start',
  gatewayPort: port('GONIEC_PORT', 4000),
  sandboxPort: port('SANDBOX_PORT', 4010),
  onLine: (program, line) => console.log(`${program.padEnd(7)} | ${line}`)
})

console.log(`
Goniec is running.

  API               ${system.gateway.url}/v1/letters   (process ${system.gateway.pid})
  API page          ${system.gateway.url}/docs         OpenAPI: ${system.gateway.url}/openapi.json
  Health, metrics   ${system.gateway.url}/readyz       ${system.gateway.url}/metrics
  Sandbox           ${system.sandbox.url}/             scenarios, clock, ledger

Demo credentials (header "Authorization: Bearer <key>"):
${system.callers.map(caller => `  ${caller.label.padEnd(34)} ${caller.key}`).join('\n')}

Ctrl-C stops everything. If the gateway is killed, it is started again.
`)

let stopping = false
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => {
    stopping = true
    void system.stop().then(() => process.exit(0))
  })

for (;;) {
  const how = await system.gateway.ended
  if (stopping) break
  console.log(`gateway | ended (${String(how)}), starting it again`)
  await system.restartGateway()
  console.log(`gateway | listens again at ${system.gateway.url} (process ${system.gateway.pid})`)
}
