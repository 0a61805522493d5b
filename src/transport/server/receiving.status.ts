/** Whether a server is connected, as in Nest's transports: it is not if it can receive from none of its queues. */
export class ReceivingStatus {
  readonly #failing = new Set<string>();

  /**
   * @param queues the number of queues it receives from.
   * @param tell is called at each change, and sometimes without one.
   */
  constructor(
    private readonly queues: () => number,
    private readonly tell: (status: 'connected' | 'disconnected') => void,
  ) {}

  /** Records whether one queue can be received from. */
  readonly note = (queue: string, receiving: boolean): void => {
    if (receiving === !this.#failing.has(queue)) return;
    if (receiving) this.#failing.delete(queue);
    else this.#failing.add(queue);
    this.tell(this.#failing.size < this.queues() ? 'connected' : 'disconnected');
  };
}
