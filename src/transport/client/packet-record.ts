import type { ReadPacket } from '@nestjs/microservices';

import { SnsSqsRecord, type SnsSqsRecordOptions } from '../record/sns-sqs.record.js';

const NO_OPTIONS: SnsSqsRecordOptions = {};

/**
 * The record of a packet: its data, or the record given as its data. Metadata of a `setOnDispatchHook` hook becomes
 * message attributes, which the receiver finds in its context; the record's own attributes take precedence.
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
