import type { ReadPacket } from '@nestjs/microservices';

import { SnsSqsRecord } from '../record/sns-sqs.record.js';

/**
 * What a hook of `setOnDispatchHook` attached to a packet, as attributes of its message, which the receiving side finds
 * in its context. Attributes of the record itself win.
 */
export function withMetadata(record: SnsSqsRecord, metadata: ReadPacket['metadata']): SnsSqsRecord {
  if (metadata === undefined || Object.keys(metadata).length === 0) return record;
  const { data, options } = record;
  return new SnsSqsRecord(data, {
    ...options,
    attributes: { ...metadata, ...options.attributes },
  });
}
