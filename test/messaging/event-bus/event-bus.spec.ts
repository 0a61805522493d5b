import { Controller } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Expose, Type } from 'class-transformer';
import { IsEmail, IsString, ValidateNested } from 'class-validator';
import {
  BusEvent,
  EventBusModule,
  EventFailPayload,
  EventPayload,
  OnBusEvent,
  type EventBusOptions,
  type WireEvent,
} from '../../../src/messaging/event-bus/index.js';
import {
  pushing,
  withOutbox,
  Outbox,
  type OutboxDocument,
} from '../../../src/platform/outbox/index.js';
import { DocumentStore } from '../../../src/platform/persistence/index.js';
import { SnsSqsContext } from '../../../src/transport/index.js';
import { startBriskStack } from '../../support/brisk-stack.js';
import { TestStack, unique } from '../../support/transport.js';
import { waitForCount } from '../../support/wait.js';
import { startBus, type BusApplication } from './event-bus.fixture.js';

class Address {
  @Expose()
  @IsString()
  postCode!: string;
}

@EventPayload({ containsPersonalData: true })
class UserRegisteredPayload {
  @Expose()
  @IsString()
  id!: string;

  @Expose()
  @IsEmail()
  email!: string;

  @Expose()
  @ValidateNested()
  @Type(() => Address)
  homeAddress?: Address;
}

@EventPayload({ name: ' ' })
class NamelessPayload {
  readonly at = 1;
}

class PingPayload {
  readonly at = 1;
}

class UserRegistrationFailedPayload extends EventFailPayload {}

const registered = (more: Partial<UserRegisteredPayload> = {}): UserRegisteredPayload =>
  Object.assign(new UserRegisteredPayload(), { id: 'u1', email: 'a@example.org', ...more });

let stack: TestStack;
let app: BusApplication | undefined;
beforeAll(async () => {
  stack = await startBriskStack();
});
afterEach(async () => {
  await app?.close();
  app = undefined;
});
afterAll(() => stack.stop());

const heard: { readonly by: string; readonly what: unknown; readonly context?: SnsSqsContext }[] =
  [];
const heardBy = (by: string): unknown[] =>
  heard.filter((one) => one.by === by).map(({ what }) => what);
afterEach(() => void heard.splice(0));

@Controller()
class Subscriber {
  @OnBusEvent(UserRegisteredPayload)
  whole(@Payload() event: BusEvent<UserRegisteredPayload>, @Ctx() context: SnsSqsContext): void {
    heard.push({ by: 'whole', what: event, context });
  }

  @OnBusEvent(UserRegisteredPayload)
  payload(@Payload() payload: UserRegisteredPayload): void {
    heard.push({ by: 'payload', what: payload });
  }

  @OnBusEvent([UserRegisteredPayload, UserRegistrationFailedPayload])
  both(@Payload() { metadata }: BusEvent): void {
    heard.push({ by: 'both', what: metadata.eventName });
  }
}

function busOptions(more: Partial<EventBusOptions> = {}): EventBusOptions & { queue: string } {
  const queue = unique('user-events');
  return {
    publisherName: 'UserService',
    topics: unique('users'),
    queues: [{ name: queue, visibilityTimeoutS: 5 }],
    queue,
    ...more,
  };
}

