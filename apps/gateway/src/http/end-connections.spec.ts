import { once } from 'node:events'
import { connect, type AddressInfo } from 'node:net'
import { fastify } from 'fastify'
import { endConnectionsOnClose } from './end-connections.js'

describe('a server that is told to stop', () => {
  const start = async (grace: number) => {
    const server = fastify({ forceCloseConnections: 'idle' })
    endConnectionsOnClose(server, grace)
    let finish: () => void = () => undefined
    let arrived: () => void = () => undefined
    const running = new Promise<void>(resolve => (arrived = resolve))
    server.get('/slow', async () => {
      arrived()
      await new Promise<void>(resolve => (finish = resolve))
      return 'done'
    })
    await server.listen({ port: 0, host: '127.0.0.1' })
    const socket = connect((server.server.address() as AddressInfo).port, '127.0.0.1')
    await once(socket, 'connect')
    return { server, socket, running, finish: () => finish() }
  }

  it('does not wait for whoever never asked anything', async () => {
    const { server, socket } = await start(60_000)
    const ended = once(socket, 'close')
    // the server must know of the connection before it is told to stop
    await server.inject('/')
    await server.close()
    await ended
  })

  it('ends the answers that are under way', async () => {
    const { server, socket, running, finish } = await start(60_000)
    socket.write('GET /slow HTTP/1.1\r\nHost: x\r\n\r\n')
    await running
    const closed = server.close()
    finish()
    let text = ''
    for await (const chunk of socket) text += chunk
    expect(text).toMatch(/^HTTP\/1\.1 200 [\s\S]*done$/)
    await closed
  })

  it('does not wait for ever', async () => {
    const { server, socket, running } = await start(50)
    socket.on('error', () => undefined)
    socket.write('GET /slow HTTP/1.1\r\nHost: x\r\n\r\n')
    await running
    await server.close()
  })
})
