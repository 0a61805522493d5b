import {
  DeleteMessageBatchCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { atOnce, countCalls, type Contender } from '../contender.js';

const POLLERS = 8;
const BATCH = 10;

/** What a careful engineer writes by hand: several pollers, batches both ways, no framework. */
export const bareConsume: Contender = {
  name: 'bare SDK loop',
  settings: `${POLLERS} pollers, batches of ${BATCH}, batch delete`,
  start({ clientConfig, queueUrl, done, called }) {
    const sqs = new SQSClient(clientConfig);
    countCalls(sqs, called);
    let running = true;
    const poll = async (): Promise<void> => {
      while (running) {
        const { Messages: messages = [] } = await sqs.send(
          new ReceiveMessageCommand({
            QueueUrl: queueUrl,
            MaxNumberOfMessages: BATCH,
            WaitTimeSeconds: 1,
            MessageAttributeNames: ['All'],
          }),
        );
        if (messages.length === 0) continue;
        for (const { Body: body = '' } of messages) {
          JSON.parse(body);
          done();
        }
        const entries = messages.map(({ ReceiptHandle }, index) => ({
          Id: String(index),
          ReceiptHandle,
        }));
        await sqs.send(new DeleteMessageBatchCommand({ QueueUrl: queueUrl, Entries: entries }));
      }
    };
    const pollers = Promise.all(Array.from({ length: POLLERS }, poll));
    return Promise.resolve({
      stop: async () => {
        running = false;
        await pollers;
        sqs.destroy();
      },
    });
  },
};

export const barePublish: Contender = {
  name: 'bare SDK loop',
  settings: `${POLLERS} senders, batches of ${BATCH}`,
  async start({ clientConfig, queueUrl, messages, body, done, called }) {
    const sqs = new SQSClient(clientConfig);
    countCalls(sqs, called);
    const entries = Array.from({ length: BATCH }, (_, index) => ({
      Id: String(index),
      MessageBody: body,
      MessageAttributes: { pattern: { DataType: 'String', StringValue: 'bench.message' } },
    }));
    await atOnce(messages / BATCH, POLLERS, async () => {
      await sqs.send(new SendMessageBatchCommand({ QueueUrl: queueUrl, Entries: entries }));
      for (let sent = 0; sent < BATCH; sent += 1) done();
    });
    return { stop: () => Promise.resolve(sqs.destroy()) };
  },
};
