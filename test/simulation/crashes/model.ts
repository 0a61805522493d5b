import type { MemoryBroker } from '../../../src/transport/broker/memory/memory.broker.js';

/** What is held against every step; the first thing that does not hold ends the run. */
export class Model {
  readonly faults: string[] = [];
  readonly #written: number[] = [];
  readonly #handled = new Set<number>();
  readonly #committed = new Set<number>();
  readonly #deadLettered = new Set<number>();
  /** Of each group the place of the latest order that was handled, among those written. */
  readonly #latest = new Map<number, number>();
  readonly #running = new Map<number, number>();
  readonly #reservedUntilMs = new Map<number, number>();
  readonly #answers = new Map<string, number>();

  constructor(
    private readonly groups: number,
    private readonly ordered: boolean,
    private readonly remembers: boolean,
  ) {}

  get written(): readonly number[] {
    return this.#written;
  }

  /** The order is in its document, whether or not the writer lived to know it. */
  wrote(order: number): void {
    this.#written.push(order);
  }

  begins(order: number, process: number): void {
    if (!this.#written.includes(order))
      this.#fault(`order ${order} is handled, but was never written`);
    if (this.remembers && this.#committed.has(order))
      this.#fault(`order ${order} is handled again, though the store knew that it was done`);
    this.#running.set(order, process);
  }

  ends(order: number): void {
    const group = order % this.groups;
    const place = this.#written.indexOf(order);
    const latest = this.#latest.get(group) ?? -1;
    if (this.ordered && !this.#handled.has(order) && place < latest)
      this.#fault(
        `order ${order} is handled after ${this.#written[latest]}, which was written after it`,
      );
    this.#handled.add(order);
    this.#latest.set(group, Math.max(place, latest));
  }

  /** A process has the work, and others leave it alone until then; by the clock's `monotonicMs`. */
  reserved(order: number, untilMs: number): void {
    this.#reservedUntilMs.set(order, untilMs);
  }

  reservedUntilMs(order: number): number {
    return this.#reservedUntilMs.get(order) ?? 0;
  }

  /** The store has written down that the work is done. */
  committed(order: number): void {
    if (!this.#handled.has(order)) this.#fault(`order ${order} is remembered as done, but was not`);
    this.#committed.add(order);
  }

  copied(order: number): void {
    this.#deadLettered.add(order);
  }

  deleted(order: number): void {
    if (!this.#handled.has(order) && !this.#deadLettered.has(order))
      this.#fault(`order ${order} is acknowledged, but neither handled nor dead-lettered`);
  }

  /** A caller is told how its request ended; it must be told once. */
  answered(request: string, outcome: 'value' | 'error' | 'wrong value'): void {
    const times = (this.#answers.get(request) ?? 0) + 1;
    this.#answers.set(request, times);
    if (times > 1) this.#fault(`the caller of ${request} is told ${times} times`);
    if (outcome === 'wrong value')
      this.#fault(`the caller of ${request} is given another's answer`);
  }

  unanswered(requests: readonly string[]): void {
    for (const request of requests.filter((one) => !this.#answers.has(one)))
      this.#fault(`the caller of ${request} is never told how it ended`);
  }

  stranded(order: number, process: number): void {
    if (!this.#handled.has(order))
      this.#fault(`p${process} has closed, and left order ${order} invisible`);
  }

  endless(steps: number): void {
    this.#fault(`after ${steps} steps it has not come to an end`);
  }

  /** Written orders that no handler has ended and no dead-letter queue has. */
  get open(): readonly number[] {
    return this.#written.filter((one) => !this.#handled.has(one) && !this.#deadLettered.has(one));
  }

  /** At the end, when all had the time to be done. */
  atTheEnd(broker: MemoryBroker, queueUrl: string, deadUrl: string): void {
    const dead = broker.queues.at(deadUrl).messages.map(({ body }) => orderOf(body));
    for (const order of dead) if (order !== undefined) this.#deadLettered.add(order);
    if (this.open.length > 0) this.#fault(`orders ${this.open.join(', ')} are lost`);
    const left = broker.queues.at(queueUrl).messages.length;
    if (left > 0) this.#fault(`${left} messages are left on the queue`);
  }

  #fault(what: string): void {
    this.faults.push(what);
  }
}

interface Body {
  readonly data?: { readonly order?: number };
}

/** The order that a message is about; undefined for a request. */
export const orderOf = (body = '{}'): number | undefined => (JSON.parse(body) as Body).data?.order;
