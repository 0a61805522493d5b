import { Logger } from '@nestjs/common';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { of } from 'rxjs';
import { EventBus, type WireEvent } from '../../../src/messaging/event-bus/index.js';

import { declaredTask } from '../../../src/messaging/tasks/task.decorator.js';
import { TaskLedger } from '../../../src/messaging/tasks/task.ledger.js';
import type { TaskDocument } from '../../../src/messaging/tasks/task.repository.js';
import { TaskRunner } from '../../../src/messaging/tasks/task.runner.js';
import { Outbox } from '../../../src/platform/outbox/index.js';
import { SqliteStore } from '../../../src/platform/persistence/sqlite/sqlite.store.js';
import type { SnsSqsClient, SnsSqsRecord } from '../../../src/transport/index.js';
import { FakeClock } from '../../../src/testing/index.js';
import { MortalClock, MortalStore } from '../../platform/outbox/mortal.js';
import {
  User,
  USER_REPOSITORY,
  userTasks,
  USERS,
  type Registration,
  type UserDocument,
} from './users.fixture.js';

const LEASE_MS = 30_000;

interface Published {
  readonly messageId: string | undefined;
  readonly eventName: string;
  /** Whether the instance was there when its event went out. */
  readonly instanceWasThere: boolean;
}

/** Processes that run one task over the same documents, each of which may end at any call of the store. */
class World {
  readonly store = new SqliteStore();
  readonly clock = new FakeClock(1_000_000);
  readonly published: Published[] = [];

  async process(task: { readonly type: 'register' | 'pass' }) {
    const mortal = new MortalStore(this.store);
    const time = {
      clock: new MortalClock(this.clock, () => mortal.isDead),
      monotonicMs: () => this.clock.now(),
    };
    const outbox = new Outbox(mortal, { time, leaseMs: LEASE_MS, maxStarts: 1000 });
    const client = { emit: (_pattern: string, sent: SnsSqsRecord<WireEvent>) => this.#take(sent) };
    const bus = new EventBus(
      { publisherName: 'UserService', topics: 'users' },
      client as unknown as SnsSqsClient,
      outbox,
    );
    const ledger = new TaskLedger(mortal, outbox, bus);
    const repository = await USER_REPOSITORY.create(mortal, outbox);
    const { RegisterUserTask, PassingUserTask } = userTasks(User);
    const declared = declaredTask(task.type === 'pass' ? PassingUserTask : RegisterUserTask);
    const provider: Registration = new (declared.type as new () => Registration)();
    const runner = new TaskRunner(bus, ledger);
    const run = () =>
      runner.run(
        {
          task: { ...declared, provider, repository, entity: 'User' },
          runId: 'run-1',
          instanceId: 'u1',
          input: { userId: 'u1' },
        },
        { receiveCount: 1, isLastAttempt: false, signal: new AbortController().signal },
      );
    return { mortal, outbox, run };
  }

  get users() {
    return this.store.collection(USERS);
  }

  #take({ data, options }: SnsSqsRecord<WireEvent>) {
    const { eventName } = data.metadata;
    const at = this.published.length;
    this.published.push({ messageId: options.id, eventName, instanceWasThere: false });
    return of(
      this.users.findOne({ _id: 'u1' }).then((user) => {
        this.published[at] = { messageId: options.id, eventName, instanceWasThere: user !== null };
      }),
    );
  }
}

/** Enough to be past the last call of a run and of the publishing of its outcome. */
const CALLS = Array.from({ length: 16 }, (_, call) => call + 1);

const leftOf = (user: UserDocument & TaskDocument) => ({
  isActive: user.isActive,
  runs: user.task_outcomes?.map(({ run }) => run),
  waiting: user.outbox?.length,
});

const CASES = (['register', 'pass'] as const).flatMap((type) =>
  [
    { email: 'ada@example.org', eventName: 'UserRegistered' },
    { email: 'taken@example.org', eventName: 'UserRegistrationFailed' },
  ].map((one) => ({ type, ...one })),
);

describe('a process that ends at any call of the store while it runs a task', () => {
  beforeAll(() => Logger.overrideLogger(false));

  it.each(CASES)(
    'loses no outcome and announces no other one: $eventName of the task $type',
    async ({ type, email, eventName }) => {
      for (const call of CALLS) {
        for (const done of [false, true]) {
          const world = new World();
          await world.users.insert({ _id: 'u1', email, isActive: false });
          const first = await world.process({ type });
          first.mortal.dieAfter(call, done);
          const life = first.run().then(() => first.outbox.flush());
          await Promise.race([life, first.mortal.died]);

          // SQS delivers the message again, to another process, and once more after that.
          for (let delivery = 0; delivery < 2; delivery++) {
            const next = await world.process({ type });
            await next.run();
            await next.outbox.flush();
            await world.clock.advance(LEASE_MS);
            await next.outbox.flush();
            await world.clock.advance(LEASE_MS);
            await next.outbox.flush();
          }

          const { published } = world;
          const user = await world.users.findOne({ _id: 'u1' });
          const succeeded = eventName === 'UserRegistered';
          expect({
            call,
            done,
            names: [...new Set(published.map((one) => one.eventName))],
          }).toEqual({
            call,
            done,
            names: [eventName],
          });
          // Published again it is the same message.
          expect(new Set(published.map(({ messageId }) => messageId)).size).toBe(1);
          expect({ instanceWasThere: published[0]?.instanceWasThere }).toEqual({
            instanceWasThere: true,
          });
          const stays = { isActive: succeeded, runs: ['run-1'], waiting: 0 };
          expect({ call, done, left: user && leftOf(user) }).toEqual({
            call,
            done,
            left: type === 'pass' ? null : stays,
          });
          await world.store.close();
        }
      }
    },
  );
});
