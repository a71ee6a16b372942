import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

/**
 * One connection to an HTTP server, over which requests go one after another. It does no more than must be done, always in
 * the same memory, as load generators do: what a full HTTP client costs is not the server's.
 */
export class PlainCaller {
  private take: (piece: Buffer) => void = () => undefined

  private constructor(
    private readonly socket: Socket,
    private readonly host: string
  ) {}

  static async to(url: string): Promise<PlainCaller> {
    const { hostname, port, host } = new URL(url)
    const buffer = Buffer.alloc(256 * 1024)
    const socket = connect({
      host: hostname,
      port: Number(port),
      noDelay: true,
      onread: {
        buffer,
        callback: length => {
          caller.take(buffer.subarray(0, length))
          return true
        }
      }
    })
    const caller = new PlainCaller(socket, host)
    await once(socket, 'connect')
    return caller
  }

  /**
   * Posts a body.
   * @returns bytes of the answer's body
   * @throws Error when the answer is not 200, or the connection ends
   */
  async post(target: string, headers: Readonly<Record<string, string>>, body: Buffer): Promise<number> {
    const lines = Object.entries({ host: this.host, ...headers, 'content-length': String(body.length) })
    const head = `POST ${target} HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`
    const answer = this.answer()
    this.socket.cork()
    this.socket.write(head)
    this.socket.write(body)
    this.socket.uncork()
    return answer
  }

  close(): void {
    this.socket.destroy()
  }

  private answer(): Promise<number> {
    return new Promise((resolve, reject) => {
      let head = ''
      let size: number | undefined
      let got = 0
      this.socket.once('close', reject)
      this.take = piece => {
        got += piece.length
        if (size === undefined) {
          head += piece.toString('latin1')
          const end = head.indexOf('\r\n\r\n')
          if (end < 0) return
          size = Number(/^content-length: *(\d+)/im.exec(head)?.[1] ?? 0)
          got = head.length - end - 4
        }
        if (got < size) return
        this.socket.off('close', reject)
        if (head.startsWith('HTTP/1.1 200 ')) resolve(size)
        else reject(new Error(head))
      }
    })
  }
}
