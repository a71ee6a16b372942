/** How long a message waits for others at the most, in milliseconds. */
const patience = 3

/** Where messages go: a worker, or the port to the thread that made it. */
interface Recipient<Message> {
  postMessage(messages: readonly Message[]): void
}

/**
 * Messages on their way to a worker thread. Those of one turn of the event loop go together: to wake a thread up costs more
 * than to tell it ten things.
 */
export class Outbox<Message> {
  private waiting: Message[] = []
  private since = 0

  /** @param returned gets back what cannot be sent, as a structured clone, at all */
  constructor(
    private readonly recipient: Recipient<Message>,
    private readonly returned: (message: Message, error: Error) => void
  ) {}

  add(message: Message): void {
    if (this.waiting.push(message) === 1) {
      this.since = performance.now()
      setImmediate(() => this.flush())
    } else if (performance.now() - this.since > patience) this.flush()
  }

  private flush(): void {
    const messages = this.waiting
    this.waiting = []
    if (messages.length > 0) this.send(messages)
  }

  private send(messages: readonly Message[]): void {
    try {
      this.recipient.postMessage(messages)
    } catch (error) {
      if (messages.length === 1) this.returned(messages[0]!, error as Error)
      else for (const message of messages) this.send([message])
    }
  }
}
