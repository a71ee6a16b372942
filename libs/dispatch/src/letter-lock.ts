import { Pool } from 'pg'
import { asUnavailable, LastingClient } from '#platform'

/**
 * Lets one worker at a time deal with a letter, or with the evidence of a sender address, across all processes: a session-level advisory lock on a connection
 * of its own. It ends with the connection, so a killed worker's letter is free at once, and a frozen worker keeps
 * it: nobody else starts a second hand-over behind its back.
 */
export class LetterLock {
  private readonly pool: Pool

  /** @param size most letters and addresses worked on at once in this process */
  constructor(url: string, size: number) {
    this.pool = new Pool({
      Client: LastingClient,
      connectionString: url,
      max: size,
      application_name: 'goniec-locks',
      connectionTimeoutMillis: 5000
    })
    this.pool.on('error', () => {
      // an idle connection died; the next hold() opens another
    })
  }

  /** Runs `work` while holding the lock of a letter (by id) or an address. @returns false if somebody else holds it (then nothing is run) */
  async hold(what: string, work: () => Promise<void>): Promise<boolean> {
    const client = await this.pool.connect().catch((error: unknown) => {
      throw asUnavailable(error) ?? error
    })
    let broken: Error | undefined
    const onError = (error: Error) => (broken = error)
    client.on('error', onError)
    try {
      const key = [what]
      const { rows } = await client.query<{ mine: boolean }>(
        'select pg_try_advisory_lock(hashtextextended($1, 0)) as mine',
        key
      )
      if (!rows[0]?.mine) return false
      try {
        await work()
      } finally {
        await client.query('select pg_advisory_unlock(hashtextextended($1, 0))', key)
      }
      return true
    } catch (error) {
      broken = error instanceof Error ? error : new Error('lock lost')
      throw asUnavailable(error) ?? error
    } finally {
      client.off('error', onError)
      // a connection that failed must not go back: its lock would stay with it
      client.release(broken)
    }
  }

  async close(): Promise<void> {
    await this.pool.end()
  }
}
