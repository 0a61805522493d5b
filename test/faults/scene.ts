import { DeleteMessageBatchCommand, ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  MemoryIdempotencyStore,
  type SnsSqsClient,
  type SnsSqsServerOptions,
} from '../../src/transport/index.js';
import type { Fault, FaultProxy, TestBroker } from '../../src/testing/index.js';
import { startService, unique, type TestService } from '../support/transport.js';
import { Askers } from './ask.js';
import { chancesOf } from './chances.js';
import { Ledger } from './ledger.js';
import { publish, publishInOrder } from './publish.js';
import type { Row, RowOptions, RowResult } from './row.js';
import { jobOf, Watch } from './watch.js';
import { jobsTopology, SERVER_OPTIONS, worker, type JobsQueue, type Work } from './worker.js';

const MAX_RECEIVES = 1000;
/** Milliseconds without a message handled after which a row that does not end has failed. */
const PATIENCE_MS = 120_000;
const PATIENCE_PER_MESSAGE_MS = 15;
/** Looking costs calls, which the row would pay for. */
const LOOK_INTERVAL_MS = 200;
const EMPTY_LOOKS = 2;
const WORKERS = 2;
/** Below which a worker more is more than its work. */
const MESSAGES_PER_WORKER = 100;
/** Below which there is no order to keep. */
const MESSAGES_PER_GROUP = 20;

/** One run of a row: its broker, its queue, its jobs and what became of them. */
export class Scene {
  readonly ledger: Ledger;
  readonly store = new MemoryIdempotencyStore();
  readonly jobs: readonly number[];
  readonly queue: JobsQueue;
  readonly kills: number;
  readonly groups: number | undefined;
  /** Processes that were ended. */
  ended = 0;
  readonly #faults: readonly Fault[];
  #askers: Askers | undefined;
  readonly #watch: Watch;

  constructor(
    readonly broker: TestBroker,
    readonly proxy: FaultProxy,
    readonly row: Row,
    readonly options: RowOptions,
  ) {
    const { messages, killShare, seed = messages } = options;
    this.groups =
      row.groups && Math.max(1, Math.min(row.groups, Math.floor(messages / MESSAGES_PER_GROUP)));
    this.ledger = new Ledger(this.groups);
    this.jobs = Array.from({ length: messages }, (_, job) => job);
    this.queue = {
      name: unique('jobs') + (this.groups === undefined ? '' : '.fifo'),
      visibilityTimeoutS: this.leaseS,
      deadLetter: { maxReceiveCount: row.maxReceiveCount ?? MAX_RECEIVES },
    };
    const { times = 0 } = row.killed ?? row.stopped ?? row.clockSet ?? row.fullDisk ?? {};
    this.kills = times > 0 ? Math.max(1, Math.round(times * killShare)) : 0;
    this.#faults = row.faults?.(chancesOf(seed)) ?? [];
    this.#watch = new Watch(this.ledger);
    this.calm();
  }

  /** Seconds of a lease. */
  get leaseS(): number {
    return this.row.visibilityTimeoutS ?? this.options.visibilityTimeoutS;
  }

  /** Senders and consumers. */
  get workers(): number {
    const most = Math.ceil(this.jobs.length / MESSAGES_PER_WORKER);
    return Math.min(this.row.workers ?? WORKERS, most);
  }

