import {
  CreateQueueCommand,
  DeleteMessageCommand,
  DeleteQueueCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { randomUUID } from 'node:crypto';
import { atOnce, type Contender } from '../contender.js';
import { dataOf } from '../order.js';
import { NAIVE } from './names.js';

/** A request and its answer written by hand: one call for each step, one receiver on each side. */
export const naiveRequest = (width: number): Contender => ({
  name: NAIVE,
  settings: `one call a step, one message a receive, ${width} at once`,
  async start({ clientConfig, queues, messages, body, waitTimeS, done }) {
    const sqs = new SQSClient(clientConfig);
    const [{ url: requests }] = queues;
    const { QueueUrl: replies = '' } = await sqs.send(
      new CreateQueueCommand({ QueueName: `naive-${randomUUID()}` }),
    );
    const waiting = new Map<string, () => void>();
    let running = true;
    const receive = async (url: string, handle: (text: string) => Promise<void>): Promise<void> => {
      while (running) {
        const { Messages: received = [] } = await sqs.send(
          new ReceiveMessageCommand({ QueueUrl: url, WaitTimeSeconds: waitTimeS }),
        );
        for (const { Body: text = '', ReceiptHandle } of received) {
          await handle(text);
          await sqs.send(new DeleteMessageCommand({ QueueUrl: url, ReceiptHandle }));
        }
      }
    };
    const send = (url: string, text: string): Promise<unknown> =>
      sqs.send(new SendMessageCommand({ QueueUrl: url, MessageBody: text }));
    const loops = Promise.all([
      receive(requests, async (text) => void (await send(replies, text))),
      receive(replies, (text) => {
        const { id } = JSON.parse(text) as { id: string };
        waiting.get(id)?.();
        return Promise.resolve();
      }),
    ]);
    const data = dataOf(body);
    await atOnce(messages, width, async () => {
      const startedMs = performance.now();
      const id = randomUUID();
      const answered = new Promise<void>((resolve) => waiting.set(id, resolve));
      await send(requests, JSON.stringify({ id, data }));
      await answered;
      waiting.delete(id);
      done(performance.now() - startedMs);
    });
    return {
      stop: async () => {
        running = false;
        await loops;
        await sqs.send(new DeleteQueueCommand({ QueueUrl: replies }));
        sqs.destroy();
      },
    };
  },
});