describe('The event bus', () => {
  it('publishes an event in lowerCamel with the names of its class, and its attributes typed', async () => {
    const options = busOptions();
    app = await startBus(stack, options);
    const event = await app.bus.publish(
      registered({ homeAddress: Object.assign(new Address(), { postCode: '1010' }) }),
      {
        routing: { tenant: 'acme', priority: 3, tags: ['a', 1, true, null] },
      },
    );
    const { Body = '', MessageAttributes } = await stack.take(options.queue);
    expect(JSON.parse(Body)).toEqual({
      metadata: {
        containsPersonalData: true,
        tracestate: '',
        traceparent: expect.stringMatching(/^00-[\da-f]{32}-[\da-f]{16}-00$/),
        authorization: '',
        publishDate: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/),
        entityId: 'u1',
        entityName: 'User',
        publisherName: 'UserService',
        eventName: 'UserRegistered',
      },
      payload: { id: 'u1', email: 'a@example.org', homeAddress: { postCode: '1010' } },
    });
    expect(JSON.parse(Body)).toEqual(JSON.parse(JSON.stringify(event)));
    expect(MessageAttributes).toEqual({
      entityName: { DataType: 'String', StringValue: 'User' },
      publisherName: { DataType: 'String', StringValue: 'UserService' },
      eventName: { DataType: 'String', StringValue: 'UserRegistered' },
      tenant: { DataType: 'String', StringValue: 'acme' },
      priority: { DataType: 'Number', StringValue: '3' },
      tags: { DataType: 'String.Array', StringValue: '["a",1,true,null]' },
    });
  });

  it('takes the id of the entity from the call, else from the payload, else makes one', async () => {
    app = await startBus(stack, busOptions());
    const ids = [
      await app.bus.publish(registered(), { entityId: 'given' }),
      await app.bus.publish(registered()),
      await app.bus.publish(new PingPayload()),
    ].map(({ metadata }) => metadata.entityId);
    expect(ids).toEqual(['given', 'u1', expect.stringMatching(/^[\da-f-]{36}$/)]);
  });

  it('runs every handler of an event, each with what the class of its parameter says', async () => {
    app = await startBus(stack, busOptions(), { controllers: [Subscriber] });
    await app.bus.publish(registered());
    await waitForCount('calls of handlers', () => heard, 3);
    expect(heardBy('payload')).toEqual([registered()]);
    expect(heardBy('payload')[0]).toBeInstanceOf(UserRegisteredPayload);
    const [event] = heardBy('whole') as [BusEvent<UserRegisteredPayload>];
    expect(event).toBeInstanceOf(BusEvent);
    expect(event.payload).toBeInstanceOf(UserRegisteredPayload);
    expect(event.metadata).toMatchObject({ eventName: 'UserRegistered', entityId: 'u1' });
    expect(heardBy('both')).toEqual(['UserRegistered']);
  });

  it.each([
    [
      'snake_case',
      {
        metadata: { event_name: 'UserRegistered' },
        payload: { id: 'u2', email: 'b@example.org', home_address: { post_code: '1' } },
      },
    ],
    [
      'PascalCase',
      {
        Metadata: { EventName: 'UserRegistered' },
        Payload: { Id: 'u2', Email: 'b@example.org', HomeAddress: { PostCode: '1' } },
      },
    ],
  ])(
    'reads events of other programs in %s, the payload and what lies in it too',
    async (_name, body) => {
      const options = busOptions();
      app = await startBus(stack, options, { controllers: [Subscriber] });
      await stack.put(options.queue, JSON.stringify(body));
      await waitForCount('events heard', () => heardBy('payload'), 1);
      expect(heardBy('payload')).toEqual([
        registered({
          id: 'u2',
          email: 'b@example.org',
          homeAddress: Object.assign(new Address(), { postCode: '1' }),
        }),
      ]);
    },
  );

  it('dead-letters an event whose payload does not fit its class', async () => {
    const options = busOptions();
    app = await startBus(stack, options, { controllers: [Subscriber] });
    const body = {
      metadata: { eventName: 'UserRegistered' },
      payload: { id: 'u1', email: 'none' },
    };
    await stack.put(options.queue, JSON.stringify(body));
    const { Body } = await stack.take(`${options.queue}-dlq`);
    expect(JSON.parse(Body ?? '')).toEqual(body);
    expect(heard).toEqual([]);
  });

  it('acknowledges and counts events that no handler takes', async () => {
    const options = busOptions();
    const ignored: string[] = [];
    app = await startBus(stack, options, {
      controllers: [Subscriber],
      observer: { ignored: ({ queue }) => ignored.push(queue) },
    });
    await stack.put(
      options.queue,
      JSON.stringify({ metadata: { eventName: 'Else' }, payload: {} }),
    );
    await waitForCount('ignored events', () => ignored, 1);
    await stack.emptied(options.queue);
    expect(await stack.depth(`${options.queue}-dlq`)).toEqual({ visible: 0, inFlight: 0 });
    expect(ignored).toEqual([options.queue]);
  });

  it('dead-letters events that no handler takes where its queue says so', async () => {
    const queue = unique('strict');
    app = await startBus(stack, busOptions({ queues: [{ name: queue, unknown: 'deadLetter' }] }), {
      controllers: [Subscriber],
    });
    const body = JSON.stringify({ metadata: { eventName: 'Else' }, payload: {} });
    await stack.put(queue, body);
    expect((await stack.take(`${queue}-dlq`)).Body).toBe(body);
  });

  it('lets a queue hear only the events that it names, by the filter policy of its subscription', async () => {
    const [all, failures] = [unique('all'), unique('failures')];
    app = await startBus(
      stack,
      busOptions({
        queues: [{ name: all }, { name: failures, events: [UserRegistrationFailedPayload] }],
      }),
    );
    const failed = { code: 'UNKNOWN_ERROR', data: { id: 'u1' }, detail: 'x', origin: 'unknown' };
    await app.bus.publish(registered());
    await app.bus.publish(Object.assign(new UserRegistrationFailedPayload(), failed));
    const { Body = '' } = await stack.take(failures);
    expect(JSON.parse(Body)).toMatchObject({
      metadata: { eventName: 'UserRegistrationFailed', entityName: 'User' },
      payload: failed,
    });
    expect(await stack.depth(failures)).toMatchObject({ visible: 0 });
    await stack.take(all);
    await stack.take(all);
  });

  it('sends each event to the topic of its pattern', async () => {
    const [users, failures] = [unique('users'), unique('failures')];
    const [ofUsers, ofFailures] = [unique('of-users'), unique('of-failures')];
    app = await startBus(
      stack,
      busOptions({
        topics: { '*': users, '*Failed': failures },
        queues: [
          { name: ofUsers, from: [users] },
          { name: ofFailures, from: [failures] },
        ],
      }),
    );
    await app.bus.publish(registered());
    await app.bus.publish(
      Object.assign(new UserRegistrationFailedPayload(), {
        code: 'A',
        data: {},
        detail: 'x',
        origin: 'y',
      }),
    );
    expect((await stack.take(ofUsers)).Body).toContain('"eventName":"UserRegistered"');
    expect((await stack.take(ofFailures)).Body).toContain('"eventName":"UserRegistrationFailed"');
  });

  it('keeps the events of one entity in order on a FIFO topic, whatever its id looks like', async () => {
    const topic = `${unique('users')}.fifo`;
    const queue = `${unique('user-events')}.fifo`;
    app = await startBus(stack, busOptions({ topics: topic, queues: [{ name: queue }] }), {
      controllers: [Subscriber],
    });
    for (const email of ['1@example.org', '2@example.org', '3@example.org'])
      await app.bus.publish(registered({ email }), { entityId: 'Ünï cöde' });
    await waitForCount('events heard', () => heardBy('payload'), 3);
    expect(heardBy('payload')).toEqual(
      ['1@example.org', '2@example.org', '3@example.org'].map((email) => registered({ email })),
    );
  });
});

