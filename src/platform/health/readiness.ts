/** Whether this process accepts work. A closing process still answers, but reports that it is not ready. */
export class Readiness {
  #closing = false;

  get closing(): boolean {
    return this.#closing;
  }

  /** Call this first when the process shuts down. */
  close(): void {
    this.#closing = true;
  }
}
