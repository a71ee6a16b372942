/** What a multipart body consists of, in order: a part begins, brings bytes, ends. */
export type MultipartEvent =
  | { kind: 'part'; name: string; filename: string | undefined; contentType: string | undefined }
  | { kind: 'bytes'; bytes: Buffer }
  | { kind: 'end' }

/** The body is not a complete multipart/form-data body (RFC 7578). */
export class MalformedMultipart extends Error {}

const HEADERS_LIMIT = 16 * 1024

/** The boundary named in a Content-Type header, or undefined when it is not that of a form. */
export function boundaryOf(contentType: string | undefined): string | undefined {
  if (!/^multipart\/form-data\s*;/i.test(contentType ?? '')) return undefined
  const match = /;\s*boundary=(?:"([^"]{1,70})"|([^\s;"]{1,70}))/i.exec(contentType ?? '')
  return match?.[1] ?? match?.[2]
}

/**
 * Reads a form while it arrives; holds no more than one chunk and one boundary in memory.
 *
 * @throws MalformedMultipart when the body breaks off or is no form
 */
export async function* readMultipart(body: AsyncIterable<Buffer>, boundary: string): AsyncGenerator<MultipartEvent> {
  const delimiter = Buffer.from(`\r\n--${boundary}`)
  // The very first delimiter stands at the start of the body, without the line end that all others have.
  let held: Buffer = Buffer.from('\r\n')
  let state: 'preamble' | 'delimiter' | 'headers' | 'content' | 'done' = 'preamble'
  for await (const chunk of body) {
    if (state === 'done') continue
    held = Buffer.concat([held, chunk])
    for (;;) {
      if (state === 'preamble' || state === 'content') {
        const end = held.indexOf(delimiter)
        const known = end >= 0 ? end : Math.max(0, held.length - delimiter.length)
        if (state === 'content' && known > 0) yield { kind: 'bytes', bytes: held.subarray(0, known) }
        held = held.subarray(end >= 0 ? end + delimiter.length : known)
        if (end < 0) break
        if (state === 'content') yield { kind: 'end' }
        state = 'delimiter'
      } else if (state === 'delimiter') {
        if (held.length < 2) break
        const next = held.toString('latin1', 0, 2)
        if (next !== '--' && next !== '\r\n') throw new MalformedMultipart('no line end after a boundary')
        state = next === '--' ? 'done' : 'headers'
      } else if (state === 'headers') {
        const end = held.indexOf('\r\n\r\n')
        if (end < 0 && held.length > HEADERS_LIMIT) throw new MalformedMultipart('headers of a part are too long')
        if (end < 0) break
        yield partFrom(held.toString('utf8', 0, end))
        held = held.subarray(end + 4)
        // An empty part's closing delimiter begins with the line end that closed its headers.
        if (held.length === 0 || held.indexOf(delimiter.subarray(2)) !== 0) state = 'content'
        else {
          yield { kind: 'end' }
          held = held.subarray(delimiter.length - 2)
          state = 'delimiter'
        }
      } else break
    }
  }
  if (state !== 'done') throw new MalformedMultipart('the body breaks off')
}

function partFrom(headers: string): MultipartEvent {
  const disposition = /^content-disposition:\s*form-data\s*;(.*)$/im.exec(headers)?.[1] ?? ''
  const parameter = (name: string) =>
    new RegExp(`(?:^|;)\\s*${name}="((?:[^"\\\\]|\\\\.)*)"`, 'i').exec(disposition)?.[1]
  const name = parameter('name')
  if (name === undefined) throw new MalformedMultipart('a part has no name')
  const contentType = /^content-type:\s*(.*?)\s*$/im.exec(headers)?.[1]
  return { kind: 'part', name, filename: parameter('filename'), contentType }
}
