import { from, lastValueFrom, type Observable } from 'rxjs';
import { ModulesContainer } from '@nestjs/core';
import type { MessageHandler } from '@nestjs/microservices';
import { outboxEntry, pushing } from '../../../src/platform/outbox/outbox.entry.js';
import { OutboxCollection } from '../../../src/platform/outbox/outbox.collection.js';
import { OutboxHandlers } from '../../../src/platform/outbox/outbox.handlers.js';
import { Relay } from '../../../src/platform/outbox/relay.js';
import { OnEvent, OnRequest, PermanentError, record } from '../../../src/transport/index.js';
import type { IdempotencyStore } from '../../../src/transport/idempotency/idempotency.store.js';
import { SnsSqsClient } from '../../../src/transport/client/sns-sqs.client.js';
import { internalsOf } from '../../../src/transport/server/server.internals.js';
import { SnsSqsServer } from '../../../src/transport/server/sns-sqs.server.js';
import type { Topology } from '../../../src/transport/topology/index.js';
import { withoutSeed } from '../seeded-random.js';
import { CrashingBroker } from './crashing.broker.js';
import type { MemoryBroker } from '../../../src/transport/broker/memory/memory.broker.js';
import type { SharedDocuments } from './documents.js';
import type { Life } from './life.js';
import type { Model } from './model.js';
import type { Troubles } from './troubles.js';

const REQUEST_TIMEOUT_MS = 60_000;
const COLLECTION = 'orders';
const DRAIN_MS = 12_000;

export interface World {
  readonly broker: MemoryBroker;
  readonly documents: SharedDocuments;
  readonly model: Model;
  readonly troubles: Troubles;
  /** Where it is received from. */
  readonly queueUrl: string;
  readonly topology: Topology;
  readonly store: IdempotencyStore | undefined;
  readonly groups: number;
  readonly workMs: number;
  readonly poison: ReadonlySet<number>;
}

/** By what names its handlers are known to the store. */
class Jobs {
  @OnEvent('job.run')
  run(): void {}

  @OnRequest('job.ask')
  ask(): void {}
}

function modulesWith(server: SnsSqsServer): ModulesContainer {
  // Its id is cut from random digits that Nest makes for many containers at once.
  const modules = withoutSeed(() => new ModulesContainer());
  const controllers = new Map([['jobs', { metatype: Jobs, instance: new Jobs() }]]);
  modules.set('app', { controllers, providers: new Map() } as never);
  modules.addRpcTarget(server);
  return modules;
}

/** What every process of the simulation runs: server, client, and the relay of an outbox. */
export class SimulatedService {
  readonly broker: CrashingBroker;
  readonly #server: SnsSqsServer;
  readonly #client: SnsSqsClient;
  readonly #relay: Relay;
  readonly #failed = new Set<number>();

