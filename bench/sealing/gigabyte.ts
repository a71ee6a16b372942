import { closeSync, ftruncateSync, openSync, readFileSync, writeFileSync, writeSync } from 'node:fs'
import { FileSource } from '#sealing/plain'
import { alone, engineOf, type KeyName, pdfs, style } from './subjects.js'

// A process of its own that seals one very long file and says what that took (Linux only). Arguments: key, PKCS#12 file,
// file to make.

/** What it prints, as JSON. */
export interface GigabyteResult {
  readonly baseMb: number
  /** Most memory in use at any time until the seal was made and written. */
  readonly peakMb: number
  readonly seconds: number
  readonly sizeMb: number
}

const megabyte = 1024 * 1024
const size = 1024 * megabyte

const [key, pkcs12File, file] = process.argv.slice(2) as [KeyName, string, string]
const engine = engineOf([{ name: key, pkcs12: readFileSync(pkcs12File) }])
// small ones first: what all sealing needs is the base
for (const documents of alone(pdfs(50, 100_000))) await engine.seal([{ id: '1', documents }], style(key))

const descriptor = openSync(file, 'wx+', 0o600)
writeLongPdf(descriptor)
// from here on the kernel counts the most anew; what the parent needed before is in `maxRSS` and must not be
writeFileSync('/proc/self/clear_refs', '5')
const baseMb = process.memoryUsage.rss() / megabyte
const begun = performance.now()
const source = new FileSource(descriptor)
const document = { fileName: 'long.pdf', mediaType: 'application/pdf', source }
const [outcome] = await engine.seal([{ id: '1', documents: [document] }], style(key))
if (!outcome?.ok) throw new Error(`not sealed: ${outcome?.problem.code}`)
const sealed = outcome.sealed.source
writeSync(descriptor, sealed.read(size, sealed.size - size), 0, sealed.size - size, size)
const seconds = (performance.now() - begun) / 1000
const peakMb = Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))![1]) / 1024
closeSync(descriptor)
console.log(JSON.stringify({ baseMb, peakMb, seconds, sizeMb: size / megabyte } satisfies GigabyteResult))

/** A PDF of exactly `size` bytes, most of them a hole in the file. */
function writeLongPdf(into: number): void {
  const objects = [
    '<< /Type /Catalog /Pages 2 0 R >>',
    '<< /Type /Pages /Kids [3 0 R] /Count 1 >>',
    '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << >> >>'
  ]
  let head = '%PDF-1.7\n'
  const offsets = objects.map((object, i) => {
    const at = head.length
    head += `${i + 1} 0 obj\n${object}\nendobj\n`
    return at
  })
  offsets.push(head.length)
  const tailOf = (at: number): string =>
    `\nendstream\nendobj\nxref\n0 5\n0000000000 65535 f \n` +
    offsets.map(offset => `${String(offset).padStart(10, '0')} 00000 n \n`).join('') +
    `trailer\n<< /Size 5 /Root 1 0 R >>\nstartxref\n${at}\n%%EOF\n`
  const before = '\nendstream\nendobj\n'.length
  // a number of ten digits in both places, so that lengths are known beforehand
  const stream = (length: number): string => `4 0 obj\n<< /Length ${String(length).padStart(10, '0')} >>\nstream\n`
  const dataAt = head.length + stream(0).length
  const length = size - dataAt - tailOf(1_000_000_000).length
  writeSync(into, head + stream(length))
  ftruncateSync(into, size)
  writeSync(into, tailOf(dataAt + length + before), dataAt + length)
}
