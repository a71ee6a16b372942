import type { Socket } from 'node:net'
import { Client, type ClientConfig } from 'pg'
import { LastingClient } from './lasting-client.js'

/** The comment that a statement begins with. */
const NAME = /^\s*\/\* prepared as (\w+) \*\//

/**
 * A connection that is frugal with the server. A statement is parsed and planned once if it begins with a comment that says
 * so: for what is asked again and again, and costs more to plan than to do. Different statements need different names. And
 * what is asked in one turn is sent in one piece: each piece of its own would wake the server up.
 */
export class PreparingClient extends LastingClient {
  constructor(config?: string | ClientConfig) {
    super(config)
    const ask = this.query.bind(this) as (...args: unknown[]) => unknown
    const askNamed = (text: unknown, ...rest: unknown[]) => {
      const name = typeof text === 'string' ? NAME.exec(text)?.[1] : undefined
      this.holdBack()
      return ask(name === undefined ? text : { name, text }, ...rest)
    }
    this.query = askNamed as Client['query']
  }

  /** Sends nothing before this turn is over. */
  private holdBack(): void {
    const { stream } = (this as unknown as { connection: { stream: Socket } }).connection
    stream.cork()
    process.nextTick(() => stream.uncork())
  }
}
