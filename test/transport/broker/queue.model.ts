/** A message in the model: what a queue must know of one, and no more. */
export interface Kept {
  readonly body: string;
  readonly group: string;
  receives: number;
  visibleAtMs: number;
}

export interface Received {
  readonly body: string;
  readonly receives: number;
}

const WINDOW_MS = 300_000;

/** One queue of SQS as its documentation has it, in plain lists: what a queue in memory must do at each step. */
export class QueueModel {
  nowMs = 0;
  readonly kept: Kept[] = [];
  readonly deadLetters: string[] = [];
  /** When each deduplication id was taken. */
  readonly #sentAtMs = new Map<string, number>();
  /** Of each group what was in flight at its latest receive. */
  readonly #inFlight = new Map<string, readonly Kept[]>();

  constructor(
    private readonly fifo: boolean,
    private readonly maxReceiveCount: number,
  ) {}

  put(body: string, group: string, id: string): 'taken' | 'known' {
    const sentAtMs = this.#sentAtMs.get(id) ?? -Infinity;
    if (this.fifo && this.nowMs < sentAtMs + WINDOW_MS) return 'known';
    this.#sentAtMs.set(id, this.nowMs);
    this.kept.push({ body, group, receives: 0, visibleAtMs: this.nowMs });
    return 'taken';
  }

  receive(max: number, timeoutMs: number): Kept[] {
    const open = this.kept.filter((one) => !this.#isLocked(one.group) && this.#isVisible(one));
    const taken: Kept[] = [];
    for (const message of open) {
      if (taken.length === max) break;
      if (message.receives >= this.maxReceiveCount) {
        this.delete(message);
        this.deadLetters.push(message.body);
      } else {
        message.receives += 1;
        message.visibleAtMs = this.nowMs + timeoutMs;
        taken.push(message);
      }
    }
    for (const { group } of taken)
      this.#inFlight.set(
        group,
        this.kept.filter(
          (one) =>
            one.group === group &&
            (taken.includes(one) || (one.receives > 0 && !this.#isVisible(one))),
        ),
      );
    return taken;
  }

  delete(message: Kept): void {
    const at = this.kept.indexOf(message);
    if (at >= 0) this.kept.splice(at, 1);
  }

  /** Whether a receive still has the message, so that it may delete it or say when it is visible. */
  isLeased(message: Kept, receives: number): boolean {
    return (
      this.kept.includes(message) && message.receives === receives && !this.#isVisible(message)
    );
  }

  #isVisible(message: Kept): boolean {
    return message.visibleAtMs <= this.nowMs;
  }

  #isLocked(group: string): boolean {
    const left = (this.#inFlight.get(group) ?? []).filter((one) => this.kept.includes(one));
    return this.fifo && left.length > 0 && !left.some((one) => this.#isVisible(one));
  }
}
