import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ChildProcess } from 'node:child_process';
import { ChangeMessageVisibilityCommand } from '@aws-sdk/client-sqs';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { messagingTopology } from '../../../../src/messaging/index.js';
import {
  Fault,
  type Forward,
  type ProxiedAnswer,
  type ProxiedRequest,
} from '../../../../src/testing/index.js';
import { defineTopology, mergeTopologies } from '../../../../src/transport/index.js';
import { bindTopology } from '../../../../src/transport/topology/index.js';
import { forkScript, killed } from '../../../faults/fork-script.js';
import { TestStack } from '../../../support/transport.js';
import { waitForCount } from '../../../support/wait.js';
import type { ServiceTask } from './service-child.js';

const QUEUE = 'pudato-query-queue';
const RESULTS = 'outside-results';

/** Notes the receipt handles of a queue, and lets no request of one action pass once it is told to. */
class Stopper extends Fault {
  readonly handles: string[] = [];
  /** Resolves when such a request has come. */
  readonly reached = Promise.withResolvers<void>();
  armed: RegExp | undefined;

  constructor() {
    super({});
  }

  override async pass(request: ProxiedRequest, forward: Forward): Promise<ProxiedAnswer> {
    if (this.armed?.test(`${request.action} ${request.body.toString()}`)) {
      this.reached.resolve();
      // Its caller is killed meanwhile.
      return new Promise(() => undefined);
    }
    const answer = await forward(request);
    if (request.action === 'ReceiveMessage' && request.body.toString().includes(QUEUE)) {
      const { Messages: messages = [] } = JSON.parse(answer.body.toString()) as {
        Messages?: { ReceiptHandle: string }[];
      };
      this.handles.push(...messages.map(({ ReceiptHandle: handle }) => handle));
    }
    return answer;
  }
}

let folder: string;
let stack: TestStack;
let service: ChildProcess | undefined;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'weft-query-kills-'));
  stack = await TestStack.start({ embedded: true });
  await bindTopology(topology, stack.aws, 'create');
});
afterEach(async () => {
  await kill();
  await stack.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function start(stopper: Stopper): Promise<void> {
  const proxy = await stack.proxy(stopper);
  const task: ServiceTask = { endpoint: proxy.endpoint, dataDir: folder };
  service = forkScript('test/features/query/kills/service-child.ts');
  await once(service, 'message');
  service.send(task);
  await once(service, 'message');
}

async function kill(): Promise<void> {
  if (!service) return;
  await killed(service);
  service = undefined;
}

const send = async (sql: string): Promise<string> => {
  const correlation_id = randomUUID();
  const command = { type: 'query', action: 'execute', payload: { sql }, correlation_id };
  await stack.put(QUEUE, JSON.stringify(command));
  return correlation_id;
};

/** The Results of a Command come to another program's queue. */
async function resultOf(correlationId: string): Promise<Record<string, unknown>> {
  for (;;) {
    const { Body: body = '' } = await stack.take(RESULTS);
    const result = JSON.parse(body) as Record<string, unknown>;
    if (result['correlation_id'] === correlationId) return result;
  }
}

const topology = mergeTopologies(
  messagingTopology('pudato-'),
  defineTopology({
    topics: [{ name: 'pudato-results' }],
    queues: [{ name: RESULTS, patterns: [], from: [{ topic: 'pudato-results', raw: true }] }],
  }),
);

/** When the service has received the second Command. */
const hasReceived = ({ handles }: Stopper): Promise<unknown> =>
  waitForCount('received messages', () => handles, 2);
/** When the service says what it must not. */
const isStopped = ({ reached }: Stopper): Promise<unknown> => reached.promise;

describe('A service that is killed (kill -9) by a Command that changes data', () => {
  it.each([
    // Nothing that it then says is heard, should this process stand still before it kills.
    ['as soon as it has the Command', /^(Publish|DeleteMessage)/, hasReceived],
    ['after the change, before its Result is out', /^Publish\w* .*pudato-results/, isStopped],
    [
      'after its Result, before the acknowledgement',
      /^DeleteMessage\w* .*pudato-query-queue/,
      isStopped,
    ],
  ])(
    'has made it once when the message was handled again: killed %s',
    async (_when, armed, moment) => {
      const stopper = new Stopper();
      await start(stopper);
      await resultOf(await send('CREATE TABLE counted (a BIGINT)'));
      await stack.emptied(QUEUE);

      stopper.armed = armed;
      const id = await send(
        'INSERT INTO counted SELECT count(*) FROM range(10000) a, range(8000) b WHERE a.range * b.range % 7 = 8 RETURNING a',
      );
      await moment(stopper);
      await kill();

      // A poll of the dead would take it, and an open one of the living is not woken by it.
      stack.endLongPolls();
      await show(stopper.handles.at(-1));
      await start(new Stopper());
      expect(await resultOf(id)).toMatchObject({ status: 'success', data: { rows: [[0]] } });
      const counted = await resultOf(await send('SELECT count(*) FROM counted'));
      expect(counted['data']).toMatchObject({ rows: [[1]] });
      await stack.emptied(QUEUE);
    },
  );
});

/** As if the visibility timeout of five minutes were over. */
const show = async (ReceiptHandle: string | undefined): Promise<unknown> =>
  stack.aws.sqs.send(
    new ChangeMessageVisibilityCommand({
      QueueUrl: await stack.queueUrl(QUEUE),
      ReceiptHandle,
      VisibilityTimeout: 0,
    }),
  );
