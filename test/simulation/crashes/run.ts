import { MemoryBroker } from '../../../src/transport/broker/memory/memory.broker.js';
import {
  handleOf,
  type StoredMessage,
} from '../../../src/transport/broker/memory/stored-message.js';
import { defineTopology, MemoryIdempotencyStore } from '../../../src/transport/index.js';
import { seeded } from '../../support/seeded.js';
import { SimulatedClock } from '../simulated-clock.js';
import { SharedDocuments } from './documents.js';
import { Life, type Fate } from './life.js';
import { Model, orderOf } from './model.js';
import type { Plan } from './plan.js';
import { REQUEST_TIMEOUT_MS, SimulatedService } from './process.js';

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

/** One run of a plan, from the first order to the last one handled. */
export async function run(
  plan: Plan,
  options: { readonly keeps?: 'history' } = {},
): Promise<Ending> {
  const { random } = Math;
  // Back-offs and pauses have a random part.
  Math.random = seeded(plan.seed + 1);
  try {
    return await new Run(plan, options.keeps === 'history').play();
  } finally {
    Math.random = random;
  }
}

class Run implements Fate {
  readonly clock = new SimulatedClock();
  readonly #random: () => number;
  readonly #broker: MemoryBroker;
  readonly #documents = new SharedDocuments();
  readonly #model: Model;
  readonly #services: SimulatedService[] = [];
  readonly #history: string[] = [];
  readonly #deaths: Set<number>;
  readonly #asked: { readonly request: string; readonly by: Life }[] = [];
  readonly #name: string;
  readonly #topology;
  readonly #store;
  #steps = 0;
  #crashes = 0;
  #lives = 0;
  #closing = 0;
  /** Orders that are yet to be written, and the process that is writing one. */
  readonly #unwritten = new Map<number, Life | undefined>();
  #queueUrl = '';
  #deadUrl = '';

