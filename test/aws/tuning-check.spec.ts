import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { CreateTopicCommand, PublishCommand, SubscribeCommand } from '@aws-sdk/client-sns';
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
} from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AwsClients } from '../../src/aws/index.js';
import { NamingHttpHandler } from '../../src/aws/naming-http-handler.js';
import { TUNING, UndiciHandler } from '../../src/aws/tuned/index.js';
import { installedVersion, type VersionReader } from '../../src/aws/tuned/installed.version.js';
import { movedParts } from '../../src/aws/tuned/moved-parts.js';
import { PROVED_VERSIONS } from '../../src/aws/tuned/proved.versions.js';
import { TuningCheck, type TuningCheckDependencies } from '../../src/aws/tuned/tuning.check.js';
import { TestBroker } from '../../src/testing/index.js';

/** A check over packages that are not those of this repository, and what it warned. */
function checked(parts: TuningCheckDependencies) {
  const warnings: unknown[][] = [];
  const logger = { warn: (...warning: unknown[]) => void warnings.push(warning) };
  return { check: new TuningCheck({ ...parts, logger }), warnings };
}

const proved: VersionReader = ({ name }) => PROVED_VERSIONS[name];
const unreadable: VersionReader = () => undefined;
const otherSqs: VersionReader = (one) =>
  one.name === '@aws-sdk/client-sqs' ? '3.1175.0' : proved(one);

describe('the check of the tuned AWS clients', () => {
  it('passes with what this repository has installed', () => {
    const { check, warnings } = checked({});
    expect({ passes: check.passes }).toEqual({ passes: true });
    expect(warnings).toEqual([]);
    expect(installedVersion({ name: 'undici' })).toBe(PROVED_VERSIONS.undici);
  });

  it('passes with another patch of a proved minor version', () => {
    const { check, warnings } = checked({
      versionOf: ({ name }) => PROVED_VERSIONS[name].replace(/\d+$/, '99'),
    });
    expect({ passes: check.passes }).toEqual({ passes: true });
    expect(warnings).toEqual([]);
  });

  it('fails once with one warning that names the package, both versions and the remedy', () => {
    const { check, warnings } = checked({ versionOf: otherSqs });
    expect({ first: check.passes, again: check.passes }).toEqual({ first: false, again: false });
    expect(warnings).toEqual([
      [
        expect.stringMatching(/Install the proved versions, or set tunedClients: false/),
        {
          packages: [{ package: '@aws-sdk/client-sqs', installed: '3.1175.0', proved: '3.1169.0' }],
        },
      ],
    ]);
  });

  it('names the copy of a package that a client of the SDK loads for itself', () => {
    const { check, warnings } = checked({
      versionOf: (one) => (one.of === '@aws-sdk/client-sns' ? '3.50.0' : proved(one)),
    });
    expect({ passes: check.passes }).toEqual({ passes: false });
    expect(JSON.stringify(warnings)).toContain('"@smithy/core of @aws-sdk/client-sns"');
  });

  it('passes in a bundle, which tells no versions, where the SDK has every part that the steps rest on', () => {
    const { check, warnings } = checked({ versionOf: unreadable });
    expect({ passes: check.passes }).toEqual({ passes: true });
    expect(warnings).toEqual([]);
    expect(movedParts()).toEqual([]);
  });

  it('fails in a bundle whose SDK has moved a part, and names it', () => {
    const { check, warnings } = checked({
      versionOf: unreadable,
      movedParts: () => ['SQS retryMiddleware'],
    });
    expect({ passes: check.passes }).toEqual({ passes: false });
    expect(warnings).toEqual([
      [expect.any(String), { moved: ['SQS retryMiddleware'], proved: PROVED_VERSIONS }],
    ]);
  });
});

describe('clients of versions that were not proved', () => {
  let broker: TestBroker;
  const open: AwsClients[] = [];
  const clients = (options: object): AwsClients => {
    const aws = new AwsClients({ ...broker.clientOptions(), ...options });
    open.push(aws);
    return aws;
  };

  beforeAll(async () => {
    broker = await TestBroker.start({ embedded: true });
  });
  afterAll(async () => {
    for (const aws of open) aws.destroy();
    await broker.stop();
  });

  it('are the plain ones of the SDK, with one warning for all of them', () => {
    const { check, warnings } = checked({ versionOf: otherSqs });
    for (const aws of [clients({ [TUNING]: { check } }), clients({ [TUNING]: { check } })])
      for (const client of [aws.sqs, aws.sqsPolling, aws.sqsReplies, aws.sns])
        expect(client.config.requestHandler).toBeInstanceOf(NamingHttpHandler);
    expect(warnings).toHaveLength(1);
  });

  it('publish, send, receive and delete, and reach S3 and DynamoDB', async () => {
    const { check } = checked({ versionOf: otherSqs });
    const { sqs, sqsPolling, sns, s3, dynamodb } = clients({ [TUNING]: { check } });
    const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: 'plain' }));
    const { TopicArn } = await sns.send(new CreateTopicCommand({ Name: 'plain' }));
    const { Attributes } = await sqs.send(
      new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }),
    );
    const Endpoint = Attributes?.['QueueArn'];
    await sns.send(new SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint }));
    await sns.send(new PublishCommand({ TopicArn, Message: 'published' }));
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'sent' }));
    const bodies: string[] = [];
    while (bodies.length < 2) {
      const { Messages = [] } = await sqsPolling.send(
        new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 5, MaxNumberOfMessages: 10 }),
      );
      for (const { Body = '', ReceiptHandle } of Messages) {
        bodies.push(Body);
        await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
      }
    }
    expect(bodies.join()).toMatch(/published/);
    expect(bodies).toContain('sent');
    await s3.send(new CreateBucketCommand({ Bucket: 'plain' }));
    await s3.send(new PutObjectCommand({ Bucket: 'plain', Key: 'k', Body: 'kept' }));
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: 'plain', Key: 'k' }));
    expect(await Body?.transformToString()).toBe('kept');
    expect(dynamodb).toBeInstanceOf(DynamoDBClient);
    expect((await dynamodb.send(new ListTablesCommand({}))).TableNames).toEqual([]);
  });

  it('are not asked for by tunedClients: false, which looks at nothing and warns of nothing', () => {
    const { check, warnings } = checked({ versionOf: otherSqs });
    const { sqs } = clients({ tunedClients: false, [TUNING]: { check } });
    expect(sqs.config.requestHandler).toBeInstanceOf(NamingHttpHandler);
    expect(warnings).toEqual([]);
  });

  it('are tuned where the versions are the proved ones', () => {
    const { check } = checked({ versionOf: proved });
    const { sqs, sns } = clients({ [TUNING]: { check } });
    expect(sqs.config.requestHandler).toBeInstanceOf(UndiciHandler);
    expect(sns.config.requestHandler).toBeInstanceOf(UndiciHandler);
  });
});
