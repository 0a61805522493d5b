import {
  GetQueueAttributesCommand,
  ListQueuesCommand,
  ListQueueTagsCommand,
} from '@aws-sdk/client-sqs';
import { Controller } from '@nestjs/common';
import { describe, expect } from '@jest/globals';
import { Payload, RpcException } from '@nestjs/microservices';
import { randomUUID } from 'node:crypto';
import { firstValueFrom, lastValueFrom, of, throwError, toArray } from 'rxjs';
import { OnRequest, RetryableError } from '../../../src/transport/index.js';
import { bindTopology } from '../../../src/transport/topology/index.js';
import { unique } from '../../support/transport.js';
import { waitFor } from '../../support/wait.js';
import { shows } from '../engine.js';
import { AT_ONCE, Bench, jobs, topicJobs } from './harness.js';

const bench = new Bench();

/** The reply queues whose names begin so. */
async function replyQueues(prefix: string): Promise<string[]> {
  const answer = await bench.stack.aws.sqs.send(new ListQueuesCommand({ QueueNamePrefix: prefix }));
  return answer.QueueUrls ?? [];
}

/** The address of a queue of the same account, which is not there. */
const nowhere = async (beside: string): Promise<string> => {
  const folder = (await bench.stack.queueUrl(beside)).replace(/[^/]+$/, '');
  return `${folder}weft-replies-${randomUUID()}`;
};

/** A handler that notes what it was asked. */
function notes() {
  const handled: unknown[] = [];
  @Controller()
  class Notes {
    @OnRequest('job.note')
    note(@Payload() data: unknown): unknown {
      handled.push(data);
      return data;
    }
  }
  return { Notes, handled };
}

/** Where no answer may go, whatever a request says. */
const FORBIDDEN: readonly (readonly [string, (queueUrl: string) => string])[] = [
  [
    'another account',
    () => 'https://sqs.eu-west-1.amazonaws.com/999999999999/weft-replies-x?request=r&timeout=60000',
  ],
  ['a queue that is no reply queue', (url) => `${url}?request=r&timeout=60000`],
  ['no URL at all', () => 'weft-replies-x'],
];

