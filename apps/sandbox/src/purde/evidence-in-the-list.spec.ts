import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createSandbox, type Sandbox } from '../sandbox.js'
import { UaClient } from './test/ua-client.js'

const schema = join(resolve(process.env.GONIEC_SHARED ?? '../shared'), 'schemas/erds-evidence/erds.xsd')
const tools = ['xmlsec1', 'xmllint'].every(tool => {
  try {
    return execFileSync('which', [tool]).length > 0
  } catch {
    return false
  }
})
if (!tools) console.warn('skipped: xmlsec1 and xmllint are not both here')

describe('evidence as a client downloads it', () => {
  let dir: string
  let sandbox: Sandbox
  let client: UaClient

  beforeAll(async () => {
    process.env.SANDBOX_STEP_MS = '5'
    process.env.SANDBOX_PURDE_RATE = '1000'
    dir = mkdtempSync(join(tmpdir(), 'sandbox-list-'))
    sandbox = await createSandbox({ dir })
    client = new UaClient(sandbox)
  }, 60000)

  afterAll(async () => {
    await sandbox.close()
    rmSync(dir, { recursive: true, force: true })
  })

  /** Kinds of the evidence in the order of the list, each with the verdict of the independent tool. */
  const verdicts = async (messageId: string): Promise<[kind: string, verdict: boolean][]> => {
    const root = join(dir, 'providers.pem')
    writeFileSync(root, sandbox.pki.trustAnchorsPem().providers.join('\n'))
    const { evidences } = await client.message(messageId)
    const found: [string, boolean][] = []
    for (const { type, evidenceId } of evidences as { type: string; evidenceId: string }[]) {
      const path = join(dir, `${evidenceId}.xml`)
      writeFileSync(path, await client.evidenceBytes(evidenceId))
      if (!type.startsWith('BP.') && existsSync(schema)) {
        execFileSync('xmllint', ['--nonet', '--noout', '--schema', schema, path], { stdio: 'pipe' })
      }
      found.push([type, verifies(path, root)])
    }
    return found
  }

  const verifies = (path: string, root: string): boolean => {
    try {
      const args = ['--verify', '--trusted-pem', root, '--id-attr:Id', 'SignedProperties', path]
      execFileSync('xmlsec1', args, { stdio: 'pipe' })
      return true
    } catch {
      return false
    }
  }

  const itWithTools = tools ? it : it.skip

  itWithTools('verifies, whichever provider has sealed it', async () => {
    const id = await client.send('AE:PL-30000-40010-PRYWA-28')
    await client.waitFor(id, 'BP.OX')
    const found = await verdicts(id)
    expect(found.map(([kind]) => kind)).toEqual(['A.1', 'BP.WX', 'B.1', 'D.1', 'D.3', 'E.1', 'BP.OX'])
    expect(found.filter(([, verdict]) => !verdict)).toEqual([])
  })

  itWithTools('does not verify where it is forged', async () => {
    const id = await client.send('AE:PL-30000-40015-FALSZ-25')
    await client.waitFor(id, 'BP.OX')
    expect((await verdicts(id)).map(([, verdict]) => verdict)).toEqual([
      false,
      false,
      true,
      true,
      true,
      true,
      true,
      true
    ])
  })
})
