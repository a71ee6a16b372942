import { Client, type ClientConfig } from 'pg'

/**
 * A database connection whose death does not end the process. A pool takes its listener off a connection before it
 * hands it out, and the borrower puts his on a moment later; a server that is killed may say so just then, and an
 * `error` event that nobody listens to is an uncaught exception. The borrower learns of it from his next query.
 */
export class LastingClient extends Client {
  constructor(config?: string | ClientConfig) {
    super(config)
    this.on('error', () => undefined)
  }
}
