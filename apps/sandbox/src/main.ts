import { createSandbox } from './sandbox.js'

// Ready or not is said in one line that a program can read: the launcher waits for it.
const {
  SANDBOX_PORT = '4010',
  SANDBOX_HOST,
  SANDBOX_DIR = '.goniec/sandbox',
  SANDBOX_PKI_DIR,
  SANDBOX_URL
} = process.env

// A demonstration shows what a remote seal costs; tests start the sandbox by themselves and need not wait.
process.env['SANDBOX_CSC_LATENCY_MS'] ??= '40'

const sandbox = await createSandbox({
  port: Number(SANDBOX_PORT),
  dir: SANDBOX_DIR,
  ...(SANDBOX_HOST ? { host: SANDBOX_HOST } : {}),
  ...(SANDBOX_PKI_DIR ? { pkiDir: SANDBOX_PKI_DIR } : {}),
  ...(SANDBOX_URL ? { url: SANDBOX_URL } : {})
})
console.log(JSON.stringify({ sandbox: 'listening', url: sandbox.url }))

if (sandbox.pki.origin !== sandbox.url) {
  const told = `certificates name ${sandbox.pki.origin}: no OCSP, CRL or CA certificate is found there`
  console.error(JSON.stringify({ sandbox: 'warning', told, remedy: `use that address or remove ${sandbox.pki.dir}` }))
}

const stop = () => void sandbox.close().then(() => process.exit(0))
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, stop)
// whoever launched us holds the other end
if (process.env['STOP_WITH_STDIN']) process.stdin.resume().once('end', stop)
