import type { HttpBody } from '#platform'

/** A file of a form, streamed. */
export interface FormFile {
  readonly field: string
  readonly fileName: string
  readonly mediaType: string
  /** Bytes. */
  readonly size: number
  readonly content: AsyncIterable<Buffer>
}

/**
 * A multipart/form-data body (RFC 7578) with text fields first and one file last, of known length, never held in
 * memory. `boundary` must not occur in the content: a fresh random id does.
 */
export function multipartBody(boundary: string, fields: Readonly<Record<string, string>>, file: FormFile): HttpBody {
  const part = (headers: string) => `--${boundary}\r\ncontent-disposition: form-data; ${headers}\r\n\r\n`
  const texts = Object.entries(fields).map(([name, value]) => `${part(`name="${quoted(name)}"`)}${value}\r\n`)
  const fileHeaders = `name="${quoted(file.field)}"; filename="${quoted(file.fileName)}"\r\ncontent-type: ${file.mediaType}`
  const head = Buffer.from(texts.join('') + part(fileHeaders))
  const tail = Buffer.from(`\r\n--${boundary}--\r\n`)
  async function* stream(): AsyncIterable<Buffer> {
    yield head
    yield* file.content
    yield tail
  }
  return {
    mediaType: `multipart/form-data; boundary=${boundary}`,
    length: head.length + file.size + tail.length,
    stream: stream()
  }
}

/** As browsers do (WHATWG HTML, multipart/form-data encoding algorithm). */
function quoted(name: string): string {
  return name.replaceAll('"', '%22').replaceAll('\r', '%0D').replaceAll('\n', '%0A')
}
