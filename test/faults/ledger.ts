import type { Receive } from './child-task.js';

interface Doing extends Receive {
  readonly process: object;
}

/** What a row counts. A job is known by its number; the higher was sent later, where order counts. */
export class Ledger {
  /** Jobs whose sender was told that SQS has them. */
  readonly sent = new Set<number>();
  readonly handled = new Set<number>();
  readonly deadLettered = new Set<number>();
  /** Milliseconds that a process of the run stood still at most. */
  stoodMs = 0;
  /** Milliseconds that the broker took at most to end or renew leases. */
  slowestCallMs = 0;
  /** Effects beyond the first of each job. */
  repeats = 0;
  /** Jobs that a process began although another one had handled them: their messages were no longer its own. */
  notOurs = 0;
  readonly #doers = new Map<number, Doing>();
  /** Jobs first handled after a later one of their group. */
  outOfOrder = 0;
  // Kept up to date rather than counted: they are looked at all the time, and a row has 100,000 jobs.
  readonly #lost = new Set<number>();
  readonly #acknowledgedUnhandled = new Set<number>();
  readonly #latest = new Map<number, number>();
  #milestone: { readonly jobs: ReadonlySet<number>; size: number; reach: () => void } | undefined;

  /** @param groups of an ordered queue; job n belongs to group n % groups. */
  constructor(private readonly groups?: number) {}

  /** Resolves in the moment so many jobs are sent or handled. */
  reaches(jobs: 'sent' | 'handled', size: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#milestone = { jobs: this[jobs], size, reach: resolve };
    this.#look();
    return promise;
  }

  stood(ms: number): void {
    this.stoodMs = Math.max(this.stoodMs, ms);
  }

  called(ms: number): void {
    this.slowestCallMs = Math.max(this.slowestCallMs, ms);
  }

  /** SQS has the job, as its sender was told. */
  took(job: number): void {
    this.sent.add(job);
    if (!this.#isDone(job)) this.#lost.add(job);
    this.#look();
  }

  /** What a process says may be heard long after it has said it; and it may have received the message anew. It looked at its lease at `atMs`. */
  began(job: number, { process, atMs, receive }: Doing): void {
    const done = this.#doers.get(job);
    if (!done || done.process === process) return;
    if (done.atMs < atMs && receive < done.receive) this.notOurs += 1;
  }

  /** The job's effect has happened. */
  did(job: number, doing?: Doing): void {
    if (doing) this.#doers.set(job, doing);
    if (this.handled.has(job)) this.repeats += 1;
    else this.#checkOrder(job);
    this.handled.add(job);
    this.#done(job);
    this.#look();
  }

  /** The job's message was deleted from the queue. */
  deleted(job: number): void {
    if (!this.#isDone(job)) this.#acknowledgedUnhandled.add(job);
  }

  putAside(job: number): void {
    this.deadLettered.add(job);
    this.#done(job);
  }

  /** Sent, and neither handled nor dead-lettered. */
  get lost(): number {
    return this.#lost.size;
  }

  get acknowledgedUnhandled(): number {
    return this.#acknowledgedUnhandled.size;
  }

  #look(): void {
    if (this.#milestone && this.#milestone.jobs.size >= this.#milestone.size)
      this.#milestone.reach();
  }

  #isDone(job: number): boolean {
    return this.handled.has(job) || this.deadLettered.has(job);
  }

  #done(job: number): void {
    this.#lost.delete(job);
    this.#acknowledgedUnhandled.delete(job);
  }

  #checkOrder(job: number): void {
    if (this.groups === undefined) return;
    const group = job % this.groups;
    if (job < (this.#latest.get(group) ?? -1)) this.outOfOrder += 1;
    else this.#latest.set(group, job);
  }
}
