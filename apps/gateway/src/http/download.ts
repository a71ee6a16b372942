import { Readable } from 'node:stream'
import { StreamableFile } from '@nestjs/common'
import type { FastifyReply } from 'fastify'
import type { Download } from '#dispatch'
import { attachment } from './content-disposition.js'
import { contentDigest } from './content-digest.js'

/**
 * Hands bytes out exactly as they are kept. The first piece is fetched before the answer begins, so that a store that
 * is away still ends in a proper problem; if it fails later the connection breaks, which a client sees by the length.
 * What the bytes are was said by a stranger, so a browser may neither guess nor run them.
 */
export async function handOut(download: Download, reply: FastifyReply): Promise<StreamableFile> {
  const body = await readableOf(download.bytes)
  reply.headers({
    'Content-Digest': contentDigest(download.sha256),
    'Content-Security-Policy': "default-src 'none'; sandbox",
    'X-Content-Type-Options': 'nosniff'
  })
  return new StreamableFile(body, {
    type: download.mediaType,
    disposition: attachment(download.fileName),
    length: download.size
  })
}

/** A stream over `bytes` whose first piece is already there; closes the source when the reader goes away. */
async function readableOf(bytes: AsyncIterable<Buffer>): Promise<Readable> {
  const source = bytes[Symbol.asyncIterator]()
  let next: Promise<IteratorResult<Buffer>> | undefined = Promise.resolve(await source.next())
  return new Readable({
    read() {
      const piece = next ?? source.next()
      next = undefined
      piece.then(
        ({ done, value }) => this.push(done ? null : value),
        (error: Error) => this.destroy(error)
      )
    },
    destroy(error, callback) {
      const closed = source.return?.() ?? Promise.resolve()
      closed.then(
        () => callback(error),
        () => callback(error)
      )
    }
  })
}
