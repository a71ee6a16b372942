import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { FastifyInstance } from 'fastify'

/** How long answers under way may take to end once the server is told to stop, in milliseconds. */
const GRACE = 10_000

/**
 * Lets the server stop in good time: answers under way are ended, everything else is closed at once. Node itself waits
 * for connections on which no request was ever sent (browsers open them on suspicion) until their headers time out.
 */
export function endConnectionsOnClose(fastify: FastifyInstance, grace = GRACE): void {
  const underWay = new Map<Socket, number>()
  let closing = false
  fastify.server.on('connection', (socket: Socket) => {
    if (closing) socket.destroy()
    else underWay.set(socket, 0)
    socket.once('close', () => underWay.delete(socket))
  })
  fastify.server.on('request', ({ socket }: IncomingMessage, response: ServerResponse) => {
    const change = (by: number) => {
      const count = underWay.get(socket)
      if (count === undefined) return
      underWay.set(socket, count + by)
      if (closing && count + by === 0) socket.destroySoon()
    }
    change(1)
    response.once('close', () => change(-1))
  })
  fastify.addHook('preClose', async () => {
    closing = true
    for (const [socket, count] of underWay) if (count === 0) socket.destroy()
    setTimeout(() => fastify.server.closeAllConnections(), grace).unref()
  })
}
