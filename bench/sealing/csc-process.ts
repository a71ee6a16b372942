import { TestCsc } from '../../libs/sealing/test/test-csc.js'
import { makeSealer } from '../../libs/sealing/test/test-authority.js'

// A remote signing service in a process of its own, whose every answer takes as long as the argument says.

/** What it tells its parent when it listens. */
export interface CscProcessReady {
  readonly url: string
  readonly fingerprint: string
}

const { institution, authority } = await makeSealer()
const service = await new TestCsc({
  api: 'v1',
  signer: institution,
  chain: [authority],
  latencyMs: Number(process.argv[2])
}).start()
// what it notes for tests would grow without end here
setInterval(() => service.calls.splice(0), 1000)
process.on('disconnect', () => process.exit())
process.send!({ url: service.url, fingerprint: service.fingerprint } satisfies CscProcessReady)
