/** Whether this process still wants work. A closing one answers, but asks to be left out. */
export class Readiness {
  #closing = false;

  get closing(): boolean {
    return this.#closing;
  }

  /** To be called first when the process shuts down. */
  close(): void {
    this.#closing = true;
  }
}
