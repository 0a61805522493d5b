import { Inject, Injectable } from '@nestjs/common';
import { lastValueFrom } from 'rxjs';
import { record, SnsSqsClient } from '../../transport/index.js';
import type { SnsSqsRecordOptions } from '../../transport/record/sns-sqs.record.js';
import { outboxEntry, type EntryOptions, type OutboxEntry } from './outbox.entry.js';
import type { PublishContext } from './outbox.handlers.js';
import { Outbox } from './outbox.js';

/** The kind of entries that are a message of the transport. */
export const MESSAGE_KIND = 'message';

interface MessageData {
  readonly pattern: string;
  readonly data: unknown;
  readonly group?: string;
  readonly attributes?: SnsSqsRecordOptions['attributes'];
}

export interface MessageEntryOptions
  extends EntryOptions, Pick<SnsSqsRecordOptions, 'group' | 'attributes'> {}

/**
 * An entry that the transport's client sends to the destination of its pattern. Its id is the message's id.
 *
 * @example
 * await orders.updateOne(filter, { $set: { shipped: true }, ...pushing(messageEntry('order.shipped', { id })) });
 */
export function messageEntry(
  pattern: string,
  data: unknown,
  { group, attributes, ...options }: MessageEntryOptions = {},
): OutboxEntry {
  const message: MessageData = {
    pattern,
    data,
    ...(group !== undefined && { group }),
    ...(attributes !== undefined && { attributes }),
  };
  return outboxEntry(MESSAGE_KIND, message, options);
}

/** Publishes entries made by messageEntry, ten a call, also those of different documents. */
@Injectable()
export class MessagePublisher {
  constructor(
    outbox: Outbox,
    @Inject(SnsSqsClient) private readonly client: Pick<SnsSqsClient, 'emit'>,
  ) {
    outbox.handle(MESSAGE_KIND, (data, context) => this.#publish(data as MessageData, context));
  }

  async #publish(
    { pattern, data, group, attributes }: MessageData,
    { id }: PublishContext,
  ): Promise<void> {
    const message = record(data).withId(id);
    if (group !== undefined) message.withGroup(group);
    if (attributes !== undefined) message.withAttributes(attributes);
    await lastValueFrom(this.client.emit(pattern, message.build()), { defaultValue: undefined });
  }
}
