import { DeleteMessageBatchCommand, ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { createIdempotencyTable, MemoryIdempotencyStore } from '../../src/transport/index.js';
import {
  startTestBroker,
  waitFor,
  type Fault,
  type FaultProxy,
  type TestBroker,
} from '../../src/transport/testing/index.js';
import { startService, unique } from '../support/transport.js';
import type { ChildTask } from './child.js';
import { Ledger } from './ledger.js';
import { Child } from './processes.js';
import { publish } from './publish.js';
import type { Row, RowOptions, RowResult } from './row.js';
import { jobOf, Watch } from './watch.js';
import { jobsTopology, SERVER_OPTIONS, worker } from './worker.js';

const MAX_RECEIVES = 1000;
/** Milliseconds after which a row that does not end has failed. */
const PATIENCE_MS = 60_000;
const PATIENCE_PER_MESSAGE_MS = 30;
const CHILD_WORK_MS = 5;
const TABLE = 'faults';

/** Sends and handles a row's messages while its faults strike, and counts. */
export async function runRow(row: Row, options: RowOptions): Promise<RowResult> {
  const broker = await startTestBroker();
  try {
    return await new Run(broker, row, options).run();
  } finally {
    await broker.stop();
  }
}

class Run {
  readonly #ledger = new Ledger();
  readonly #queue = unique('jobs');
  readonly #jobs: readonly number[];
  readonly #maxReceiveCount: number;
  readonly #kills: number;
  #struck = 0;

  constructor(
    private readonly broker: TestBroker,
    private readonly row: Row,
    private readonly options: RowOptions,
  ) {
    const messages = Math.min(options.messages, row.atMost ?? Infinity);
    this.#jobs = Array.from({ length: messages }, (_, job) => job);
    this.#maxReceiveCount = row.maxReceiveCount ?? MAX_RECEIVES;
    this.#kills = Math.max(1, Math.round((row.kills ?? 0) * options.killShare));
  }

  async run(): Promise<RowResult> {
    const startedMs = performance.now();
    const proxy = await this.broker.proxy(new Watch(this.#ledger));
    await (this.row.killed ? this.#withProcesses(proxy) : this.#here(proxy));
    const seconds = (performance.now() - startedMs) / 1000;
    const { visible, inFlight } = await this.broker.depth(this.#queue);
    const ledger = this.#ledger;
    return {
      row: this.row.name,
      store: this.options.store,
      messages: this.#jobs.length,
      sent: ledger.sent.size,
      handled: ledger.effects.size,
      deadLettered: ledger.deadLettered.size,
      lost: ledger.lost,
      acknowledgedUnhandled: ledger.acknowledgedUnhandled,
      repeats: ledger.repeats,
      left: visible + inFlight,
      struck: this.#struck,
      seconds,
    };
  }

  /** Sender and consumer in this process, both behind the proxy. */
  async #here(proxy: FaultProxy): Promise<void> {
    const ledger = this.#ledger;
    const handled = (job: number): void => ledger.handled(job);
    const service = await startService(this.broker, {
      topology: jobsTopology(this.#queue, this.#maxReceiveCount),
      controllers: [worker(this.row.work?.(handled) ?? handled)],
      server: {
        ...SERVER_OPTIONS,
        aws: proxy.clientOptions(),
        ...this.row.server,
        ...(this.options.store && { idempotency: { store: new MemoryIdempotencyStore() } }),
      },
      client: { aws: proxy.clientOptions() },
    });
    const wrong: readonly Fault[] = this.row.faults?.(seeded(this.#jobs.length)) ?? [];
    proxy.use(...wrong, new Watch(ledger));
    try {
      await publish(service.client, this.#jobs, (job) => void ledger.sent.add(job));
      await this.#settled();
    } finally {
      this.#struck = wrong.reduce((sum, { struck }) => sum + struck, 0);
      proxy.use();
      await service.close();
    }
  }

  /** Sender or consumer in processes that are ended again and again, the other one here. */
  async #withProcesses(proxy: FaultProxy): Promise<void> {
    const { role, signal } = this.row.killed ?? { role: 'consumer', signal: 'SIGKILL' };
    const ledger = this.#ledger;
    const here = await startService(this.broker, {
      topology: jobsTopology(this.#queue, this.#maxReceiveCount),
      controllers: [worker((job) => ledger.handled(job))],
      server: {
        ...SERVER_OPTIONS,
        aws: proxy.clientOptions(),
        consume: role === 'consumer' ? [] : [this.#queue],
        ...(this.options.store && { idempotency: { store: new MemoryIdempotencyStore() } }),
      },
    });
    if (this.options.store) await createIdempotencyTable(this.broker.aws.dynamodb, TABLE);
    const progress = (): number => (role === 'consumer' ? ledger.effects.size : ledger.sent.size);
    let child: Child | undefined;
    try {
      const publishing =
        role === 'consumer'
          ? publish(here.client, this.#jobs, (job) => void ledger.sent.add(job))
          : undefined;
      for (let kill = 1; kill <= this.#kills; kill++) {
        child = await Child.start(this.#task(proxy, role), ledger);
        const enough = (this.#jobs.length * kill) / (this.#kills + 1);
        await waitFor(() => progress() >= enough, this.#patience());
        if (child.running) this.#struck += 1;
        await child.end(signal);
      }
      child = await Child.start(this.#task(proxy, role), ledger);
      await publishing;
      if (role === 'publisher') await child.ended();
      await this.#settled();
    } finally {
      await child?.end('SIGKILL');
      await here.close();
    }
  }

  #task(proxy: FaultProxy, role: ChildTask['role']): ChildTask {
    return {
      role,
      aws: proxy.clientOptions(),
      queue: this.#queue,
      maxReceiveCount: this.#maxReceiveCount,
      workMs: CHILD_WORK_MS,
      table: this.options.store ? TABLE : undefined,
      jobs: this.#jobs.filter((job) => !this.#ledger.sent.has(job)),
    };
  }

  /** Waits until every job is accounted for and its queue is empty; in vain, if something is lost. */
  async #settled(): Promise<void> {
    const settled = async (): Promise<boolean> => {
      await this.#readDeadLetters();
      const { visible, inFlight } = await this.broker.depth(this.#queue);
      return this.#ledger.lost === 0 && visible + inFlight === 0;
    };
    await waitFor(settled, this.#patience()).catch(() => undefined);
  }

  async #readDeadLetters(): Promise<void> {
    const { sqs } = this.broker.aws;
    const QueueUrl = await this.broker.queueUrl(`${this.#queue}-dlq`);
    for (;;) {
      const { Messages: messages = [] } = await sqs.send(
        new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }),
      );
      if (messages.length === 0) return;
      const jobs = messages.map(({ Body: body }) => jobOf(body)).filter((job) => job !== undefined);
      for (const job of jobs) this.#ledger.deadLettered.add(job);
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

  #patience(): { timeoutMs: number } {
    const { patienceMs = PATIENCE_MS + PATIENCE_PER_MESSAGE_MS * this.#jobs.length } = this.options;
    return { timeoutMs: patienceMs };
  }
}

/** Numbers from 0 to 1 that are the same in each run: mulberry32. */
function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
