import type { ReadPacket } from '@nestjs/microservices';

import { SnsSqsRecord, type SnsSqsRecordOptions } from '../record/sns-sqs.record.js';

const NO_OPTIONS: SnsSqsRecordOptions = {};

/**
 * The record of a packet: its data, or the record that was given as its data. What a hook of `setOnDispatchHook` attached
 * becomes attributes of the message, which the receiving side finds in its context. Attributes of the record itself win.
 */
export function recordOf({ data, metadata }: ReadPacket): SnsSqsRecord {
  const record = data instanceof SnsSqsRecord ? data : new SnsSqsRecord(data, NO_OPTIONS);
  if (metadata === undefined || Object.keys(metadata).length === 0) return record;
  const { options } = record;
  return new SnsSqsRecord(record.data, {
    ...options,
    attributes: { ...metadata, ...options.attributes },
  });
}
