import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Controller } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { randomUUID } from 'node:crypto';
import {
  CANCELLED_JOBS,
  CommandController,
  CommandsClient,
  CommandInterceptor,
  CommandMessage,
  CommandRejection,
  failedWith,
  messagingTopology,
  OnCommand,
  ResultPublisher,
  RunningCommands,
  trying,
} from '../../src/messaging/index.js';
import {
  Command,
  DataReference,
  Event,
  ExecutionRecord,
  type Outcome,
} from '../../src/protocol/index.js';
import {
  commandCodec,
  defineTopology,
  mergeTopologies,
  OnEvent,
  PermanentError,
  RetryableError,
  type SnsSqsContext,
  type Topology,
} from '../../src/transport/index.js';
import { startBriskStack } from '../support/brisk-stack.js';
import { startService, TestStack, unique, type TestService } from '../support/transport.js';
import { waitFor } from '../support/wait.js';

type Act = (command: Command, signal: AbortSignal) => Promise<Outcome | undefined>;

let act: Act = () => Promise.resolve(undefined);
let attempts = 0;
let heard: { kind: 'event' | 'result'; body: Record<string, unknown> }[] = [];

@CommandController('acting')
class ActingController {
  @OnCommand('acting.act')
  act(
    @CommandMessage() command: Command,
    @Ctx() { signal }: SnsSqsContext,
  ): Promise<Outcome | undefined> {
    attempts += 1;
    return act(command, signal);
  }
}

/** Listens to what goes out, in the same service for want of another. */
@Controller()
class Outside {
  @OnEvent('result')
  result(@Payload() body: Record<string, unknown>): void {
    heard.push({ kind: 'result', body });
  }
  @OnEvent('event.acting.done')
  event(@Payload() body: Record<string, unknown>): void {
    heard.push({ kind: 'event', body });
  }
}

function topologyOf(prefix: string): Topology {
  const messaging = messagingTopology(prefix);
  const [results, events] = messaging.routes;
  return mergeTopologies(
    messaging,
    defineTopology({
      topics: messaging.topics,
      queues: [
        {
          name: `${prefix}acting-queue`,
          patterns: ['acting.*'],
          codec: commandCodec,
          deadLetter: { maxReceiveCount: 2 },
        },
        ...[results, events].map((route) => ({
          name: `${prefix}${route?.patterns[0] === 'result' ? 'results' : 'events'}-outside`,
          patterns: route?.patterns ?? [],
          from: [{ topic: route && 'topic' in route ? route.topic : '' }],
          ...(route?.codec && { codec: route.codec }),
        })),
      ],
      routes: [{ patterns: ['acting.*'], queue: `${prefix}acting-queue`, codec: commandCodec }],
    }),
  );
}

let stack: TestStack;
let service: TestService;
let prefix: string;

beforeAll(async () => {
  stack = await startBriskStack();
  prefix = unique('acting-');
  service = await startService(stack, {
    topology: topologyOf(prefix),
    controllers: [ActingController, Outside],
    providers: [
      CommandInterceptor,
      ResultPublisher,
      CommandRejection,
      RunningCommands,
      { provide: CANCELLED_JOBS, useValue: { among: () => Promise.resolve(['cancelled job']) } },
    ],
  });
});
afterAll(async () => {
  await service.close();
  await stack.stop();
});
afterEach(() => {
  attempts = 0;
  heard = [];
});

const send = async (fields: Record<string, unknown> = {}): Promise<string> => {
  const correlation_id = randomUUID();
  const body = { type: 'acting', action: 'act', correlation_id, ...fields };
  await stack.put(`${prefix}acting-queue`, JSON.stringify(body));
  return correlation_id;
};

const commands = (): CommandsClient => new CommandsClient(service.client);

const resultOf = (correlationId: string): Promise<Record<string, unknown>> =>
  waitFor(
    `the Result of ${correlationId}`,
    () =>
      heard.find(({ kind, body }) => kind === 'result' && body['correlation_id'] === correlationId)
        ?.body,
  );

