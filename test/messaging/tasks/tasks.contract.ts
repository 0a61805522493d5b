import { Controller, Injectable } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { Test } from '@nestjs/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import {
  BusEvent,
  EventBusModule,
  eventBusTopology,
  OnBusEvent,
  type EventBusOptions,
} from '../../../src/messaging/event-bus/index.js';
import {
  InjectTask,
  TaskHandle,
  TasksModule,
  tasksTopology,
  type TaskRepositoryDeclaration,
  type TasksOptions,
} from '../../../src/messaging/tasks/index.js';
import { OutboxModule } from '../../../src/platform/outbox/index.js';
import {
  DocumentStore,
  PersistenceModule,
  type DocumentCollection,
  type PersistenceOptions,
} from '../../../src/platform/persistence/index.js';
import {
  connectSnsSqs,
  mergeTopologies,
  SnsSqsModule,
  SnsSqsServer,
} from '../../../src/transport/index.js';
import { startBriskStack, timeOf } from '../../support/brisk-stack.js';
import { TestStack, unique } from '../../support/transport.js';
import { waitFor } from '../../support/wait.js';
import {
  type Registration,
  type User,
  userTasks,
  UserRegisteredPayload,
  UserRegistrationFailedPayload,
  USERS,
  type UserDocument,
} from './users.fixture.js';

const heard: BusEvent[] = [];
const heardOf = (id: string): BusEvent[] =>
  heard.filter(({ metadata }) => metadata.entityId === id);

@Controller()
class Subscriber {
  @OnBusEvent([UserRegisteredPayload, UserRegistrationFailedPayload])
  note(@Payload() event: BusEvent): void {
    heard.push(event);
  }
}

const eventOf = (id: string): Promise<BusEvent> =>
  waitFor(`the event of ${id}`, () => heardOf(id)[0]);

interface TasksApplication {
  readonly registrations: { readonly register: TaskHandle; readonly pass: TaskHandle };
  readonly task: Registration;
  readonly passing: Registration;
  readonly users: DocumentCollection<UserDocument>;
  readonly queue: string;
  close(): Promise<void>;
}

export interface TasksContractOptions {
  readonly persistence: PersistenceOptions;
  /** Of the collection of users that the store has. */
  readonly repository: TaskRepositoryDeclaration<User>;
}

async function start(
  stack: TestStack,
  { persistence, repository }: TasksContractOptions,
  hooks: EventBusOptions['hooks'] = [],
): Promise<TasksApplication> {
  const { RegisterUserTask, PassingUserTask } = userTasks(repository.model);

  @Injectable()
  class Registrations {
    constructor(
      @InjectTask(RegisterUserTask) readonly register: TaskHandle,
      @InjectTask(PassingUserTask) readonly pass: TaskHandle,
    ) {}
  }

  const bus: EventBusOptions = {
    publisherName: 'UserService',
    topics: unique('users'),
    queues: [{ name: unique('user-events') }],
    hooks,
  };
  const queue = unique('tasks');
  const tasks: TasksOptions = {
    tasks: [RegisterUserTask, PassingUserTask],
    repositories: [repository],
    queue: { name: queue },
  };
  const module = await Test.createTestingModule({
    imports: [
      PersistenceModule.forRoot(persistence),
      SnsSqsModule.forRoot({
        topology: mergeTopologies(eventBusTopology(bus), tasksTopology(tasks)),
        aws: stack.aws,
        provision: 'create',
        server: { waitTimeS: 1, ackLingerMs: 5, ...timeOf(stack) },
      }),
      OutboxModule,
      EventBusModule.forRoot(bus),
      TasksModule.forRoot(tasks),
    ],
    controllers: [Subscriber],
    providers: [Registrations, RegisterUserTask, PassingUserTask],
  }).compile();
  const app = module.createNestApplication({ logger: false });
  connectSnsSqs(app);
  await app.init();
  await app.startAllMicroservices();
  return {
    registrations: app.get(Registrations),
    task: app.get(RegisterUserTask),
    passing: app.get(PassingUserTask),
    users: app.get<DocumentStore>(DocumentStore).collection(USERS),
    queue,
    close: async () => {
      const drained = app.get(SnsSqsServer).close();
      stack.endLongPolls();
      await drained;
      await app.close();
    },
  };
}

