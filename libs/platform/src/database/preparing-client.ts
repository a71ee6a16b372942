import { Client, type ClientConfig } from 'pg'
import { LastingClient } from './lasting-client.js'

/** The comment that a statement begins with. */
const NAME = /^\s*\/\* prepared as (\w+) \*\//

/**
 * A connection that has the server parse and plan a statement once, if the statement begins with a comment that says so:
 * for what is asked again and again, and costs more to plan than to do. Different statements need different names.
 */
export class PreparingClient extends LastingClient {
  constructor(config?: string | ClientConfig) {
    super(config)
    const ask = this.query.bind(this) as (...args: unknown[]) => unknown
    const askNamed = (text: unknown, ...rest: unknown[]) => {
      const name = typeof text === 'string' ? NAME.exec(text)?.[1] : undefined
      return ask(name === undefined ? text : { name, text }, ...rest)
    }
    this.query = askNamed as Client['query']
  }
}
