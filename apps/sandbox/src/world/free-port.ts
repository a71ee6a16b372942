import type { Server } from 'node:http'
import { type AddressInfo, createServer } from 'node:net'

/** A port that is taken although nobody serves it yet. */
export interface HeldPort {
  port: number
  /** Makes a server that is told to listen, anywhere, listen on this very port. */
  handOver(server: Server): void
  /** Gives the port back when no server came to use it. */
  release(): Promise<void>
}

/**
 * Takes a port that the system chooses and holds it: certificates name the sandbox's address before it can serve anything,
 * and a port that is let go in between may be somebody else's by then.
 */
export async function holdPort(host: string): Promise<HeldPort> {
  // Whoever knocks before there is anybody to answer is sent away.
  const holder = createServer(socket => socket.destroy())
  await new Promise<void>((resolve, reject) => holder.once('error', reject).listen(0, host, resolve))
  return {
    port: (holder.address() as AddressInfo).port,
    handOver(server) {
      const listen = server.listen.bind(server) as (...args: unknown[]) => Server
      server.listen = (_where: unknown, ...rest: unknown[]) => {
        return listen(holder, ...rest)
      }
    },
    release: () => new Promise(resolve => holder.close(() => resolve()))
  }
}