  constructor(
    readonly life: Life,
    private readonly world: World,
  ) {
    const { topology, store } = world;
    this.broker = new CrashingBroker(world.broker, life, world.troubles, world.model);
    const common = { topology, aws: this.broker, clock: life, provision: 'off' } as const;
    this.#server = new SnsSqsServer({
      ...common,
      drainTimeoutMs: DRAIN_MS,
      waitTimeS: 5,
      retry: { baseS: 1, capS: 2 },
      ...(store && {
        idempotency: {
          store: gated(store, life, world.model),
          identify: ({ data }) => {
            const { order } = data as { readonly order?: number };
            return order === undefined ? undefined : { key: `order#${order}` };
          },
        },
      }),
    });
    this.#client = new SnsSqsClient({ ...common, requestTimeoutMs: REQUEST_TIMEOUT_MS });
    internalsOf(this.#server).know(modulesWith(this.#server));
    this.#server.addHandler('job.run', this.#handle as MessageHandler, true);
    internalsOf(this.#server).know(modulesWith(this.#server));
    this.#server.addHandler('job.ask', this.#answer as MessageHandler, false);
    const handlers = new OutboxHandlers();
    handlers.add('order', (data, { id }) => this.#publish(data as { order: number }, id));
    const time = { clock: life, monotonicMs: () => life.monotonicMs() };
    this.#relay = new Relay(handlers, { time, pollIntervalMs: 1000 });
    this.#relay.add(new OutboxCollection(COLLECTION, world.documents.of(life)));
  }

  start(): void {
    this.#relay.start();
    // A process whose start fails is started again.
    this.#server.listen((error) => {
      if (error instanceof Error) this.life.fail(`cannot start: ${error.message}`);
    });
  }

  /** Writes an order into the document of its group, and the message about it in the same update. */
  async write(order: number): Promise<void> {
    const { documents, groups, model } = this.world;
    const id = `g${order % groups}`;
    const entry = outboxEntry('order', { order }, { id: `order-${order}`, key: id });
    await this.life.call('write', async () => {
      documents.updateOne({ _id: { $eq: id } }, pushing({ ...entry, since: new Date(0) }));
      model.wrote(order);
    });
    this.#relay.wake(COLLECTION, id);
  }

  async ask(request: string): Promise<void> {
    const { model } = this.world;
    await this.life.pass('asks');
    const asked = record({ request }).withGroup(request).withId(request).build();
    const values: unknown[] = [];
    const isRight = (): boolean => String(values) === String(valuesOf(request));
    this.#client.send('job.ask', asked).subscribe({
      next: (value: unknown) => values.push(value),
      error: () => model.answered(request, 'error'),
      complete: () => model.answered(request, isRight() ? 'value' : 'wrong value'),
    });
  }

  async close(): Promise<void> {
    await this.#server.close();
    await this.#relay.close();
    await this.#client.close();
  }

  readonly #handle = async ({ order }: { readonly order: number }): Promise<void> => {
    const { model, queueUrl } = this.world;
    model.begins(order, this.life.id, this.broker.hasInFlight(queueUrl, order));
    try {
      await this.#work(order);
    } finally {
      model.leaves(order, this.life.id);
    }
  };

  async #work(order: number): Promise<void> {
    const { model, troubles, workMs, poison } = this.world;
    await this.life.pass(`begins order ${order}`);
    await this.life.takes(troubles.random() * workMs);
    const isPoison = poison.has(order);
    if (isPoison || (!this.#failed.has(order) && troubles.strikes(troubles.failing))) {
      this.#failed.add(order);
      model.failed(order);
      throw isPoison ? new PermanentError('never') : new Error('not yet');
    }
    await this.life.pass(`is about to end order ${order}`);
    model.ends(order);
    await this.life.pass(`has ended order ${order}`);
  }

  readonly #answer = async ({
    request,
  }: {
    readonly request: string;
  }): Promise<Observable<string>> => from(this.#values(request));

  async *#values(request: string): AsyncGenerator<string> {
    for (const value of valuesOf(request)) {
      await this.life.pass(`answers ${request}`);
      yield value;
    }
  }

  async #publish({ order }: { readonly order: number }, id: string): Promise<void> {
    const message = record({ order })
      .withGroup(`g${order % this.world.groups}`)
      .withId(id)
      .build();
    await lastValueFrom(this.#client.emit('job.run', message), { defaultValue: undefined });
  }
}

/** What a request is answered with: every other one is a stream. */
const valuesOf = (request: string): readonly string[] =>
  /[02468]$/.test(request) ? [request] : ['first', 'second', 'third'].map((n) => `${request} ${n}`);

/** The store as one process reaches it; the model is told what it has written down. */
function gated(store: IdempotencyStore, life: Life, model: Model): IdempotencyStore {
  const reserved = (key: string, untilMs: number): void => {
    const order = orderOfKey(key);
    if (order !== undefined) model.reserved(order, untilMs - life.now() + life.monotonicMs());
  };
  return {
    inProcess: true,
    reserve: (reservation, nowMs) =>
      life.call('reserve', async () => {
        const found = await store.reserve(reservation, nowMs);
        if (!found) reserved(reservation.key, reservation.inProgressUntilMs);
        return found;
      }),
    renew: (reservation, untilMs) =>
      life.call('renew', () => {
        reserved(reservation.key, untilMs);
        return store.renew(reservation, untilMs);
      }),
    release: (reservation) => life.call('release', () => store.release(reservation)),
    commit: (reservation, completion) =>
      life.call('commit', async () => {
        const committed = await store.commit(reservation, completion);
        const order = orderOfKey(reservation.key);
        if (committed && order !== undefined) model.committed(order);
        return committed;
      }),
  };
}

const orderOfKey = (key: string): number | undefined => {
  const [, order] = key.split('order#');
  return order === undefined ? undefined : Number(order);
};
