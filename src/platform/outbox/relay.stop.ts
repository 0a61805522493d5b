/** How far a relay has stopped. */
export class RelayStop {
  readonly #givenUp = new AbortController();
  #begun = false;

  /** Whether nothing may be started any more. */
  get isBegun(): boolean {
    return this.#begun;
  }

  /** Aborted when the relay waits no longer for what it had started. */
  get givenUp(): AbortSignal {
    return this.#givenUp.signal;
  }

  begin(): void {
    this.#begun = true;
  }

  giveUp(): void {
    this.#givenUp.abort();
  }
}
