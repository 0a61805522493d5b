import { Pool, type Dispatcher } from 'undici';
import type { ClientConfig, Contender } from '../contender.js';
import { BENCH_PATTERN } from '../order.js';
import { BATCH, POLLERS, sendAll, startLoop, type Received } from './loop.js';
import { signerOf } from './sign.js';

const OK = 200;

/** One kind of SQS call, by the shortest way there is. */
function callOf<Input, Output>(pool: Pool, config: ClientConfig, action: string) {
  const sign = signerOf(config, action);
  return (input: Input): Promise<Output> =>
    new Promise((resolve, reject) => {
      const body = JSON.stringify(input);
      const chunks: Buffer[] = [];
      let status = 0;
      const handler: Dispatcher.DispatchHandler = {
        onRequestStart: () => undefined,
        onResponseStart: (_, statusCode) => void (status = statusCode),
        onResponseData: (_, chunk) => void chunks.push(chunk),
        onResponseEnd: () => {
          const text = Buffer.concat(chunks).toString();
          if (status === OK) resolve(JSON.parse(text) as Output);
          else reject(new Error(`${action} was answered ${status}: ${text}`));
        },
        onResponseError: (_, error) => reject(error),
      };
      pool.dispatch({ path: '/', method: 'POST', headers: sign(body), body }, handler);
    });
}

const NAME = 'signed HTTP by undici';

export const undiciConsume: Contender = {
  name: NAME,
  settings: `no SDK, ${POLLERS} pollers, batches of ${BATCH}, batch delete`,
  start(course) {
    const { clientConfig, queues, waitTimeS } = course;
    const [{ url: QueueUrl }] = queues;
    const pool = new Pool(clientConfig.endpoint);
    const receive = callOf<object, { Messages?: Received[] }>(pool, clientConfig, 'ReceiveMessage');
    const remove = callOf<object, unknown>(pool, clientConfig, 'DeleteMessageBatch');
    const asked = {
      QueueUrl,
      MaxNumberOfMessages: BATCH,
      WaitTimeSeconds: waitTimeS,
      MessageAttributeNames: ['All'],
    };
    const running = startLoop(course, {
      receive: async () => (await receive(asked)).Messages ?? [],
      delete: (messages) =>
        remove({
          QueueUrl,
          Entries: messages.map(({ ReceiptHandle }, index) => ({
            Id: String(index),
            ReceiptHandle,
          })),
        }),
      close: () => void pool.close(),
    });
    return Promise.resolve(running);
  },
};

export const undiciPublish: Contender = {
  name: NAME,
  settings: `no SDK, ${POLLERS} senders, batches of ${BATCH}`,
  async start(course) {
    const { clientConfig, queues, body } = course;
    const [{ url: QueueUrl }] = queues;
    const pool = new Pool(clientConfig.endpoint);
    const send = callOf<object, unknown>(pool, clientConfig, 'SendMessageBatch');
    const Entries = Array.from({ length: BATCH }, (_, index) => ({
      Id: String(index),
      MessageBody: body,
      MessageAttributes: { pattern: { DataType: 'String', StringValue: BENCH_PATTERN } },
    }));
    await sendAll(course, () => send({ QueueUrl, Entries }));
    return { stop: () => pool.close() };
  },
};
