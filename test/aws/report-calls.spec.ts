import { ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { ListBucketsCommand } from '@aws-sdk/client-s3';
import { ListTopicsCommand } from '@aws-sdk/client-sns';
import { CreateQueueCommand, GetQueueUrlCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { AwsClients, type AwsCall } from '../../src/aws/index.js';
import { EmbeddedAws } from '../../src/platform/embedded/index.js';

let embedded: EmbeddedAws;
let aws: AwsClients;
let calls: AwsCall[];

beforeAll(async () => {
  embedded = await EmbeddedAws.start();
});
afterAll(() => embedded.stop());
beforeEach(() => {
  calls = [];
});
afterEach(() => aws.destroy());

const names = (): string[] => calls.map(({ client, command }) => `${client} ${command}`);

describe.each([
  ['with the tuned clients', true],
  ['as the SDK comes', false],
])('calls of AWS %s', (_title, tunedClients) => {
  beforeEach(() => {
    aws = new AwsClients({
      ...embedded.clientOptions(),
      tunedClients,
      onCall: (call) => calls.push(call),
    });
  });

  it('are reported by every client, once each, without what was sent', async () => {
    await aws.sns.send(new ListTopicsCommand({}));
    await aws.s3.send(new ListBucketsCommand({}));
    await aws.dynamodb.send(new ListTablesCommand({}));
    const { QueueUrl } = await aws.sqs.send(new CreateQueueCommand({ QueueName: 'reported' }));
    await aws.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'a secret' }));
    expect(names()).toEqual([
      'SNSClient ListTopicsCommand',
      'S3Client ListBucketsCommand',
      'DynamoDBClient ListTablesCommand',
      'SQSClient CreateQueueCommand',
      'SQSClient SendMessageCommand',
    ]);
    expect(calls.map(({ attempts, error }) => [attempts, error])).toEqual(
      calls.map(() => [1, undefined]),
    );
    expect(JSON.stringify(calls)).not.toContain('a secret');
  });

  it('that fail are reported with the name of their error, which the caller gets as ever', async () => {
    const call = aws.sqs.send(new GetQueueUrlCommand({ QueueName: 'nowhere' }));
    await expect(call).rejects.toMatchObject({ name: 'QueueDoesNotExist' });
    expect(calls).toMatchObject([
      { command: 'GetQueueUrlCommand', error: 'QueueDoesNotExist', durationMs: expect.any(Number) },
    ]);
  });
});
