import {
  CreateTopicCommand,
  GetSubscriptionAttributesCommand,
  PublishBatchCommand,
  SetSubscriptionAttributesCommand,
  SubscribeCommand,
} from '@aws-sdk/client-sns';
import {
  ChangeMessageVisibilityBatchCommand,
  ChangeMessageVisibilityCommand,
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  DeleteMessageCommand,
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ListQueuesCommand,
  ListQueueTagsCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  SetQueueAttributesCommand,
  TagQueueCommand,
} from '@aws-sdk/client-sqs';
import { createHash } from 'node:crypto';
import type { AwsClients } from '../../../src/aws/index.js';

const BODY = '{"größe":"10 €","emoji":"🧵"}';
const MD5 = createHash('md5').update(BODY).digest('hex');
export const QueueUrl = 'https://sqs.eu-central-1.amazonaws.com/000000000000/jobs';
const TopicArn = 'arn:aws:sns:eu-central-1:000000000000:topic';
const SubscriptionArn = `${TopicArn}:1`;
const MessageAttributes = {
  pattern: { DataType: 'String', StringValue: 'order.placed' },
  bytes: { DataType: 'Binary', BinaryValue: new Uint8Array([0, 1, 255]) },
};
export const ANSWERS = {
  ReceiveMessage: JSON.stringify({
    Messages: [
      {
        MessageId: 'm',
        ReceiptHandle: 'r',
        Body: BODY,
        MD5OfBody: MD5,
        Attributes: { SentTimestamp: '1' },
        MessageAttributes: { bytes: { DataType: 'Binary', BinaryValue: 'AAH/' } },
      },
    ],
  }),
  SendMessage: JSON.stringify({ MessageId: 'm', MD5OfMessageBody: MD5 }),
  SendMessageBatch: JSON.stringify({
    Successful: [{ Id: '0', MessageId: 'm', MD5OfMessageBody: MD5 }],
    Failed: [],
  }),
  GetQueueUrl: JSON.stringify({ QueueUrl }),
  CreateTopic: `<CreateTopicResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><CreateTopicResult><TopicArn>${TopicArn}</TopicArn></CreateTopicResult></CreateTopicResponse>`,
};

/** Every call of SQS and SNS that src/ makes, one after the other. */
export const callAll = async ({ sqs, sqsPolling, sns }: AwsClients): Promise<unknown[]> => [
  await sqsPolling.send(
    new ReceiveMessageCommand({
      QueueUrl,
      MaxNumberOfMessages: 10,
      WaitTimeSeconds: 20,
      MessageAttributeNames: ['All'],
    }),
  ),
  await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: BODY, MessageAttributes })),
  await sqs.send(
    new SendMessageBatchCommand({
      QueueUrl,
      Entries: [{ Id: '0', MessageBody: BODY, MessageAttributes, DelaySeconds: 1 }],
    }),
  ),
  await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: 'r' })),
  await sqs.send(
    new DeleteMessageBatchCommand({ QueueUrl, Entries: [{ Id: '0', ReceiptHandle: 'r' }] }),
  ),
  await sqs.send(
    new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle: 'r', VisibilityTimeout: 0 }),
  ),
  await sqs.send(
    new ChangeMessageVisibilityBatchCommand({
      QueueUrl,
      Entries: [{ Id: '0', ReceiptHandle: 'r', VisibilityTimeout: 30 }],
    }),
  ),
  await sqs.send(new CreateQueueCommand({ QueueName: 'jobs', tags: { owner: 'me' } })),
  await sqs.send(new GetQueueUrlCommand({ QueueName: 'jobs' })),
  await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] })),
  await sqs.send(
    new SetQueueAttributesCommand({ QueueUrl, Attributes: { VisibilityTimeout: '30' } }),
  ),
  await sqs.send(new TagQueueCommand({ QueueUrl, Tags: { owner: 'me' } })),
  await sqs.send(new ListQueueTagsCommand({ QueueUrl })),
  await sqs.send(new ListQueuesCommand({})),
  await sqs.send(new DeleteQueueCommand({ QueueUrl })),
  await sns.send(new CreateTopicCommand({ Name: 'topic' })),
  await sns.send(new SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint: 'arn' })),
  await sns.send(new GetSubscriptionAttributesCommand({ SubscriptionArn })),
  await sns.send(
    new SetSubscriptionAttributesCommand({
      SubscriptionArn,
      AttributeName: 'RawMessageDelivery',
      AttributeValue: 'true',
    }),
  ),
  await sns.send(
    new PublishBatchCommand({
      TopicArn,
      PublishBatchRequestEntries: [{ Id: '0', Message: BODY, MessageAttributes }],
    }),
  ),
];
