import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  DeleteMessageCommand,
  GetQueueUrlCommand,
  ReceiveMessageCommand,
} from '@aws-sdk/client-sqs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { WireEvent } from '../../../src/messaging/event-bus/index.js';
import { forkScript, killed } from '../../faults/fork-script.js';
import { TestStack, unique } from '../../support/transport.js';
import { waitFor } from '../../support/wait.js';
import type { KilledState, KilledWork } from './killed.child.js';

const USERS = 24;
const KILLS = 3;
/** Each life goes on a little longer, into the tasks it has enqueued. */
const LIFE_STEP_MS = 17;

let stack: TestStack;
let child: ChildProcess | undefined;
beforeAll(async () => {
  stack = await TestStack.start({ embedded: true });
});
afterEach(() => void child?.kill('SIGKILL'));
afterAll(() => stack.stop());

/** Everything that has come to a queue, by entity. */
async function received(queue: string, into: Map<string, Set<string>>): Promise<void> {
  const { QueueUrl } = await stack.aws.sqs.send(new GetQueueUrlCommand({ QueueName: queue }));
  for (;;) {
    const { Messages: messages = [] } = await stack.aws.sqs.send(
      new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 0 }),
    );
    if (messages.length === 0) return;
    for (const { Body: body = '', ReceiptHandle } of messages) {
      const { metadata } = JSON.parse(body) as WireEvent;
      const names = into.get(metadata.entityId) ?? new Set();
      into.set(metadata.entityId, names.add(metadata.eventName));
      await stack.aws.sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
    }
  }
}

describe('a process that is killed while it stores users and runs their tasks', () => {
  it.each([
    ['keeps its instances', false],
    ['deletes them when their events are out', true],
  ])(
    'has announced each outcome, and no other one, when the last of its successors is done: one that %s',
    async (_what, pass) => {
      const documentsDir = await mkdtemp(join(tmpdir(), 'weft-tasks-'));
      const heardOn = unique('heard');
      const topic = unique('users');
      const users = Object.fromEntries(
        Array.from({ length: USERS }, (_, n) => [
          `u${n}`,
          n % 4 === 0 ? `taken${n}@example.org` : `user${n}@example.org`,
        ]),
      );
      const work: KilledWork = {
        aws: stack.clientOptions(),
        bus: { publisherName: 'UserService', topics: topic, queues: [{ name: heardOn }] },
        queue: unique('tasks'),
        documentsDir,
        users,
        pass,
      };
      const stored = new Set<string>();
      const states: KilledState[] = [];
      const start = async (): Promise<ChildProcess> => {
        const started = forkScript('test/messaging/tasks/killed.child.ts');
        started.on('message', (news: { stored?: string; state?: KilledState } | 'ready') => {
          if (news === 'ready') return;
          if (news.stored !== undefined) stored.add(news.stored);
          if (news.state) states.push(news.state);
        });
        const left = Object.entries(users).filter(([id]) => !stored.has(id));
        started.send({ ...work, users: Object.fromEntries(left) });
        const ended = once(started, 'exit').then(([code]) => {
          throw new Error(`A process ended at its start with code ${String(code)}`);
        });
        await Promise.race([once(started, 'message'), ended]);
        ended.catch(() => undefined);
        return started;
      };
      for (let life = 1; life <= KILLS; life++) {
        child = await start();
        // Each life ends at another point of the work.
        await waitFor(`life ${life} to store its users`, () => stored.size, {
          until: (count) => count >= Math.min(USERS, 7 * life),
        });
        await sleep(LIFE_STEP_MS * life);
        await killed(child);
      }
      states.length = 0;
      child = await start();
      const isOver = ({ users: left, withOutcome, waiting }: KilledState): boolean =>
        pass ? left === 0 : left === USERS && withOutcome === USERS && waiting === 0;
      await waitFor(
        'every user to have its outcome, and its event to be out',
        () => ({ count: stored.size, last: states.at(-1) }),
        {
          until: ({ count, last }) => count === USERS && last !== undefined && isOver(last),
        },
      );
      await killed(child);

      const heard = new Map<string, Set<string>>();
      await received(heardOn, heard);
      const expected = Object.entries(users).map(([id, email]) => [
        id,
        [email.startsWith('taken') ? 'UserRegistrationFailed' : 'UserRegistered'],
      ]);
      expect(Object.keys(users).map((id) => [id, [...(heard.get(id) ?? [])]])).toEqual(expected);
      expect(states.at(-1)?.active).toBe(pass ? 0 : (USERS * 3) / 4);
      await rm(documentsDir, { recursive: true });
    },
  );
});
