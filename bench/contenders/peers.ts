import { SQSClient } from '@aws-sdk/client-sqs';
import { Consumer } from 'sqs-consumer';
import { Producer } from 'sqs-producer';
import { atOnce, type Contender, type Course } from '../contender.js';
import { BENCH_PATTERN } from '../order.js';
import { SQS_CONSUMER } from './names.js';

const BATCH = 10;
/** What a call for each message costs makes more messages a waste of time. */
const SINGLE_SHARE = 0.5;
const SINGLE_SEND_SHARE = 0.3;

export const clientOf = ({ clientConfig }: Course): SQSClient => new SQSClient(clientConfig);

/** What every consumer is given; the wait for handlers on stop is what its documentation advises. */
export const consumerOptions = (course: Course) => ({
  queueUrl: course.queues[0].url,
  batchSize: BATCH,
  waitTimeSeconds: course.waitTimeS,
  messageAttributeNames: ['All'],
  suppressFifoWarning: true,
  pollingCompleteWaitTimeMs: 25_000,
});

const stopped = (consumer: Consumer): Promise<void> =>
  new Promise((resolve) => {
    consumer.once('stopped', () => resolve());
    consumer.stop();
  });

/** Consumers of one client, each with a poll of its own. */
function sqsConsumer(consumers: number, batch: boolean): Contender {
  return {
    name: batch ? `${SQS_CONSUMER}, batch handler` : SQS_CONSUMER,
    settings: `${consumers} consumers, batchSize ${BATCH}, ${batch ? 'handleMessageBatch' : 'handleMessage'}`,
    ...(!batch && { share: SINGLE_SHARE }),
    start(course) {
      const options = { ...consumerOptions(course), sqs: clientOf(course) };
      const handle = ({
        Body: body = '',
      }: {
        Body?: string | undefined;
      }): Promise<void> | undefined => {
        JSON.parse(body);
        return course.handle();
      };
      const running = Array.from({ length: consumers }, () =>
        Consumer.create(
          batch
            ? {
                ...options,
                handleMessageBatch: async (messages) => {
                  await Promise.all(messages.map(handle).filter((work) => work !== undefined));
                  return messages;
                },
              }
            : {
                ...options,
                handleMessage: async (message) => {
                  await handle(message);
                  return message;
                },
              },
        ),
      );
      for (const consumer of running) consumer.start();
      return Promise.resolve({
        stop: async () => void (await Promise.all(running.map(stopped))),
      });
    },
  };
}

export const sqsConsumerSingle = sqsConsumer(4, false);
export const sqsConsumerBatch = sqsConsumer(8, true);

const messageOf = (id: number, body: string) => ({
  id: String(id),
  body,
  messageAttributes: { pattern: { DataType: 'String', StringValue: BENCH_PATTERN } },
});

/** `send` for each message, with this many in flight. */
export const sqsProducer = (inFlight: number): Contender => ({
  name: 'sqs-producer',
  settings: `send() of one message, ${inFlight} in flight`,
  share: SINGLE_SEND_SHARE,
  async start(course) {
    const [{ url: queueUrl }] = course.queues;
    const producer = Producer.create({ queueUrl, sqs: clientOf(course) });
    await atOnce(course.messages, inFlight, async (index) => {
      await producer.send(messageOf(index, course.body));
      course.done();
    });
    return { stop: () => Promise.resolve() };
  },
});

/** Lists of messages, each of which it sends in batches one after the other. */
export const sqsProducerBulk = (size: number, inFlight: number): Contender => ({
  name: 'sqs-producer',
  settings: `send() of ${size} messages, ${inFlight} in flight, batchSize ${BATCH}`,
  async start(course) {
    const [{ url: queueUrl }] = course.queues;
    const producer = Producer.create({ queueUrl, sqs: clientOf(course), batchSize: BATCH });
    const list = Array.from({ length: size }, (_, index) => messageOf(index, course.body));
    await atOnce(course.messages / size, inFlight, async () => {
      await producer.send(list);
      for (let sent = 0; sent < size; sent += 1) course.done();
    });
    return { stop: () => Promise.resolve() };
  },
});