/** Tasks with outcome events, over whichever store holds the instances. */
export function tasksContract(open: () => TasksContractOptions): void {
  let stack: TestStack;
  let app: TasksApplication;
  const gone: string[] = [];

  beforeAll(async () => {
    stack = await startBriskStack();
    app = await start(stack, open(), [
      {
        // Whether an instance is still there when its event is out.
        afterPublish: async ({ metadata: { entityId } }) => {
          if ((await app.users.findOne({ _id: entityId })) === null) gone.push(entityId);
        },
      },
    ]);
  });
  afterEach(() => {
    app.task.pause = () => undefined;
    app.passing.pause = () => undefined;
  });
  afterAll(async () => {
    await app.close();
    await stack.stop();
  });

  async function user(email = 'ada@example.org'): Promise<string> {
    const id = unique('user');
    await app.users.insert({ _id: id, email, isActive: false, passwordHash: 'secret' });
    return id;
  }

  describe('a task with outcome events', () => {
    it('stores what it changed and publishes the success event built from the instance', async () => {
      const id = await user();
      await app.registrations.register.delay({ userId: id });
      const { metadata, payload } = await eventOf(id);
      expect(metadata).toMatchObject({
        eventName: 'UserRegistered',
        entityName: 'User',
        entityId: id,
        publisherName: 'UserService',
      });
      expect(payload).toEqual(
        Object.assign(new UserRegisteredPayload(), { id, email: 'ada@example.org' }),
      );
      expect(await app.users.findOne({ _id: id })).toMatchObject({
        isActive: true,
        passwordHash: 'secret',
        email: 'ada@example.org',
      });
    });

    it.each([
      ['taken@example.org', 'EMAIL_TAKEN', 'This address is taken', 'application'],
      ['refused@example.org', 'APPLICATION_ERROR', 'Refused', 'application'],
      ['broken@example.org', 'UNKNOWN_ERROR', 'The directory does not answer', 'unknown'],
    ])(
      'publishes the failure event of %s with the code %s',
      async (email, code, detail, origin) => {
        const id = await user(email);
        await app.registrations.pass.delay({ userId: id });
        const { metadata, payload } = await eventOf(id);
        expect(metadata).toMatchObject({ eventName: 'UserRegistrationFailed', entityId: id });
        expect(payload).toEqual(
          Object.assign(new UserRegistrationFailedPayload(), {
            code,
            data: { id },
            detail,
            origin,
          }),
        );
      },
    );

    it('stores nothing of what a task changed that failed for good', async () => {
      const id = await user('taken@example.org');
      await app.registrations.register.delay({ userId: id });
      await eventOf(id);
      expect(await app.users.findOne({ _id: id })).toMatchObject({ isActive: false });
      expect(heardOf(id)).toHaveLength(1);
    });

    it('is retried with the instance as it is stored, and announces its success alone', async () => {
      const id = await user();
      await app.registrations.register.delay({ userId: id, succeedsAt: 2 });
      expect((await eventOf(id)).metadata.eventName).toBe('UserRegistered');
      expect(app.task.attempts.filter((one) => one.id === id)).toEqual([
        { id, attempt: 1, wasActive: false },
        { id, attempt: 2, wasActive: false },
      ]);
      expect(heardOf(id)).toHaveLength(1);
    });

    it('fails with its last attempt', async () => {
      const id = await user();
      await app.registrations.register.delay({ userId: id, succeedsAt: 3 });
      expect((await eventOf(id)).payload).toMatchObject({
        code: 'UNKNOWN_ERROR',
        detail: 'Not yet',
      });
      expect(app.task.attempts.filter((one) => one.id === id)).toHaveLength(2);
    });

    it('deletes the instance once the event is out, and never announces that it is gone', async () => {
      const [passed, failed] = [await user(), await user('taken@example.org')];
      const run = await app.registrations.pass.delay({ userId: passed });
      await app.registrations.pass.delay({ userId: failed });
      await waitFor(
        'both to be deleted',
        async () => (await app.users.count({ _id: { $in: [passed, failed] } })) === 0,
      );
      expect((await eventOf(passed)).metadata.eventName).toBe('UserRegistered');
      expect((await eventOf(failed)).metadata.eventName).toBe('UserRegistrationFailed');
      expect(gone).toEqual([]);
      // SQS may deliver the message once more, and by now there is no such user.
      await stack.put(
        app.queue,
        JSON.stringify({ pattern: 'task.PassingUser', data: { run, input: { userId: passed } } }),
      );
      await stack.emptied(app.queue);
      expect(heardOf(passed)).toHaveLength(1);
    });

    it('runs once to its outcome however often its message is delivered', async () => {
      const id = await user();
      const message = JSON.stringify({
        pattern: 'task.RegisterUser',
        data: { run: unique('run'), input: { userId: id } },
      });
      await stack.put(app.queue, message);
      await eventOf(id);
      await stack.put(app.queue, message);
      await stack.emptied(app.queue);
      expect(app.task.attempts.filter((one) => one.id === id)).toHaveLength(1);
      expect(heardOf(id)).toHaveLength(1);
    });

    it('stores one outcome of two deliveries that run at the same time', async () => {
      const id = await user();
      const both = Promise.withResolvers<void>();
      let running = 0;
      app.task.pause = () => {
        if (++running === 2) both.resolve();
        return both.promise;
      };
      const message = JSON.stringify({
        pattern: 'task.RegisterUser',
        data: { run: unique('run'), input: { userId: id } },
      });
      await stack.put(app.queue, message);
      await stack.put(app.queue, message);
      await eventOf(id);
      await stack.emptied(app.queue);
      const stored = await waitFor(
        'the outbox to be empty',
        async () =>
          (await app.users.findOne({ _id: id, 'outbox.0': { $exists: false } })) ?? undefined,
      );
      expect(stored).toMatchObject({ task_outcomes: [{ outcome: 'success' }] });
      expect(heardOf(id)).toHaveLength(1);
    });

    it('keeps what others changed in other fields while it ran', async () => {
      const id = await user();
      app.task.pause = async () => {
        await app.users.updateOne({ _id: id }, { $set: { passwordHash: 'changed' } });
      };
      await app.registrations.register.delay({ userId: id });
      await eventOf(id);
      expect(await app.users.findOne({ _id: id })).toMatchObject({
        isActive: true,
        passwordHash: 'changed',
      });
    });

    it('shares nothing with runs beside it', async () => {
      const ids = await Promise.all(
        Array.from({ length: 12 }, (_, n) => user(`user${n}@example.org`)),
      );
      const all = Promise.withResolvers<void>();
      let running = 0;
      app.task.pause = () => {
        if (++running === ids.length) all.resolve();
        return all.promise;
      };
      await Promise.all(ids.map((id) => app.registrations.register.delay({ userId: id })));
      const events = await Promise.all(ids.map(eventOf));
      expect(events.map(({ payload }) => payload)).toEqual(
        ids.map((id, n) =>
          Object.assign(new UserRegisteredPayload(), { id, email: `user${n}@example.org` }),
        ),
      );
    });

    it('announces that its instance is not there, after looking again', async () => {
      const id = unique('nobody');
      await app.registrations.register.delay({ userId: id });
      expect((await eventOf(id)).payload).toMatchObject({
        code: 'UNKNOWN_ERROR',
        data: { id },
        detail: `There is no User with the id ${id}`,
      });
    });

    it('announces its success though its instance was deleted while it ran', async () => {
      const id = await user();
      app.task.pause = async () => {
        await app.users.deleteMany({ _id: id });
      };
      await app.registrations.register.delay({ userId: id });
      expect((await eventOf(id)).metadata.eventName).toBe('UserRegistered');
    });

    it('fails when its instance makes no valid success event', async () => {
      const id = await user('no-address');
      await app.registrations.pass.delay({ userId: id });
      expect((await eventOf(id)).payload).toMatchObject({
        code: 'UNKNOWN_ERROR',
        detail: expect.stringContaining('email must be an email'),
      });
    });

    it('is enqueued by the document that was written with its entry', async () => {
      const id = unique('user');
      await app.users.insert({
        _id: id,
        email: 'ada@example.org',
        isActive: false,
        outbox: [app.registrations.register.entry({ userId: id })],
      });
      expect((await eventOf(id)).metadata.eventName).toBe('UserRegistered');
    });

    it.each([
      ['no id', {}],
      ['an empty id', { userId: '' }],
      ['an id that is no text', { userId: { $ne: '' } }],
      ['an id that is too long', { userId: 'x'.repeat(1025) }],
    ])('is not enqueued with %s', async (_what, input) => {
      await expect(app.registrations.register.delay(input)).rejects.toThrow(
        'The task RegisterUser needs the id of its instance: userId',
      );
    });

    it.each([
      ['of an unknown task', 'task.Nothing', { run: 'r1', input: { userId: 'u1' } }],
      ['whose id is a filter', 'task.RegisterUser', { run: 'r1', input: { userId: { $ne: '' } } }],
      ['without a run', 'task.RegisterUser', { input: { userId: 'u1' } }],
    ])('is dead-lettered when somebody else writes a message %s', async (_what, pattern, data) => {
      const body = JSON.stringify({ pattern, data });
      await stack.put(app.queue, body);
      expect((await stack.take(`${app.queue}-dlq`)).Body).toBe(body);
    });
  });
}