describe('Requests and replies', () => {
  @Controller()
  class Answers {
    @OnRequest('job.echo')
    echo(@Payload() data: unknown): unknown {
      return data;
    }

    @OnRequest('job.count')
    count(@Payload() upTo: number) {
      return of(...Array.from({ length: upTo }, (_, n) => n));
    }

    @OnRequest('job.refuse')
    refuse() {
      return throwError(() => new RpcException({ status: 'error', message: 'no such order' }));
    }
  }

  /** Server and client of these handlers, and the reply queues that are this test's alone. */
  async function withOwnReplies() {
    const replyQueuePrefix = `${unique('replies')}-`;
    const { client } = await bench.start({
      topology: jobs().topology,
      controllers: [Answers],
      server: { replyQueuePrefix },
      client: { replyQueuePrefix },
    });
    return { client, queues: () => replyQueues(replyQueuePrefix) };
  }

  for (const [how, plan, needs] of [
    ['a queue', () => jobs(), []],
    ['a topic', () => topicJobs(), ['sns']],
    ['a topic, in the SNS envelope', () => topicJobs({ raw: false }), ['sns']],
  ] as const) {
    shows(`a request by ${how} is answered`, needs, async () => {
      const { topology } = plan();
      const { client } = await bench.start({ topology, controllers: [Answers] });
      const data = { text: 'ñ 漢字 😀', list: [null, 1.5, true] };
      expect(await firstValueFrom(client.send('job.echo', data))).toEqual(data);
    });
  }

  shows('a stream of answers arrives whole and in order', [], async () => {
    const { topology } = jobs();
    const { client } = await bench.start({ topology, controllers: [Answers] });
    const answers = await lastValueFrom(client.send('job.count', 30).pipe(toArray()));
    expect(answers).toEqual(Array.from({ length: 30 }, (_, n) => n));
  });

  shows('an error of the handler is the answer', [], async () => {
    const { topology, queue } = jobs();
    const { client } = await bench.start({ topology, controllers: [Answers] });
    await expect(firstValueFrom(client.send('job.refuse', {}))).rejects.toMatchObject({
      message: 'no such order',
    });
    await bench.stack.emptied(queue);
  });

  shows('an error that asks for it is retried before the caller is answered', [], async () => {
    let runs = 0;
    @Controller()
    class Flaky {
      @OnRequest('job.ask')
      ask(): string {
        runs += 1;
        if (runs === 1) throw new RetryableError('the database is away');
        return `answered in run ${runs}`;
      }
    }
    const { topology } = jobs();
    const { client } = await bench.start({ topology, controllers: [Flaky], server: AT_ONCE });
    expect(await firstValueFrom(client.send('job.ask', {}))).toBe('answered in run 2');
  });

  shows('the reply queue is one a process, and goes with it', [], async () => {
    const { client, queues } = await withOwnReplies();
    await Promise.all([1, 2, 3].map((n) => firstValueFrom(client.send('job.echo', n))));
    expect(await queues()).toHaveLength(1);
    await client.close();
    expect(await queues()).toEqual([]);
  });

  shows(
    'the reply queue keeps answers for a minute, and says whose it is',
    ['retention'],
    async () => {
      const { client, queues } = await withOwnReplies();
      expect(await firstValueFrom(client.send('job.echo', 1))).toBe(1);
      const [QueueUrl] = await queues();
      const { sqs } = bench.stack.aws;
      const { Attributes: attributes } = await sqs.send(
        new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }),
      );
      expect(attributes).toMatchObject({ MessageRetentionPeriod: '60' });
      const { Tags: tags = {} } = await sqs.send(new ListQueueTagsCommand({ QueueUrl }));
      expect(Object.keys(tags).toSorted()).toEqual([
        'weft:alive-s',
        'weft:last-seen',
        'weft:owner',
      ]);
    },
  );

  shows('a vanished reply queue neither fails nor repeats the request', [], async () => {
    const { topology, queue } = jobs();
    const { Notes, handled } = notes();
    await bench.start({ topology, controllers: [Notes] });
    const replyTo = `${await nowhere(queue)}?request=r&timeout=60000`;
    await bench.stack.put(queue, '{}', { pattern: 'job.note', replyTo });
    await waitFor('the request to be handled', () => handled, {
      until: ({ length }) => length > 0,
    });
    await bench.stack.emptied(queue);
    expect(handled).toEqual([{}]);
  });

  for (const [what, addressOf] of FORBIDDEN)
    shows(`no answer is sent to ${what}, and the request is handled all the same`, [], async () => {
      const { topology, queue } = jobs();
      const { Notes, handled } = notes();
      await bench.start({ topology, controllers: [Notes] });
      const replyTo = addressOf(await bench.stack.queueUrl(queue));
      await bench.stack.put(queue, '{}', { pattern: 'job.note', replyTo });
      await waitFor('the request to be handled', () => handled, {
        until: ({ length }) => length > 0,
      });
      await bench.stack.emptied(queue);
      expect(handled).toEqual([{}]);
    });

  shows('a request whose caller has stopped waiting is not handled', [], async () => {
    const { topology, queue } = jobs();
    const { Notes, handled } = notes();
    await bindTopology(topology, bench.stack.aws, 'create');
    const replyTo = `${await nowhere(queue)}?request=r&timeout=100`;
    await bench.stack.put(queue, '{}', { pattern: 'job.note', replyTo });
    await bench.passes(1100);
    const expired: string[] = [];
    const observer = {
      requestExpired: ({ queue: name }: { queue: string }) => void expired.push(name),
    };
    await bench.start({ topology, controllers: [Notes], server: { observer } });
    await bench.stack.emptied(queue);
    expect({ expired, handled }).toEqual({ expired: [queue], handled: [] });
  });
});
