import { MemoryIdempotencyStore } from '../../../src/transport/index.js';
import { seeded } from '../../support/seeded.js';
import { withSeed } from '../seeded-random.js';
import { SimulatedClock } from '../simulated-clock.js';
import type { CrashingBroker } from './crashing.broker.js';
import { SharedDocuments } from './documents.js';
import { Life, type Fate } from './life.js';
import { CALM_REQUEST, Model } from './model.js';
import { LAST_EVENT_MS, type Plan } from './plan.js';
import { SimulatedService } from './process.js';
import { SimulatedQueues } from './queues.js';
import { Troubles } from './troubles.js';

export interface Ending {
  /** What did not hold; empty for a run as it should be. */
  readonly faults: readonly string[];
  readonly crashes: number;
  readonly steps: number;
  /** What happened, one line a step. */
  readonly history: readonly string[];
}

const PATIENCE_MS = 3 * 3600_000;
/** Far more than a run takes. */
const MAX_STEPS = 300_000;
const RESTART_MS = 2000;
/** A message that was released becomes visible within the back-off at most. */
const RELEASED_MS = 2500;
const WRITES_EVERY_MS = 900;
/** Orders of each group, and requests, that come when nothing goes wrong any more. */
const CALM_ORDERS = 3;
const CALM_REQUESTS = 2;
/** Time for the slowest handlers of a group, one after another, and for the lease of an outbox. */
const CALM_MINUTES = 3;

/** One run of a plan, from the first order to the last one handled. */
export function run(plan: Plan, options: { readonly keeps?: 'history' } = {}): Promise<Ending> {
  return withSeed(plan.seed + 1, () => new Run(plan, options.keeps === 'history').play());
}

class Run implements Fate {
  readonly clock = new SimulatedClock();
  readonly #random: () => number;
  readonly #troubles: Troubles;
  readonly #queues: SimulatedQueues;
  readonly #documents = new SharedDocuments();
  readonly #model: Model;
  readonly #services: SimulatedService[] = [];
  /** Of every process, also of those that have ended. */
  readonly #brokers = new Map<Life, CrashingBroker>();
  readonly #history: string[] = [];
  readonly #deaths: Set<number>;
  readonly #asked: { readonly request: string; readonly by: Life }[] = [];
  readonly #store;
  readonly #poison = new Set<number>();
  #steps = 0;
  #crashes = 0;
  #lives = 0;
  #closing = 0;
  /** Orders that are yet to be written, and the process that is writing one. */
  readonly #unwritten = new Map<number, Life | undefined>();

  constructor(
    private readonly plan: Plan,
    private readonly keepsHistory: boolean,
  ) {
    const { seed, queue, groups, store, crashes } = plan;
    this.#random = seeded(seed);
    this.#troubles = new Troubles(plan, this.clock, this.#random);
    this.#queues = new SimulatedQueues(plan, this.clock, this.#troubles);
    this.#model = new Model(groups, queue !== 'standard', store);
    this.#deaths = new Set(crashes);
    this.#store = store ? new MemoryIdempotencyStore() : undefined;
  }

  step(process: number, what: string): 'lives' | 'dies' {
    this.#steps += 1;
    if (this.#steps === MAX_STEPS) this.#model.endless(MAX_STEPS);
    const dies = this.#deaths.has(this.#steps);
    if (this.keepsHistory)
      this.#history.push(
        `${String(Math.round(this.clock.monotonicMs())).padStart(8)} ms  step ${this.#steps}  p${process} ${what}${dies ? ' and dies' : ''}`,
      );
    return dies ? 'dies' : 'lives';
  }