describe('A handler of Commands', () => {
  it('has its Outcome made into a Result, with the ids of the Command', async () => {
    const reference = new DataReference({ ref_type: 'table', location: 'main.a' });
    act = () => Promise.resolve({ data: { n: 1 }, inputs: [reference] });
    const id = await send({ job_id: 'job-1', step_id: 'step-1' });
    expect(await resultOf(id)).toMatchObject({
      status: 'success',
      data: { n: 1 },
      errors: [],
      correlation_id: id,
      job_id: 'job-1',
      step_id: 'step-1',
      handler: 'acting',
      inputs: [{ ref_type: 'table', location: 'main.a', format: null, metadata: {} }],
      outputs: [],
      executions: [],
    });
  });

  it('answers with a pending Result, and a second one with the same ids, when its work goes on elsewhere', async () => {
    act = () => Promise.resolve({ data: { task_id: 'async-456' }, pending: true });
    const id = await send({ job_id: 'job-1', step_id: 'step-1' });
    expect(await resultOf(id)).toMatchObject({
      status: 'pending',
      data: { task_id: 'async-456' },
      correlation_id: id,
      job_id: 'job-1',
      step_id: 'step-1',
      handler: 'acting',
    });
    heard = [];
    const command = new Command({ type: 'acting', action: 'act', correlation_id: id });
    await service.app.get(ResultPublisher).progress(command, { done: 1 });
    expect(await resultOf(id)).toMatchObject({ status: 'pending', data: { done: 1 } });
  });

  it('is stopped by its signal when its job is cancelled, and its Result says so', async () => {
    const begun = Promise.withResolvers<void>();
    act = (_command, signal) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(new Error('stopped in the middle')));
        begun.resolve();
      });
    const id = await send({ job_id: 'cancelled job', step_id: 'step-1' });
    await begun.promise;
    await service.app.get(RunningCommands).look();
    expect(await resultOf(id)).toMatchObject({
      status: 'error',
      errors: ['Job is cancelled: cancelled job'],
      job_id: 'cancelled job',
      step_id: 'step-1',
    });
    expect(attempts).toBe(1);
  });

  it('says in its error Result what it had tried and what of it succeeded', async () => {
    const input = new DataReference({ ref_type: 'table', location: 'main.a' });
    const execution = ExecutionRecord.sql({ statements: ['SELECT 1'] });
    act = ({ correlation_id }) =>
      Promise.reject(
        failedWith(new PermanentError('No such table'), {
          data: { rows: 1 },
          inputs: [input],
          outputs: [input],
          executions: [execution],
          events: [new Event({ type: 'acting.done', correlation_id })],
        }),
      );
    const id = await send();
    const references = [{ ref_type: 'table', location: 'main.a', format: null, metadata: {} }];
    expect(await resultOf(id)).toMatchObject({
      status: 'error',
      errors: ['No such table'],
      data: { rows: 1 },
      inputs: references,
      outputs: references,
      executions: [
        { execution_type: 'sql', details: { dialect: 'duckdb', statements: ['SELECT 1'] } },
      ],
    });
    const event = await waitFor('the Event', () => heard.find(({ kind }) => kind === 'event'));
    expect(event.body).toMatchObject({ correlation_id: id });
  });

  it.each([
    ['fails in its inputs', new PermanentError('No such object')],
    ['fails with an error of a library, which keeps its class', new TypeError('No such object')],
  ])('names its inputs when it %s', async (_what, error) => {
    const file = new DataReference({ ref_type: 'file', location: 'raw/a' });
    act = () => trying({ inputs: [file] }, () => Promise.reject(error));
    expect(await resultOf(await send())).toMatchObject({
      status: 'error',
      errors: ['No such object'],
      inputs: [{ ref_type: 'file', location: 'raw/a' }],
    });
  });

  it('may give nothing back', async () => {
    act = () => Promise.resolve(undefined);
    expect(await resultOf(await send())).toMatchObject({ status: 'success', data: null });
  });

  it('has its time measured in whole milliseconds', async () => {
    act = async () => {
      await new Promise((resolve) => setTimeout(resolve, 30));
      return undefined;
    };
    const { duration_ms: duration } = await resultOf(await send());
    expect(duration).toBe(Math.trunc(Number(duration)));
    expect(duration).toBeGreaterThanOrEqual(29);
  });

  it('has its Events published along with the Result', async () => {
    act = ({ correlation_id }) =>
      Promise.resolve({
        data: null,
        events: [new Event({ type: 'acting.done', correlation_id })],
      });
    const id = await send();
    await resultOf(id);
    const event = await waitFor('the Event', () => heard.find(({ kind }) => kind === 'event'));
    expect(event.body).toMatchObject({ type: 'acting.done', correlation_id: id });
  });

  it.each([
    ['says so', new PermanentError('No such thing: x')],
    ['has a bug', new TypeError('No such thing: x')],
  ])('is answered for by an error Result, once, when it %s', async (_what, error) => {
    act = () => Promise.reject(error);
    expect(await resultOf(await send())).toMatchObject({
      status: 'error',
      data: null,
      errors: ['No such thing: x'],
    });
    expect(attempts).toBe(1);
  });

  it('is called again after a transient error', async () => {
    act = () =>
      attempts === 1
        ? Promise.reject(new RetryableError('busy'))
        : Promise.resolve({ data: { attempts } });
    expect(await resultOf(await send())).toMatchObject({
      status: 'success',
      data: { attempts: 2 },
    });
    expect(heard.filter(({ kind }) => kind === 'result')).toHaveLength(1);
  });

  it('is answered for by an error Result when the last attempt fails too', async () => {
    act = () =>
      Promise.reject(
        Object.assign(new Error('Rate exceeded'), { name: 'ThrottlingException', $metadata: {} }),
      );
    expect(await resultOf(await send())).toMatchObject({
      status: 'error',
      errors: ['Rate exceeded'],
    });
    expect(attempts).toBe(2);
    await stack.emptied(`${prefix}acting-queue`);
    expect((await stack.depth(`${prefix}acting-queue-dlq`)).visible).toBe(0);
  });

  it('is called again after a transient error although a caller waits for the answer', async () => {
    act = () =>
      attempts === 1
        ? Promise.reject(Object.assign(new Error('reset'), { code: 'ECONNRESET' }))
        : Promise.resolve({ data: { attempts } });
    const command = new Command({ type: 'acting', action: 'act' });
    expect(await commands().request(command)).toMatchObject({
      status: 'success',
      data: { attempts: 2 },
    });
    expect(await resultOf(command.correlation_id)).toMatchObject({ status: 'success' });
  });

  it('is called again, and its Result published, after its sender has stopped waiting', async () => {
    const waited = Promise.withResolvers<void>();
    act = async () => {
      await waited.promise;
      if (attempts === 1) throw new RetryableError('busy');
      return { data: { attempts } };
    };
    const command = new Command({ type: 'acting', action: 'act' });
    // A turn of the client's sweep over its requests.
    expect(await commands().request(command, 1)).toBeUndefined();
    waited.resolve();
    expect(await resultOf(command.correlation_id)).toMatchObject({
      status: 'success',
      data: { attempts: 2 },
    });
  });

  it('is given the id of the message when the Command has none, the same on every attempt', async () => {
    const seen: string[] = [];
    act = ({ correlation_id }) => {
      seen.push(correlation_id);
      return attempts === 1
        ? Promise.reject(new RetryableError('busy'))
        : Promise.resolve(undefined);
    };
    const messageId = await stack.put(
      `${prefix}acting-queue`,
      JSON.stringify({ type: 'acting', action: 'act' }),
    );
    expect(await resultOf(messageId)).toMatchObject({ status: 'success' });
    expect(seen).toEqual([messageId, messageId]);
  });

  it('is answered for by an error Result when its own is too large to send', async () => {
    act = () => Promise.resolve({ data: { text: 'x'.repeat(300_000) } });
    const result = await resultOf(await send());
    expect(result).toMatchObject({ status: 'error', data: null, handler: 'acting' });
    expect(String(result['errors'])).toMatch(
      /^The Result cannot be sent: The message has \d+ bytes/,
    );
  });

  it('has its error sent without the lineage when that is too large to send', async () => {
    const statement = 'x'.repeat(300_000);
    act = () =>
      Promise.reject(
        failedWith(new PermanentError('No such table'), {
          executions: [ExecutionRecord.sql({ statements: [statement] })],
        }),
      );
    expect(await resultOf(await send())).toMatchObject({
      status: 'error',
      errors: ['No such table'],
      executions: [],
    });
  });

  it('is still pending when its pending Result is too large to send', async () => {
    act = () => Promise.resolve({ data: { text: 'x'.repeat(300_000) }, pending: true });
    expect(await resultOf(await send())).toMatchObject({ status: 'pending', data: null });
  });
});
