import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  type Message,
  type MessageAttributeValue,
} from '@aws-sdk/client-sqs';

import { regionOf } from '../common/arn.js';
import type { LambdaContext, SqsBatchResponse } from '../transport/lambda/create-sqs-handler.js';
import type { TestBroker } from './test-broker.js';

/**
 * Makes the Lambda event of received messages.
 *
 * @example
 * const answer = await handler(sqsEvent(queueArn, [await broker.take('orders')]));
 * @see https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html
 */
export function sqsEvent(queueArn: string, messages: readonly Message[]): { Records: object[] } {
  return {
    Records: messages.map((message) => ({
      messageId: message.MessageId,
      receiptHandle: message.ReceiptHandle,
      body: message.Body,
      attributes: message.Attributes ?? {},
      messageAttributes: Object.fromEntries(
        Object.entries(message.MessageAttributes ?? {}).map(([name, value]) => [
          name,
          eventAttribute(value),
        ]),
      ),
      md5OfBody: message.MD5OfBody,
      eventSource: 'aws:sqs',
      eventSourceARN: queueArn,
      awsRegion: regionOf(queueArn),
    })),
  };
}

const eventAttribute = ({ DataType, StringValue, BinaryValue }: MessageAttributeValue): object => ({
  dataType: DataType,
  stringListValues: [],
  binaryListValues: [],
  ...(StringValue !== undefined && { stringValue: StringValue }),
  ...(BinaryValue !== undefined && { binaryValue: Buffer.from(BinaryValue).toString('base64') }),
});

type Handler = (event: unknown, context: LambdaContext) => Promise<SqsBatchResponse>;

/** Settings of the event source mapping and the function. */
export interface InvokeOptions {
  /** Maximum messages of one event, 1 to 10. @defaultValue 10 */
  readonly batchSize?: number;
  /** Milliseconds the function may take. @defaultValue 30 000 */
  readonly timeoutMs?: number;
}

/** Short, so that an empty queue does not make the test wait. */
const RECEIVE_WAIT_S = 1;

/**
 * Does one round of Lambda's event source: receives from a queue, calls the function, deletes the handled messages and
 * releases the others at once.
 *
 * @throws the function's error; every message of the event is then released.
 * @example
 * await broker.put('orders', JSON.stringify({ pattern: 'order.placed', data: { id: 7 } }));
 * expect(await invokeLambda(broker, 'orders', handler)).toEqual({ batchItemFailures: [] });
 */
export async function invokeLambda(
  broker: TestBroker,
  queue: string,
  handler: Handler,
  { batchSize = 10, timeoutMs = 30_000 }: InvokeOptions = {},
): Promise<SqsBatchResponse> {
  const { sqs } = broker.aws;
  const QueueUrl = await broker.queueUrl(queue);
  const { Attributes: { QueueArn = '' } = {} } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }),
  );
  const { Messages: messages = [] } = await sqs.send(
    new ReceiveMessageCommand({
      QueueUrl,
      MaxNumberOfMessages: batchSize,
      WaitTimeSeconds: RECEIVE_WAIT_S,
      MessageAttributeNames: ['All'],
      MessageSystemAttributeNames: ['All'],
    }),
  );
  const endMs = Date.now() + timeoutMs;
  const context = { getRemainingTimeInMillis: () => endMs - Date.now() };
  let failed = new Set(messages.map(({ MessageId }) => MessageId));
  try {
    const answer = await handler(sqsEvent(QueueArn, messages), context);
    failed = new Set(answer.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
    return answer;
  } finally {
    for (const { MessageId, ReceiptHandle } of messages) {
      if (failed.has(MessageId))
        await sqs.send(
          new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle, VisibilityTimeout: 0 }),
        );
      else await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
    }
  }
}