  async play(): Promise<Ending> {
    const { plan } = this;
    await this.#queues.make();
    for (let group = 0; group < plan.groups; group += 1) this.#documents.insert(`g${group}`);
    for (let process = 0; process < plan.processes; process += 1) this.#start();
    this.#schedule();
    const { clockSet } = plan;
    if (clockSet)
      this.clock.after(clockSet.atMs, () => void (this.clock.wallAheadMs += clockSet.byMs));
    await this.#until(() => this.#isDone(), PATIENCE_MS);
    if (this.#model.faults.length === 0) await this.#recover();
    if (this.#model.faults.length === 0) await this.#end();
    for (const { life } of this.#services) life.end();
    return {
      faults: this.#model.faults,
      crashes: this.#crashes,
      steps: this.#steps,
      history: this.#history,
    };
  }

  #until(condition: () => boolean, maxMs: number): Promise<boolean> {
    return this.clock.runUntil(() => this.#model.faults.length > 0 || condition(), maxMs);
  }

  /** Orders and requests come to whichever process lives. */
  #schedule(): void {
    const { orders, requests, poison } = this.plan;
    let atMs = 0;
    for (let order = 0; order < orders; order += 1) {
      atMs += this.#random() * WRITES_EVERY_MS;
      if (this.#random() < poison) this.#poison.add(order);
      this.#write(order, atMs);
    }
    for (let request = 0; request < requests; request += 1)
      this.#try(this.#random() * atMs, (service) => {
        const name = `request-${request}`;
        this.#asked.push({ request: name, by: service.life });
        return service.ask(name);
      });
    for (const closing of this.plan.closings) this.clock.after(closing, () => this.#replaceOne());
  }

  #write(order: number, atMs: number): void {
    this.#unwritten.set(order, undefined);
    this.#try(atMs, async (service) => {
      this.#unwritten.set(order, service.life);
      await service.write(order);
      this.#unwritten.delete(order);
    });
  }

  #try(atMs: number, work: (service: SimulatedService) => Promise<void>): void {
    this.clock.after(atMs, () => {
      const living = this.#living;
      const service = living[Math.floor(this.#random() * living.length)];
      if (service) void work(service);
      else this.#try(RESTART_MS, work);
    });
  }

  get #living(): readonly SimulatedService[] {
    return this.#services.filter(({ life }) => !life.ended);
  }

  #start(): void {
    this.#lives += 1;
    const life = new Life(this.#lives, this, (dead) => this.#crashed(dead));
    const { groups, workMs } = this.plan;
    const service = new SimulatedService(life, {
      broker: this.#queues.broker,
      queueUrl: this.#queues.url,
      documents: this.#documents,
      model: this.#model,
      troubles: this.#troubles,
      topology: this.#queues.topology,
      store: this.#store,
      groups,
      workMs,
      poison: this.#poison,
    });
    this.#services.push(service);
    this.#brokers.set(life, service.broker);
    service.start();
  }

  #crashed(dead: Life): void {
    this.#crashes += 1;
    this.#model.crashed(dead.id, this.#brokers.get(dead)?.torn ?? []);
    const at = this.#services.findIndex(({ life }) => life === dead);
    if (at >= 0) this.#services.splice(at, 1);
    this.clock.after(this.#random() * RESTART_MS, () => this.#start());
  }

  /** As in a deployment: another one is started, then the oldest is closed. */
  async #replaceOne(): Promise<void> {
    const [oldest] = this.#living;
    if (!oldest) return;
    this.#start();
    await this.#close(oldest);
  }

  async #close(service: SimulatedService): Promise<void> {
    this.#services.splice(this.#services.indexOf(service), 1);
    this.#closing += 1;
    const closingMs = this.clock.monotonicMs();
    const { life } = service;
    const crashed = this.clock.every(100, () => {
      if (life.ended) over();
    });
    const over = (): void => {
      crashed();
      this.#closing -= 1;
    };
    await service.close();
    over();
    life.end();
    if (!this.#troubles.wasOutageSince(closingMs)) this.#lookForStranded(service);
  }

  /** A release that is lost or late, or whose answer is lost, leaves its message to the end of its lease. */
  #lookForStranded({ broker, life }: SimulatedService): void {
    const { lostAnswers, throttled, stalled } = this.#troubles;
    const { clockSet, store } = this.plan;
    if (lostAnswers > 0 || throttled > 0 || stalled > 0 || (store && clockSet)) return;
    const nowMs = this.clock.monotonicMs();
    // What another process has reserved is left alone for as long.
    const longerThanMs = (order: number): number =>
      Math.max(0, this.#model.reservedUntilMs(order) - nowMs) + RELEASED_MS;
    const holds = (handle: string): boolean => broker.holds(this.#queues.url, handle);
    for (const order of this.#queues.invisible(holds, longerThanMs))
      this.#model.stranded(order, life.id);
  }

  #isDone(): boolean {
    return (
      this.clock.monotonicMs() > LAST_EVENT_MS &&
      this.#asked.length === this.plan.requests &&
      this.#asked.every(({ request, by }) => by.ended || this.#model.isAnswered(request)) &&
      this.#isEveryOrderDone()
    );
  }

  #isEveryOrderDone(): boolean {
    if (this.#closing > 0 || this.#queues.messages.length > 0) return false;
    this.#model.dead(this.#queues.dead);
    return (
      [...this.#unwritten.values()].every((by) => by?.ended) &&
      this.#documents.all().every(({ outbox = [] }) => outbox.length === 0) &&
      this.#model.open.length === 0
    );
  }

  /** Nothing goes wrong any more: whatever happened before, everything is done once, also while a process is replaced. */
  async #recover(): Promise<void> {
    const { orders, groups } = this.plan;
    this.#deaths.clear();
    this.#troubles.end();
    await this.#until(() => this.#living.length > 0, PATIENCE_MS);
    this.#model.calms();
    for (let n = 0; n < CALM_ORDERS * groups; n += 1)
      this.#write(orders + n, this.#random() * RESTART_MS);
    this.clock.after(this.#random() * RESTART_MS, () => this.#replaceOne());
    const requests = Array.from({ length: CALM_REQUESTS }, (_, n) => `${CALM_REQUEST}${n}`);
    // The newest process stays.
    this.clock.after(RESTART_MS, () => {
      for (const request of requests) void this.#services.at(-1)?.ask(request);
    });
    const isDone = await this.#until(
      () =>
        requests.every((request) => this.#model.isAnswered(request)) && this.#isEveryOrderDone(),
      CALM_MINUTES * 60_000,
    );
    if (!isDone) this.#model.late(CALM_MINUTES);
  }

  async #end(): Promise<void> {
    const living = [...this.#living];
    const closed = Promise.all(living.map((service) => this.#close(service)));
    let isClosed = false;
    void closed.then(() => (isClosed = true));
    await this.clock.runUntil(() => isClosed, PATIENCE_MS);
    const { dead, messages } = this.#queues;
    this.#model.atTheEnd({ dead, left: messages.length });
    const told = this.#asked.filter(({ by }) => living.some(({ life }) => life === by));
    this.#model.unanswered(told.map(({ request }) => request));
  }
}
