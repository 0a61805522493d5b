/** What the names of requests begin with that are asked when nothing goes wrong any more. */
export const CALM_REQUEST = 'calm-request-';

/** What is held against every step; the first thing that does not hold ends the run. */
export class Model {
  readonly faults: string[] = [];
  readonly #written: number[] = [];
  readonly #handled = new Set<number>();
  readonly #committed = new Set<number>();
  readonly #deadLettered = new Set<number>();
  /** Of each group the place of the latest order that was handled, among those written. */
  readonly #latest = new Map<number, number>();
  /** By process, then by group: the orders that handlers are running for. */
  readonly #running = new Map<number, Map<number, number>>();
  readonly #begun = new Set<number>();
  readonly #failed = new Set<number>();
  /** By order: the processes that received it. */
  readonly #receivers = new Map<number, Set<number>>();
  readonly #lostReceives = new Set<number>();
  readonly #crashed = new Set<number>();
  /** Groups of which messages may overtake others. */
  readonly #tornGroups = new Set<number>();
  readonly #reservedUntilMs = new Map<number, number>();
  readonly #answers = new Map<string, 'value' | 'error' | 'wrong value'>();
  /** How many orders were written before everything worked again. */
  #calmFrom = Infinity;

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

  /** From now on nothing goes wrong: every new order is handled once, and every new request answered with a value. */
  calms(): void {
    this.#calmFrom = this.#written.length;
    this.#tornGroups.clear();
  }

  /**
   * @param torn orders whose visibility the process had not changed together with that of their group, as SQS refused one of
   * them: one may become visible before those in front of it.
   */
  crashed(process: number, torn: Iterable<number>): void {
    this.#crashed.add(process);
    for (const order of torn) this.#tornGroups.add(order % this.groups);
  }

  received(order: number, process: number): void {
    const receivers = this.#receivers.get(order) ?? new Set();
    this.#receivers.set(order, receivers.add(process));
  }

  receiveLost(order: number): void {
    this.#lostReceives.add(order);
  }

  /** @param isOurs whether its message is in flight by a receive of the process. */
  begins(order: number, process: number, isOurs: boolean): void {
    const place = this.#written.indexOf(order);
    if (place < 0) this.#fault(`order ${order} is handled, but was never written`);
    if (this.remembers && this.#committed.has(order))
      this.#fault(`order ${order} is handled again, though the store knew that it was done`);
    if (!isOurs) this.#fault(`p${process} begins order ${order}, whose lease it has lost`);
    if (place >= this.#calmFrom && this.#begun.has(order))
      this.#fault(`order ${order} is handled again, though nothing went wrong`);
    const running = this.#running.get(process) ?? new Map<number, number>();
    const other = running.get(order % this.groups);
    if (this.ordered && other !== undefined)
      this.#fault(`p${process} handles order ${order} beside order ${other} of its group`);
    this.#running.set(process, running.set(order % this.groups, order));
    this.#begun.add(order);
  }

  /** The handler has returned, or thrown. */
  leaves(order: number, process: number): void {
    this.#running.get(process)?.delete(order % this.groups);
  }

  failed(order: number): void {
    this.#failed.add(order);
  }

  ends(order: number): void {
    const group = order % this.groups;
    const place = this.#written.indexOf(order);
    const latest = this.#latest.get(group) ?? -1;
    if (this.#isOrdered(group) && !this.#handled.has(order) && place < latest)
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
    if (!this.#failed.has(order))
      this.#fault(`order ${order} is dead-lettered, though no handler failed`);
    this.#deadLettered.add(order);
  }

  deleted(order: number): void {
    if (!this.#handled.has(order) && !this.#deadLettered.has(order))
      this.#fault(`order ${order} is acknowledged, but neither handled nor dead-lettered`);
  }

  /** A caller is told how its request ended; it must be told once. */
  answered(request: string, outcome: 'value' | 'error' | 'wrong value'): void {
    if (this.#answers.has(request)) this.#fault(`the caller of ${request} is told twice`);
    this.#answers.set(request, outcome);
    if (outcome === 'error' && request.startsWith(CALM_REQUEST))
      this.#fault(`the caller of ${request} is given an error, though nothing went wrong`);
    if (outcome === 'wrong value')
      this.#fault(`the caller of ${request} is given another's answer`);
  }

  unanswered(requests: readonly string[]): void {
    for (const request of requests.filter((one) => !this.#answers.has(one)))
      this.#fault(`the caller of ${request} is never told how it ended`);
  }

  isAnswered(request: string): boolean {
    return this.#answers.has(request);
  }

  stranded(order: number, process: number): void {
    if (!this.#handled.has(order))
      this.#fault(`p${process} has closed, and left order ${order} invisible`);
  }

  endless(steps: number): void {
    this.#fault(`after ${steps} steps it has not come to an end`);
  }

  late(minutes: number): void {
    this.#fault(
      `orders ${this.open.join(', ')} or requests are not done ${minutes} minutes after everything worked again`,
    );
  }

  /** Written orders that no handler has ended and no dead-letter queue has. */
  get open(): readonly number[] {
    return this.#written.filter((one) => !this.#handled.has(one) && !this.#deadLettered.has(one));
  }

  /** Orders in the dead-letter queue, by a copy or by SQS. */
  dead(orders: readonly number[]): void {
    for (const order of orders) this.#deadLettered.add(order);
  }

  /**
   * At the end, when all had the time to be done.
   *
   * @param dead orders in the dead-letter queue.
   * @param left number of messages that are still on the queue.
   */
  atTheEnd({ dead, left }: { readonly dead: readonly number[]; readonly left: number }): void {
    this.dead(dead);
    if (this.open.length > 0) this.#fault(`orders ${this.open.join(', ')} are lost`);
    if (left > 0) this.#fault(`${left} messages are left on the queue`);
    for (const order of dead.filter((one) => this.#isUntried(one)))
      this.#fault(`order ${order} is dead-lettered, though no handler was given it`);
  }

  #isOrdered(group: number): boolean {
    return this.ordered && !this.#tornGroups.has(group);
  }

  /** SQS also counts receives whose process crashed, and receives whose answer was lost. */
  #isUntried(order: number): boolean {
    if (this.#begun.has(order) || this.#lostReceives.has(order)) return false;
    return ![...(this.#receivers.get(order) ?? [])].some((process) => this.#crashed.has(process));
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
