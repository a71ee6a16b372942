import { spawnSync } from 'node:child_process'
import { buffer } from 'node:stream/consumers'
import type { Caller } from '#access'
import { Refused } from '#platform'
import type { BatchView, ReadBatches, SealedDownload } from '#seals'
import { itWith, python3, unzip, Workbench } from '../../../../test/interop/sealing/tools.js'
import { zipOf } from './zip-download.js'

const caller: Caller = { tenantId: 't', id: 'key:1', roles: ['sender'], person: false }

/** A batch of `count` documents; those whose bytes fail say so in the middle. */
class Batches {
  finishedAt: string | null = '2026-11-22T12:00:00.000Z'
  read = 0
  failsAt = -1

  constructor(private readonly count: number) {}

  async batch(): Promise<Partial<BatchView>> {
    return { total: this.count, finishedAt: this.finishedAt }
  }

  async sealed(_caller: Caller, _id: string, after: number, limit: number): Promise<SealedDownload[]> {
    const positions = Array.from({ length: Math.min(limit, this.count - after - 1) }, (_, i) => after + 1 + i)
    return positions.map(position => ({
      position,
      fileName: 'ta sama żółta nazwa.txt',
      mediaType: 'text/plain',
      size: 0,
      sha256: Buffer.alloc(32),
      bytes: this.bytes(position)
    }))
  }

  private async *bytes(position: number): AsyncGenerator<Buffer> {
    this.read++
    yield Buffer.alloc(100_000, String(position))
    if (position === this.failsAt) throw new Error('the store is away')
  }

  get zip() {
    return zipOf(this as unknown as ReadBatches, caller, 'batch')
  }
}

describe('a batch as one ZIP', () => {
  it('is always the same', async () => {
    const [one, other] = [await buffer(await new Batches(450).zip), await buffer(await new Batches(450).zip)]
    expect(one.equals(other)).toBe(true)
  })

  describe('as others read it', () => {
    const bench = new Workbench()
    let file: string

    beforeAll(async () => {
      file = bench.put('a.zip', await buffer(await new Batches(450).zip))
    })

    afterAll(() => bench.clear())

    itWith(python3)('holds every document under a name of its own, in order, over several pages', () => {
      const script = `import sys, zipfile
z = zipfile.ZipFile(sys.argv[1]); assert z.testzip() is None
names = z.namelist(); print(len(names), names[0], names[449], z.read(names[7])[:1].decode())`
      const said = Buffer.from(bench.run('python3', '-c', script, file), 'latin1').toString()
      expect(said.trim()).toBe('450 001-ta sama żółta nazwa.txt 450-ta sama żółta nazwa.txt 7')
    })

    itWith(unzip)('shows its Polish names', () => {
      const { stdout } = spawnSync('unzip', ['-l', file], { env: { ...process.env, LC_ALL: 'C.UTF-8' } })
      expect(stdout.toString()).toContain('001-ta sama żółta nazwa.txt\n')
    })
  })

  it('is not begun before the batch is done', async () => {
    const batches = new Batches(1)
    batches.finishedAt = null
    await expect(batches.zip).rejects.toMatchObject({ type: { code: 'seals/batch-not-finished' } })
    await expect(batches.zip).rejects.toBeInstanceOf(Refused)
  })

  it('breaks off when a document cannot be read, so that nobody takes a part for the whole', async () => {
    const batches = new Batches(10)
    batches.failsAt = 4
    await expect(buffer(await batches.zip)).rejects.toThrow('the store is away')
    expect(batches.read).toBe(5)
  })

  it('reads no further when the reader has left', async () => {
    const batches = new Batches(1000)
    const zip = await batches.zip
    await new Promise<void>(resolve => zip.once('readable', () => resolve()))
    zip.destroy()
    const closed = new Promise<void>(resolve => zip.once('close', () => resolve()))
    await closed
    const { read } = batches
    await new Promise(resolve => setImmediate(resolve))
    expect([read < 20, batches.read - read <= 1]).toEqual([true, true])
  })
})
