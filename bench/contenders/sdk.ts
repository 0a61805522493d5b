import {
  DeleteMessageBatchCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { AwsClients } from 'nestjs-sns-sqs/aws';
import type { Contender, Course } from '../contender.js';
import { BENCH_PATTERN } from '../order.js';
import { BATCH, POLLERS, sendAll, startLoop } from './loop.js';
import { BARE } from './names.js';

interface Clients {
  readonly sqs: SQSClient;
  readonly polling: SQSClient;
  readonly destroy: () => void;
}

/** As the SDK builds it. */
const plain = ({ clientConfig }: Course): Clients => {
  const sqs = new SQSClient(clientConfig);
  return { sqs, polling: sqs, destroy: () => sqs.destroy() };
};

/** As Weft builds it. */
const tuned = ({ clientConfig }: Course): Clients => {
  const aws = new AwsClients(clientConfig);
  return { sqs: aws.sqs, polling: aws.sqsPolling, destroy: () => aws.destroy() };
};

const consume = (name: string, client: string, clientsOf: typeof plain): Contender => ({
  name,
  settings: `${client}, ${POLLERS} pollers, batches of ${BATCH}, batch delete`,
  start(course) {
    const { sqs, polling, destroy } = clientsOf(course);
    const [{ url: QueueUrl }] = course.queues;
    const running = startLoop(course, {
      async receive() {
        const { Messages: messages = [] } = await polling.send(
          new ReceiveMessageCommand({
            QueueUrl,
            MaxNumberOfMessages: BATCH,
            WaitTimeSeconds: course.waitTimeS,
            MessageAttributeNames: ['All'],
          }),
        );
        return messages;
      },
      delete: (messages) =>
        sqs.send(
          new DeleteMessageBatchCommand({
            QueueUrl,
            Entries: messages.map(({ ReceiptHandle }, index) => ({
              Id: String(index),
              ReceiptHandle,
            })),
          }),
        ),
      close: destroy,
    });
    return Promise.resolve(running);
  },
});

const publish = (name: string, client: string, clientsOf: typeof plain): Contender => ({
  name,
  settings: `${client}, ${POLLERS} senders, batches of ${BATCH}`,
  async start(course) {
    const { sqs, destroy } = clientsOf(course);
    const [{ url: QueueUrl }] = course.queues;
    const Entries = Array.from({ length: BATCH }, (_, index) => ({
      Id: String(index),
      MessageBody: course.body,
      MessageAttributes: { pattern: { DataType: 'String', StringValue: BENCH_PATTERN } },
    }));
    await sendAll(course, () => sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries })));
    return { stop: () => Promise.resolve(destroy()) };
  },
});

const TUNED = 'tuned SDK loop';
const BARE_CLIENT = 'new SQSClient()';
const TUNED_CLIENT = "the clients of Weft's AwsClients";

export const bareConsume = consume(BARE, BARE_CLIENT, plain);
export const tunedConsume = consume(TUNED, TUNED_CLIENT, tuned);
export const barePublish = publish(BARE, BARE_CLIENT, plain);
export const tunedPublish = publish(TUNED, TUNED_CLIENT, tuned);
