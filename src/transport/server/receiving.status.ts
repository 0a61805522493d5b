/** Whether a server is connected, as Nest's transports say it: it is not when it can receive from none of its queues. */
export class ReceivingStatus {
  readonly #failing = new Set<string>();

  /**
   * @param queues how many it receives from.
   * @param tell is called at each change, and may be called when there is none.
   */
  constructor(
    private readonly queues: () => number,
    private readonly tell: (status: 'connected' | 'disconnected') => void,
  ) {}

  /** What one queue's receives come to. */
  readonly note = (queue: string, receiving: boolean): void => {
    if (receiving === !this.#failing.has(queue)) return;
    if (receiving) this.#failing.delete(queue);
    else this.#failing.add(queue);
    this.tell(this.#failing.size < this.queues() ? 'connected' : 'disconnected');
  };
}
