import {
  ChangeMessageVisibilityCommand,
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  GetQueueUrlCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  type Message,
} from '@aws-sdk/client-sqs';
import { CreateTopicCommand, PublishCommand } from '@aws-sdk/client-sns';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { AwsClients } from '../../src/aws/index.js';
import { faults, startTestBroker, type Fault, type TestBroker } from '../../src/testing/index.js';
import { unique } from '../support/transport.js';
import { kindsOf } from '../aws/support/kinds.js';

let broker: TestBroker;
const clients: AwsClients[] = [];

beforeAll(async () => {
  broker = await startTestBroker({ embedded: true });
});
afterEach(() => clients.splice(0).forEach((aws) => aws.destroy()));
afterAll(() => broker.stop());

/** A queue, and SDK clients that reach it through the faults and try everything once. */
async function through(
  ...wrong: Fault[]
): Promise<{ aws: AwsClients; queue: string; url: string }> {
  const queue = unique('queue');
  await broker.aws.sqs.send(new CreateQueueCommand({ QueueName: queue }));
  const proxy = await broker.proxy(...wrong);
  const aws = new AwsClients({ ...proxy.clientOptions(), maxAttempts: 1 });
  clients.push(aws);
  return { aws, queue, url: await broker.queueUrl(queue) };
}

const send = (aws: AwsClients, url: string): Promise<unknown> =>
  aws.sqs.send(new SendMessageCommand({ QueueUrl: url, MessageBody: '{}' }));

const failure = (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    () => undefined,
    (error: unknown) => error,
  );

async function receive(aws: AwsClients, url: string): Promise<readonly Message[]> {
  const { Messages: messages = [] } = await aws.sqs.send(
    new ReceiveMessageCommand({ QueueUrl: url, MaxNumberOfMessages: 10 }),
  );
  return messages;
}

const half = (): number => 0.5;

