import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ChildProcess } from 'node:child_process';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { DeleteMessageBatchCommand, ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { sessionsTopology, type SessionsOptions } from '../../../src/features/sessions/index.js';
import {
  SESSIONS_COLLECTION,
  type SessionDocument,
} from '../../../src/features/sessions/session.document.js';
import {
  createDocumentStore,
  type DocumentStore,
} from '../../../src/platform/persistence/index.js';
import {
  faults,
  startTestBroker,
  type FaultProxy,
  type TestBroker,
} from '../../../src/testing/index.js';
import { SnsSqsClient } from '../../../src/transport/index.js';
import { createSessions } from '../../features/sessions/sessions.fixture.js';
import { chancesOf } from '../chances.js';
import { forkScript, killed } from '../fork-script.js';
import type { SessionsTask } from './child.js';
import type { SessionsRow } from './rows.js';

const SESSIONS = 20;
const LEASE_MS = 2_000;

export interface SessionsRowOptions {
  /** Changes of all sessions together. */
  readonly changes: number;
  /** Share of a row's kills and absences that is made, from 0 to 1. */
  readonly share: number;
}

export interface SessionsRowResult {
  readonly row: string;
  /** Changes that the documents have. */
  readonly written: number;
  /** Messages that arrived, repetitions included. */
  readonly received: number;
  /** Changes that no message told of. */
  readonly lost: number;
  /** Changes that were first told of after a later one. */
  readonly outOfOrder: number;
  readonly repeated: number;
  readonly kills: number;
  readonly seconds: number;
}

const OPTIONS: SessionsOptions = {
  feedbackTopics: { good: 'none', bad: 'none', neutral: 'none' },
  metadataQueueUrl: 'session-changes.fifo',
  metadataFields: [],
  liveTopic: 'session-updates',
  queueDepthWarning: 1_000_000,
  expiry: {},
};

/** Makes a row's changes while its faults strike, and counts what the metadata queue was told. */
export async function runSessionsRow(
  row: SessionsRow,
  options: SessionsRowOptions,
): Promise<SessionsRowResult> {
  const broker = await startTestBroker({ embedded: true });
  const documentsDir = await mkdtemp(join(tmpdir(), 'weft-faults-'));
  const store = await createDocumentStore({ kind: 'embedded', documentsDir });
  try {
    return await new Scene(row, options, broker, store, documentsDir).play();
  } finally {
    await store.close();
    await broker.stop();
    await rm(documentsDir, { recursive: true });
  }
}

class Scene {
  readonly #sessions = Array.from({ length: SESSIONS }, (_, n) => `s${n}`);
  readonly #told = new Map<string, number[]>(this.#sessions.map((id) => [id, []]));
  /** Processes that have made all their changes. */
  readonly #finished = new WeakSet<ChildProcess>();
  #written = 0;
  #kills = 0;

  constructor(
    private readonly row: SessionsRow,
    private readonly options: SessionsRowOptions,
    private readonly broker: TestBroker,
    private readonly store: DocumentStore,
    private readonly documentsDir: string,
  ) {}

  async play(): Promise<SessionsRowResult> {
    const startedMs = performance.now();
    const topology = sessionsTopology(OPTIONS);
    const client = new SnsSqsClient({
      topology,
      aws: this.broker.clientOptions(),
      provision: 'create',
    });
    await client.connect();
    await client.close();
    const { service } = await createSessions(OPTIONS, this.store);
    for (const session_id of this.#sessions) await service.create({ session_id });

    const { faults: faultsOf, processes = 1, clocksOffS = [] } = this.row;
    const proxy = await this.broker.proxy(...(faultsOf?.(chancesOf(this.options.changes)) ?? []));
    const task = (changes: number): SessionsTask => ({
      aws: proxy.clientOptions(),
      options: OPTIONS,
      documentsDir: this.documentsDir,
      sessions: this.#sessions,
      changes,
      leaseMs: LEASE_MS,
    });
    const each = this.options.changes / processes;
    const children: ChildProcess[] = [];
    const stopped = new AbortController();
    const receiving = this.#receive(stopped.signal);
    try {
      for (let n = 0; n < processes; n++) {
        children.push(await this.#start(task(each), clocksOffS[n]));
      }
      await this.#strike(children, task, proxy);
      await this.#done(children);
    } finally {
      stopped.abort();
      await receiving;
      await Promise.all(children.map(killed));
    }
    return this.#result((performance.now() - startedMs) / 1000);
  }

  /** Kills, or takes away, while changes are written. */
  async #strike(
    children: ChildProcess[],
    task: (changes: number) => SessionsTask,
    proxy: FaultProxy,
  ): Promise<void> {
    const { kills = 0, documentsAwayMs = 0, brokerAwayMs = 0, clocksOffS = [] } = this.row;
    const wanted = Math.max(Math.ceil(kills * this.options.share), kills > 0 ? 1 : 0);
    for (let kill = 0; kill < wanted; kill++) {
      const reached = (this.options.changes * (kill + 1)) / (wanted + 1);
      await until('changes to be under way', () => this.#written >= reached);
      const at = kill % children.length;
      children[at]?.kill('SIGKILL');
      this.#kills += 1;
      const left = Math.max(0, this.options.changes - this.#written) / children.length;
      children[at] = await this.#start(task(left), clocksOffS[at]);
    }
    if (documentsAwayMs > 0) await this.#lockDocuments(documentsAwayMs * this.options.share);
    if (brokerAwayMs > 0) {
      await until('changes to be under way', () => this.#written >= this.options.changes / 4);
      proxy.use(faults.reset({ share: 1, random: () => 0 }));
      await sleep(brokerAwayMs * this.options.share);
      proxy.use();
    }
  }

  /** A writer that does not end keeps all others out, as a database that is away does. */
  async #lockDocuments(ms: number): Promise<void> {
    await until('changes to be under way', () => this.#written >= this.options.changes / 4);
    const database = new DatabaseSync(join(this.documentsDir, 'documents.sqlite'));
    database.exec('PRAGMA busy_timeout = 10000');
    database.exec('BEGIN IMMEDIATE');
    await sleep(ms);
    database.exec('ROLLBACK');
    database.close();
  }

  async #start(task: SessionsTask, clockOffS = 0): Promise<ChildProcess> {
    const child = forkScript(
      'test/faults/sessions/child.ts',
      [String(clockOffS)],
      ['test/faults/clock.ts'],
    );
    child.on('message', (news) => {
      if (typeof news === 'object') this.#written += 1;
      else if (news === 'done') this.#finished.add(child);
    });
    const ready = once(child, 'message');
    child.send(task);
    await ready;
    return child;
  }

  /** Waits until every process is done, nothing waits in an outbox, and all of it was told. */
  async #done(children: readonly ChildProcess[]): Promise<void> {
    await until('changes to be written', () => children.every((one) => this.#finished.has(one)));
    await until('notifications to be told', async () =>
      (await this.#documents()).every(
        ({ _id, sequence, outbox = [] }) =>
          outbox.length === 0 && new Set(this.#told.get(_id)).size >= sequence,
      ),
    );
  }

  #documents(): Promise<SessionDocument[]> {
    return this.store.collection(SESSIONS_COLLECTION).find({});
  }

  async #receive(stopped: AbortSignal): Promise<void> {
    const url = await this.broker.queueUrl(OPTIONS.metadataQueueUrl);
    const { sqs } = this.broker.aws;
    while (!stopped.aborted) {
      const { Messages: messages = [] } = await sqs.send(
        new ReceiveMessageCommand({ QueueUrl: url, MaxNumberOfMessages: 10, WaitTimeSeconds: 1 }),
      );
      for (const { Body: body = '{}' } of messages) {
        const { session_id, sequence } = JSON.parse(body) as {
          session_id: string;
          sequence: number;
        };
        this.#told.get(session_id)?.push(sequence);
      }
      if (messages.length === 0) continue;
      await sqs.send(
        new DeleteMessageBatchCommand({
          QueueUrl: url,
          Entries: messages.map(({ ReceiptHandle: handle }, at) => ({
            Id: String(at),
            ReceiptHandle: handle,
          })),
        }),
      );
    }
  }

  async #result(seconds: number): Promise<SessionsRowResult> {
    const documents = await this.#documents();
    let [written, received, lost, outOfOrder] = [0, 0, 0, 0];
    for (const { _id, sequence } of documents) {
      const numbers = this.#told.get(_id) ?? [];
      const firsts = [...new Set(numbers)];
      written += sequence;
      received += numbers.length;
      lost += sequence - firsts.length;
      outOfOrder += firsts.filter((number, at) => number < (firsts[at - 1] ?? 0)).length;
    }
    const repeated = received - (written - lost);
    return {
      row: this.row.name,
      written,
      received,
      lost,
      outOfOrder,
      repeated,
      kills: this.#kills,
      seconds,
    };
  }
}

const PATIENCE_MS = 300_000;

async function until(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`The row waited in vain for ${what}`);
    await sleep(50);
  }
}
