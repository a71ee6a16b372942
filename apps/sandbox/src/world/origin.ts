/** Where the sandbox can be reached. The port may be chosen by the system, so the address is known only once it listens. */
export class Origin {
  #url = ''

  /** For example `http://127.0.0.1:4010`, without a slash at the end. */
  get url(): string {
    if (!this.#url) throw new Error('the sandbox does not listen yet')
    return this.#url
  }

  /** Says where the sandbox listens. */
  announce(url: string): void {
    this.#url = url
  }
}
