import { randomUUID } from 'node:crypto';
import { PublishCommand, type MessageAttributeValue } from '@aws-sdk/client-sns';
import type { AwsClients } from '../../aws/index.js';
import { isFifoName } from '../../common/resource-names.js';
import type { Command, Event, Result } from '../../protocol/index.js';
import {
  commandCodec,
  type MessageAttribute,
  type MessageCodec,
} from '../../transport/codec/index.js';
import { eventCodec } from '../codecs/event.codec.js';
import { resultCodec } from '../codecs/result.codec.js';
import { commandPattern, eventPattern, RESULT_PATTERN } from '../messaging.patterns.js';

/**
 * Publishes Commands, Results and Events from a program without Nest, in the form in which the
 * service and other programs read them. Each call is one call of SNS; what SNS refuses, such as a
 * body over 256 KiB, rejects with the SDK's error.
 *
 * @example
 * const aws = new AwsClients({ region: 'eu-central-1' });
 * const publisher = new ManualPublisher(aws);
 * await publisher.publishCommand(new Command({ type: 'storage', action: 'list_objects', payload: { container: 'raw' } }), topicArn);
 * aws.destroy();
 */
export class ManualPublisher {
  constructor(private readonly aws: Pick<AwsClients, 'sns'>) {}

  /** @returns the message id of SNS */
  publishCommand(command: Command, topicArn: string): Promise<string> {
    return this.#publish(commandCodec, commandPattern(command), command, topicArn);
  }

  /** @returns the message id of SNS */
  publishResult(result: Result, topicArn: string): Promise<string> {
    return this.#publish(resultCodec, RESULT_PATTERN, result, topicArn);
  }

  /** @returns the message id of SNS */
  publishEvent(event: Event, topicArn: string): Promise<string> {
    return this.#publish(eventCodec, eventPattern(event.type), event, topicArn);
  }

  async #publish(
    codec: MessageCodec,
    pattern: string,
    data: { readonly correlation_id: string },
    topicArn: string,
  ): Promise<string> {
    const id = randomUUID();
    const { correlation_id: correlationId } = data;
    const { body, attributes } = codec.encode({ id, pattern, data, correlationId });
    const { MessageId: messageId = '' } = await this.aws.sns.send(
      new PublishCommand({
        TopicArn: topicArn,
        Message: body,
        MessageAttributes: Object.fromEntries(
          Object.entries(attributes).map(([name, attribute]) => [name, onTheWire(attribute)]),
        ),
        // What belongs to one piece of work stays in order.
        ...(isFifoName(topicArn) && {
          MessageGroupId: correlationId,
          MessageDeduplicationId: id,
        }),
      }),
    );
    return messageId;
  }
}

const onTheWire = ({ type, value }: MessageAttribute): MessageAttributeValue => ({
  DataType: type,
  ...(typeof value === 'string' ? { StringValue: value } : { BinaryValue: value }),
});