describe('the fault proxy', () => {
  it('without faults is the broker, queue URLs included', async () => {
    const { aws, url } = await through();
    await send(aws, url);
    expect(await receive(aws, url)).toHaveLength(1);
    const { QueueUrl: seen = '' } = await aws.sqs.send(
      new CreateQueueCommand({ QueueName: unique('other') }),
    );
    expect(new URL(seen).host).not.toBe(new URL(url).host);
    await send(aws, seen);
  });

  it('loses an answer after the effect', async () => {
    const { aws, url, queue } = await through(faults.loseAnswer({ on: ['SendMessage'] }));
    expect(kindsOf(await failure(send(aws, url)))).toEqual(['isConnectionLoss']);
    expect(await broker.depth(queue)).toEqual({ visible: 1, inFlight: 0 });
  });

  it('resets a connection before the effect', async () => {
    const { aws, url, queue } = await through(faults.reset({ on: ['SendMessage'], times: 1 }));
    expect(kindsOf(await failure(send(aws, url)))).toEqual(['isConnectionLoss']);
    expect(await broker.depth(queue)).toEqual({ visible: 0, inFlight: 0 });
    await send(aws, url);
    expect(await broker.depth(queue)).toEqual({ visible: 1, inFlight: 0 });
  });

  it('answers with server errors and asks for patience, as SQS and SNS do', async () => {
    const fault = faults.serverError({ times: 1 });
    const { aws, url } = await through(fault, faults.throttle());
    await expect(send(aws, url)).rejects.toMatchObject({ $metadata: { httpStatusCode: 503 } });
    expect(fault.struck).toBe(1);
    expect(kindsOf(await failure(send(aws, url)))).toEqual(['isThrottling']);
    const { TopicArn } = await broker.aws.sns.send(
      new CreateTopicCommand({ Name: unique('topic') }),
    );
    const publishing = aws.sns.send(new PublishCommand({ TopicArn, Message: 'hello' }));
    expect(kindsOf(await failure(publishing))).toEqual(['isThrottling']);
  });

  it('strikes with the chance it is given', async () => {
    const draws = [0.1, 0.9, 0.3];
    const random = (): number => draws.shift() ?? 1;
    const { aws, url } = await through(faults.reset({ on: ['SendMessage'], share: 0.5, random }));
    const outcomes = [];
    for (let n = 0; n < 4; n++)
      outcomes.push(
        await send(aws, url).then(
          () => 'sent',
          () => 'failed',
        ),
      );
    expect(outcomes).toEqual(['failed', 'sent', 'failed', 'sent']);
  });

  it('delivers messages in another order and some of them later, and loses none', async () => {
    const draws = [0.2, 0.1, 0.9, 0.9];
    const random = (): number => draws.shift() ?? 0.9;
    const { aws, url } = await through(faults.reorder({ share: 0.5, times: 1, random }));
    const ids = [];
    for (let n = 0; n < 2; n++)
      ids.push(
        (await aws.sqs.send(new SendMessageCommand({ QueueUrl: url, MessageBody: '{}' })))
          .MessageId,
      );
    const first = await receive(aws, url);
    expect(first.map(({ MessageId: id }) => id)).toEqual([ids[1], ids[0]]);
    await send(aws, url);
    draws.push(0.5, 0.1);
    expect(await receive(aws, url)).toEqual([]);
    expect(await receive(aws, url)).toHaveLength(1);
  });

  it('follows a broker that is started again elsewhere', async () => {
    const { credentials } = broker.clientOptions();
    const other = await startTestBroker({ embedded: true, ...(credentials && { credentials }) });
    const proxy = await broker.proxy();
    const aws = new AwsClients(proxy.clientOptions());
    clients.push(aws);
    const queue = unique('queue');
    await other.aws.sqs.send(new CreateQueueCommand({ QueueName: queue }));
    proxy.follow(other.clientOptions().endpoint ?? '');
    const { QueueUrl: found } = await aws.sqs.send(new GetQueueUrlCommand({ QueueName: queue }));
    expect(found).toContain(queue);
    await other.stop();
  });

  it('delivers a received message again', async () => {
    const { aws, url } = await through(faults.duplicate({ times: 1 }));
    await send(aws, url);
    const [first] = await receive(aws, url);
    const [second] = await receive(aws, url);
    expect(second?.MessageId).toBe(first?.MessageId);
    expect(await receive(aws, url)).toEqual([]);
  });

  it.each([
    ['delivers a message again', () => faults.duplicate({ times: 1 })],
    ['holds a message back', () => faults.reorder({ share: 0.5, times: 1, random: () => 0 })],
  ])('%s on its own queue, however many a program receives from', async (_what, fault) => {
    const { aws, url } = await through(fault());
    const other = unique('queue');
    await broker.aws.sqs.send(new CreateQueueCommand({ QueueName: other }));
    await send(aws, url);
    const first = await receive(aws, url);
    expect(await receive(aws, await broker.queueUrl(other))).toEqual([]);
    expect([...first, ...(await receive(aws, url))].length).toBeGreaterThan(0);
  });

  it('sends a message twice', async () => {
    const { aws, url, queue } = await through(faults.duplicate({ on: ['SendMessage'] }));
    await send(aws, url);
    expect(await broker.depth(queue)).toEqual({ visible: 2, inFlight: 0 });
  });

  it('expires a lease without its holder noticing', async () => {
    const { aws, url } = await through(faults.expireLease({ times: 1 }));
    await send(aws, url);
    const [first] = await receive(aws, url);
    const [second] = await receive(aws, url);
    expect(second?.MessageId).toBe(first?.MessageId);
    expect(second?.ReceiptHandle).not.toBe(first?.ReceiptHandle);
    await aws.sqs.send(
      new ChangeMessageVisibilityCommand({
        QueueUrl: url,
        ReceiptHandle: second?.ReceiptHandle,
        VisibilityTimeout: 10,
      }),
    );
  });

  it.each([true, false])(
    'fails single entries of a batch (sender’s fault: %p)',
    async (senderFault) => {
      const { aws, url, queue } = await through(
        faults.failEntries({ on: ['SendMessageBatch'], times: 1, senderFault }),
      );
      const { Successful: taken = [], Failed: failed } = await aws.sqs.send(
        new SendMessageBatchCommand({
          QueueUrl: url,
          Entries: ['a', 'b', 'c'].map((Id) => ({ Id, MessageBody: Id })),
        }),
      );
      expect(taken.map(({ Id }) => Id)).toEqual(['b', 'c']);
      expect(failed).toMatchObject([{ Id: 'a', SenderFault: senderFault }]);
      expect(await broker.depth(queue)).toEqual({ visible: 2, inFlight: 0 });
    },
  );

  it('can fail every entry of a batch, until it is stopped', async () => {
    const { queue, url } = await through();
    const proxy = await broker.proxy(faults.failEntries({ on: ['DeleteMessageBatch'] }));
    const aws = new AwsClients(proxy.clientOptions());
    clients.push(aws);
    await send(aws, url);
    const [message] = await receive(aws, url);
    const remove = new DeleteMessageBatchCommand({
      QueueUrl: url,
      Entries: [{ Id: '0', ReceiptHandle: message?.ReceiptHandle }],
    });
    expect(await aws.sqs.send(remove)).toMatchObject({ Failed: [{ Id: '0' }] });
    expect(await broker.depth(queue)).toEqual({ visible: 0, inFlight: 1 });
    proxy.use();
    expect(await aws.sqs.send(remove)).toMatchObject({ Successful: [{ Id: '0' }] });
    expect(await broker.depth(queue)).toEqual({ visible: 0, inFlight: 0 });
  });

  it('delays requests', async () => {
    const { aws, url } = await through(faults.delay({ minMs: 50, maxMs: 150 }, { random: half }));
    const startedMs = performance.now();
    await send(aws, url);
    expect(performance.now() - startedMs).toBeGreaterThan(95);
  });
});