  constructor(
    private readonly plan: Plan,
    private readonly keepsHistory: boolean,
  ) {
    const { seed, queue, groups, store, duplicated, overtaken } = plan;
    this.#random = seeded(seed);
    const fifo = queue !== 'standard';
    this.#name = fifo ? 'jobs.fifo' : 'jobs';
    const unreliable = { random: this.#random, duplicated, overtaken };
    this.#broker = new MemoryBroker({ clock: this.clock, unreliable });
    this.#model = new Model(groups, fifo, store);
    this.#deaths = new Set(plan.crashes);
    this.#store = store ? new MemoryIdempotencyStore() : undefined;
    this.#topology = defineTopology({
      queues: [
        {
          name: this.#name,
          patterns: ['job.*'],
          visibilityTimeoutS: plan.visibilityTimeoutS,
          ...(queue !== 'standard' && { onFailure: queue }),
        },
      ],
      routes: [{ patterns: ['job.*'], queue: this.#name }],
    });
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
    await this.#makeQueues();
    for (let group = 0; group < plan.groups; group += 1) this.#documents.insert(`g${group}`);
    for (let process = 0; process < plan.processes; process += 1) this.#start();
    this.#schedule();
    const { clockSet } = plan;
    if (clockSet)
      this.clock.after(clockSet.atMs, () => void (this.clock.wallAheadMs += clockSet.byMs));
    const settled = (): boolean => this.#model.faults.length > 0 || this.#isDone();
    await this.clock.runUntil(settled, PATIENCE_MS);
    if (this.#model.faults.length === 0) await this.#end();
    for (const { life } of this.#services) life.end();
    return {
      faults: this.#model.faults,
      crashes: this.#crashes,
      steps: this.#steps,
      history: this.#history,
    };
  }

  async #makeQueues(): Promise<void> {
    const { queues } = this.#broker;
    const fifo: Record<string, string> =
      this.plan.queue === 'standard' ? {} : { FifoQueue: 'true' };
    const dead = this.#name.replace(/^jobs/, 'jobs-dlq');
    this.#deadUrl = await queues.create(dead, fifo, {});
    const { QueueArn: deadLetterTargetArn } = await queues.attributesOf(this.#deadUrl);
    this.#queueUrl = await queues.create(
      this.#name,
      { ...fifo, RedrivePolicy: JSON.stringify({ deadLetterTargetArn, maxReceiveCount: 1000 }) },
      {},
    );
  }

  /** Orders and requests come to whichever process lives. */
  #schedule(): void {
    const { orders, requests } = this.plan;
    let atMs = 0;
    for (let order = 0; order < orders; order += 1) {
      atMs += this.#random() * WRITES_EVERY_MS;
      this.#unwritten.set(order, undefined);
      this.#try(atMs, async (service) => {
        this.#unwritten.set(order, service.life);
        await service.write(order);
        this.#unwritten.delete(order);
      });
    }
    for (let request = 0; request < requests; request += 1)
      this.#try(this.#random() * atMs, (service) => {
        const name = `request-${request}`;
        this.#asked.push({ request: name, by: service.life });
        return service.ask(name);
      });
    for (const closing of this.plan.closings) this.clock.after(closing, () => this.#replaceOne());
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
    const { latencyMs, lostAnswers, throttled, groups, workMs, failing } = this.plan;
    const service = new SimulatedService(life, {
      broker: this.#broker,
      documents: this.#documents,
      model: this.#model,
      network: { random: this.#random, latencyMs, lostAnswers, throttled },
      topology: this.#topology,
      store: this.#store,
      groups,
      workMs,
      failing,
    });
    this.#services.push(service);
    service.start();
  }

  #crashed(dead: Life): void {
    this.#crashes += 1;
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
    this.#lookForStranded(service);
  }

  /** A release that is lost, or whose answer is, leaves its message to the end of its lease. */
  #lookForStranded({ broker, life }: SimulatedService): void {
    const { lostAnswers, throttled, clockSet, store } = this.plan;
    if (lostAnswers > 0 || throttled > 0 || (store && clockSet)) return;
    const nowMs = this.clock.monotonicMs();
    const { messages } = this.#broker.queues.at(this.#queueUrl);
    const isHeld = (message: StoredMessage): boolean =>
      broker.holds(this.#queueUrl, handleOf(message));
    // Of two copies received together the newer one is released, and brings the message to others.
    const released = new Set(
      messages
        .filter((one) => !isHeld(one) && (one.receives > 0 || one.visibleAtMs <= nowMs))
        .map(({ body }) => orderOf(body)),
    );
    for (const message of messages.filter(isHeld)) {
      const order = orderOf(message.body);
      if (order === undefined || released.has(order)) continue;
      // What another process has reserved is left alone for as long.
      const untilMs = Math.max(nowMs, this.#model.reservedUntilMs(order));
      if (message.visibleAtMs > untilMs + RELEASED_MS) this.#model.stranded(order, life.id);
    }
  }

  #isDone(): boolean {
    const { orders } = this.plan;
    return (
      this.#closing === 0 &&
      [...this.#unwritten.values()].every((by) => by?.ended) &&
      this.#documents.all().every(({ outbox = [] }) => outbox.length === 0) &&
      this.#model.open.length === 0 &&
      this.#broker.queues.at(this.#queueUrl).messages.length === 0 &&
      this.clock.monotonicMs() > orders * WRITES_EVERY_MS + REQUEST_TIMEOUT_MS
    );
  }

  async #end(): Promise<void> {
    const living = [...this.#living];
    const closed = Promise.all(living.map((service) => this.#close(service)));
    let isClosed = false;
    void closed.then(() => (isClosed = true));
    await this.clock.runUntil(() => isClosed, PATIENCE_MS);
    this.#model.atTheEnd(this.#broker, this.#queueUrl, this.#deadUrl);
    const told = this.#asked.filter(({ by }) => living.some(({ life }) => life === by));
    this.#model.unanswered(told.map(({ request }) => request));
  }
}