  /** Nothing goes wrong on the way until `strike`. */
  calm(): void {
    this.proxy.use(this.#watch);
  }

  strike(): void {
    this.proxy.use(...this.#faults, this.#watch);
  }

  readonly sent = (job: number): void => this.ledger.took(job);
  readonly handled = (job: number): void => this.ledger.did(job);

  /** Senders, and consumers unless `server` says otherwise, in this process. */
  async services(work: Work, server: Partial<SnsSqsServerOptions> = {}): Promise<TestService[]> {
    const { row, options, proxy } = this;
    const services: TestService[] = [];
    for (let n = 0; n < this.workers; n++)
      services.push(
        await startService(this.broker, {
          topology: jobsTopology(this.queue),
          controllers: [worker(work)],
          server: {
            ...SERVER_OPTIONS,
            aws: proxy.clientOptions(),
            ...row.server,
            ...server,
            ...(options.store && { idempotency: { store: this.store } }),
          },
          client: { aws: proxy.clientOptions() },
        }),
      );
    return services;
  }

  /**
   * Publishes every job, in one part more than there are kills: in the middle of
   * each part's work but the last one's, `kill` strikes.
   */
  async publish(
    clients: readonly SnsSqsClient[],
    kill: () => Promise<void> = () => Promise.resolve(),
  ): Promise<void> {
    const { groups } = this;
    const size = this.jobs.length / (this.kills + 1);
    for (let n = 0; n <= this.kills; n++) {
      const part = this.jobs.slice(Math.round(n * size), Math.round((n + 1) * size));
      const published =
        groups === undefined
          ? publish(clients, part, this.sent)
          : publishInOrder(clients, part, groups, this.sent);
      if (n < this.kills) {
        await this.reached('handled', (n + 1 / 2) * size);
        await kill();
        this.ended += 1;
      }
      await published;
    }
  }

  /** Asks for every job, by as many clients as there are workers; resolves when all callers have been told. */
  async ask(): Promise<void> {
    const { queue, proxy, workers } = this;
    const client = {
      topology: jobsTopology(queue),
      aws: proxy.clientOptions(),
      provision: 'off',
    } as const;
    this.#askers = new Askers(Array.from({ length: workers }, () => client));
    await this.#askers.ask(this.jobs, this.sent);
  }

  async closeAskers(): Promise<void> {
    await this.#askers?.close();
  }

  /** Resolves in the moment so many jobs are sent or handled. */
  async reached(jobs: 'sent' | 'handled', size: number): Promise<void> {
    const late = new AbortController();
    const timeout = sleep(this.#patienceMs, undefined, { signal: late.signal }).then(() => {
      throw new Error(`${size} messages were not ${jobs} in time`);
    });
    await Promise.race([this.ledger.reaches(jobs, size), timeout]);
    timeout.catch(() => undefined);
    late.abort();
  }

  /**
   * Waits until every job is accounted for and two looks in a row have found its queue empty; in vain, if something is lost. One
   * look is not enough: engines count what is visible and what is not one after the other, and a request whose connection was cut
   * may take effect after its sender was told that it failed.
   */
  async settled(): Promise<void> {
    // Counted by looks: a process that stood still has not waited.
    for (let looks = 0, empty = 0; looks * LOOK_INTERVAL_MS < this.#patienceMs; looks += 1) {
      const handled = this.ledger.handled.size;
      empty = (await this.#isSettled()) ? empty + 1 : 0;
      if (empty === EMPTY_LOOKS) return;
      await sleep(LOOK_INTERVAL_MS);
      if (this.ledger.handled.size > handled) looks = 0;
    }
  }

  async result(seconds: number): Promise<RowResult> {
    const { ledger } = this;
    const { visible, inFlight } = await this.broker.depth(this.queue.name);
    return {
      row: this.row.name,
      store: this.options.store,
      messages: this.jobs.length,
      sent: ledger.sent.size,
      handled: ledger.handled.size,
      deadLettered: ledger.deadLettered.size,
      lost: ledger.lost,
      acknowledgedUnhandled: ledger.acknowledgedUnhandled,
      repeats: ledger.repeats,
      outOfOrder: ledger.outOfOrder,
      notOurs: ledger.notOurs,
      stoodMs: Math.round(ledger.stoodMs),
      slowestCallMs: Math.round(ledger.slowestCallMs),
      leaseMs: this.leaseS * 1000,
      unanswered: Object.fromEntries(this.#askers?.failures ?? []),
      answeredTwice: this.#askers?.answeredTwice ?? 0,
      left: visible + inFlight,
      struck: this.#faults.reduce((sum, { struck }) => sum + struck, this.ended),
      seconds,
    };
  }

  async #isSettled(): Promise<boolean> {
    if (this.ledger.lost > 0) await this.#readDeadLetters();
    if (this.ledger.lost > 0) return false;
    const { visible, inFlight } = await this.broker.depth(this.queue.name);
    return visible + inFlight === 0;
  }

  async #readDeadLetters(): Promise<void> {
    const { sqs } = this.broker.aws;
    const { name, fifo = '' } =
      /^(?<name>.*?)(?<fifo>\.fifo)?$/.exec(this.queue.name)?.groups ?? {};
    const QueueUrl = await this.broker.queueUrl(`${name}-dlq${fifo}`);
    for (;;) {
      const { Messages: messages = [] } = await sqs.send(
        new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }),
      );
      if (messages.length === 0) return;
      const jobs = messages.map(({ Body: body }) => jobOf(body)).filter((job) => job !== undefined);
      for (const job of jobs) this.ledger.putAside(job);
      await sqs.send(
        new DeleteMessageBatchCommand({
          QueueUrl,
          Entries: messages.map(({ ReceiptHandle }, index) => ({
            Id: String(index),
            ReceiptHandle,
          })),
        }),
      );
    }
  }

  get #patienceMs(): number {
    return this.options.patienceMs ?? PATIENCE_MS + PATIENCE_PER_MESSAGE_MS * this.jobs.length;
  }
}