describe('EventBusModule', () => {
  it.each([
    ['is unset', undefined],
    ['is empty', ''],
    ['holds a line end', 'User\nService'],
    ['is built from an unset variable', 'undefined-UserService'],
  ])('refuses a publisherName that %s', (_what, publisherName) => {
    expect(() => EventBusModule.forRoot({ publisherName } as EventBusOptions)).toThrow(
      'The event bus has the option publisherName, which',
    );
  });
});

describe('EventBus.publish', () => {
  it.each([
    [
      'a payload that does not fit its class',
      () => registered({ email: 'none' }),
      {},
      'email must be an email',
    ],
    ['a plain object', () => ({ id: 'u1' }), {}, 'instances of payload classes'],
    ['a class that names no event', () => new NamelessPayload(), {}, 'does not name an event'],
    ['a float as an attribute', () => registered(), { routing: { score: 0.5 } }, 'not an integer'],
    ['an empty id of an entity', () => registered(), { entityId: '' }, 'entityId'],
  ])('refuses %s before anything is sent', async (_what, payload, publishOptions, message) => {
    const options = busOptions();
    app = await startBus(stack, options);
    await expect(app.bus.publish(payload(), publishOptions)).rejects.toThrow(message);
    expect(await stack.depth(options.queue)).toEqual({ visible: 0, inFlight: 0 });
  });

  it('asks hooks before, any of which may refuse, and notifies them afterwards', async () => {
    const calls: string[] = [];
    const options = busOptions({
      hooks: [
        {
          beforePublish: ({ metadata }: WireEvent) =>
            void calls.push(`before ${metadata.eventName}`),
          afterPublish: ({ metadata }: WireEvent) => void calls.push(`after ${metadata.eventName}`),
        },
        {
          beforePublish: ({ payload }: WireEvent) => {
            if (payload['id'] === 'blocked') throw new Error('Not this one');
          },
          afterPublish: () => {
            throw new Error('The event is out all the same');
          },
        },
      ],
    });
    app = await startBus(stack, options);
    await expect(app.bus.publish(registered({ id: 'blocked' }))).rejects.toThrow('Not this one');
    expect(await stack.depth(options.queue)).toEqual({ visible: 0, inFlight: 0 });
    await app.bus.publish(registered());
    expect(calls).toEqual([
      'before UserRegistered',
      'before UserRegistered',
      'after UserRegistered',
    ]);
    await stack.take(options.queue);
  });

  it('gives no two events of a process the same date, so that a store never takes one for the other', async () => {
    app = await startBus(stack, busOptions());
    const { bus } = app;
    const events = await Promise.all(Array.from({ length: 20 }, () => bus.publish(registered())));
    expect(new Set(events.map(({ metadata }) => metadata.publishDate)).size).toBe(20);
  });

  it('continues the trace of the event whose handler publishes', async () => {
    const options = busOptions();
    @Controller()
    class Follower {
      @OnBusEvent(UserRegistrationFailedPayload)
      async follow(): Promise<void> {
        await app?.bus.publish(registered());
      }
    }
    app = await startBus(stack, options, { controllers: [Subscriber, Follower] });
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    await stack.put(
      options.queue,
      JSON.stringify({
        metadata: { event_name: 'UserRegistrationFailed', traceparent },
        payload: { code: 'A', data: {}, detail: 'x', origin: 'y' },
      }),
    );
    await waitForCount('events heard', () => heardBy('whole'), 1);
    const [event] = heardBy('whole') as [BusEvent];
    expect(event.metadata.traceparent).toBe(traceparent);
  });
});

interface UserDocument extends OutboxDocument {
  email: string;
}
const USERS = withOutbox<UserDocument>({ name: 'users' });

describe('EventBus.entry', () => {
  it('is published when the document it was written into was changed, as it was made', async () => {
    const options = busOptions();
    app = await startBus(stack, options);
    const outbox = app.get(Outbox);
    outbox.relay(USERS);
    const users = app.get(DocumentStore as never as new () => DocumentStore).collection(USERS);
    const entry = await app.bus.entry(registered(), { routing: { tenant: 'acme' } });
    await users.updateOne(
      { _id: 'u1' },
      { $set: { email: 'a@example.org' }, ...pushing(entry) },
      { upsert: true },
    );
    outbox.wake(USERS, 'u1');
    const { Body = '', MessageAttributes } = await stack.take(options.queue);
    expect(JSON.parse(Body)).toEqual((JSON.parse(entry.data) as { event: WireEvent }).event);
    expect(MessageAttributes?.['tenant']?.StringValue).toBe('acme');
  });
});
