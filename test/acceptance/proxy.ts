import { createServer, request as forward, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** One request and its answer, as they passed by. */
export interface Exchange {
  method: string
  /** Path without the query. */
  path: string
  query: URLSearchParams
  requestType: string
  request: Buffer
  status: number
  responseType: string
  response: Buffer
}

/** A proxy that stands between the gateway and one service of the world. */
export interface Proxy {
  /** Base URL for the gateway. */
  url: string
  exchanges: Exchange[]
  /**
   * Lets answers be something else than the service gave: called when the service has done its work.
   * @returns status to answer instead, or undefined to pass the answer on
   */
  instead: (exchange: Exchange) => number | undefined
  close(): Promise<void>
}

/** Starts a proxy that passes everything on to `target`, byte for byte, and keeps what it saw. */
export async function startProxy(target: string): Promise<Proxy> {
  const exchanges: Exchange[] = []
  const base = new URL(target)
  const pass = async (incoming: IncomingMessage, outgoing: ServerResponse) => {
    const request = await readAll(incoming)
    const url = new URL(incoming.url!, base)
    const answer = await new Promise<IncomingMessage>((resolve, reject) =>
      forward(url, { method: incoming.method, headers: { ...incoming.headers, host: base.host } }, resolve)
        .on('error', reject)
        .end(request)
    )
    const response = await readAll(answer)
    const exchange: Exchange = {
      method: incoming.method!,
      path: url.pathname,
      query: url.searchParams,
      requestType: incoming.headers['content-type'] ?? '',
      request,
      status: answer.statusCode!,
      responseType: answer.headers['content-type'] ?? '',
      response
    }
    exchanges.push(exchange)
    const other = proxy.instead(exchange)
    if (other !== undefined) outgoing.writeHead(other).end()
    else outgoing.writeHead(answer.statusCode!, answer.headers).end(response)
  }
  const server = createServer((incoming, outgoing) => {
    // what breaks on the way breaks for the caller too
    pass(incoming, outgoing).catch(() => incoming.socket.destroy())
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const proxy: Proxy = {
    url: `http://127.0.0.1:${port}${base.pathname}`,
    exchanges,
    instead: () => undefined,
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve())
        server.closeAllConnections()
      })
  }
  return proxy
}

async function readAll(stream: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of stream) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}
