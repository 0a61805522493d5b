import type { MemoryQueue } from '../../src/transport/broker/memory/memory.queue.js';
import type { BrokerQueue } from '../../src/transport/broker/broker.queue.js';
import type { Clock } from '../../src/transport/clock.js';
import type { ProcessClock } from './process-clock.js';

export interface Verdict {
  /** Jobs that no handler has ended, and that are not in the dead-letter queue. */
  readonly unhandled: readonly number[];
  /** Jobs in the dead-letter queue that no handler was ever given. */
  readonly deadLetteredUntried: readonly number[];
  /** Jobs that were handled for the first time after a later one of their group. */
  readonly overtaken: readonly string[];
  /** Jobs that began beside an earlier message of their group, or beside themselves. */
  readonly sideBySide: readonly number[];
  /** Jobs that a process began though their message was not in flight by it. */
  readonly notOurs: readonly number[];
  readonly deadLettered: number;
  /** Handlers that began on a job which was handled already. */
  readonly repeated: number;
}

/** Stands beside the queue, where it sees who has which message, and beside the handlers, and holds one against the other. */
export class Judge {
  /** Read once: the judge looks at every message of the queue whenever a handler begins. */
  readonly #jobs = new Map<string, number>();
  readonly #owners = new Map<number, number>();
  readonly #tries = new Map<number, number>();
  readonly #handled = new Set<number>();
  readonly #running = new Set<number>();
  readonly #latest = new Map<number, number>();
  readonly #overtaken: string[] = [];
  readonly #sideBySide: number[] = [];
  readonly #notOurs: number[] = [];
  #repeated = 0;

  constructor(
    private readonly queue: MemoryQueue,
    private readonly dead: MemoryQueue,
    private readonly world: Clock,
    private readonly groups: number | undefined,
  ) {}

  /** The queue as one process sees it: what it is answered waits for the process to run. */
  watched(queue: BrokerQueue, process: number, clock: ProcessClock): BrokerQueue {
    const heard = async <T>(answer: Promise<T>): Promise<T> => {
      const value = await answer;
      await clock.awake();
      return value;
    };
    return {
      receive: async (request) => {
        const messages = await queue.receive(request);
        for (const { Body: body } of messages) this.#owners.set(this.#jobOf(body), process);
        await clock.awake();
        return messages;
      },
      delete: (handles) => heard(queue.delete(handles)),
      changeVisibility: (changes) => heard(queue.changeVisibility(changes)),
      send: (copy) => heard(queue.send(copy)),
    };
  }

  /** @returns how often the job was begun, this time included. */
  begins(job: number, process: number): number {
    const group = this.#groupOf(job);
    if (this.#running.has(group)) this.#sideBySide.push(job);
    this.#running.add(group);
    const kept = this.queue.messages.find(({ body }) => this.#jobOf(body) === job);
    const inFlight = kept !== undefined && kept.visibleAtMs > this.world.monotonicMs();
    if (!inFlight || this.#owners.get(job) !== process) this.#notOurs.push(job);
    const latest = this.#latest.get(group) ?? -1;
    if (this.#handled.has(job)) this.#repeated += 1;
    else if (this.groups !== undefined && job < latest)
      this.#overtaken.push(`${job} after ${latest}`);
    const tries = (this.#tries.get(job) ?? 0) + 1;
    this.#tries.set(job, tries);
    return tries;
  }

  ends(job: number, handled: boolean): void {
    const group = this.#groupOf(job);
    this.#running.delete(group);
    if (!handled) return;
    this.#handled.add(job);
    this.#latest.set(group, Math.max(job, this.#latest.get(group) ?? -1));
  }

  /** Jobs whose messages the process has left invisible for longer than that; not those whose delete was refused at every try. */
  invisible(process: number, ms: number): number[] {
    const latestMs = this.world.monotonicMs() + ms;
    return this.queue.messages
      .filter(({ visibleAtMs }) => visibleAtMs > latestMs)
      .map(({ body }) => this.#jobOf(body))
      .filter((job) => this.#owners.get(job) === process && !this.#handled.has(job));
  }

  verdict(messages: number): Verdict {
    const dead = this.dead.messages.map(({ body }) => this.#jobOf(body));
    const jobs = Array.from({ length: messages }, (_, job) => job);
    return {
      unhandled: jobs.filter((job) => !this.#handled.has(job) && !dead.includes(job)),
      deadLetteredUntried: dead.filter((job) => !this.#tries.has(job)),
      overtaken: this.#overtaken,
      sideBySide: this.#sideBySide,
      notOurs: this.#notOurs,
      deadLettered: dead.length,
      repeated: this.#repeated,
    };
  }

  #jobOf(body = '{}'): number {
    const known = this.#jobs.get(body);
    if (known !== undefined) return known;
    const { job } = (JSON.parse(body) as { data: { job: number } }).data;
    this.#jobs.set(body, job);
    return job;
  }

  #groupOf(job: number): number {
    return this.groups === undefined ? job : job % this.groups;
  }
}
