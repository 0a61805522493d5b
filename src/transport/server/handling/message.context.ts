import { SnsSqsContext } from '../../sns-sqs.context.js';
import type { BoundQueue } from '../../topology/index.js';
import type { Lease } from '../leases/lease.js';
import type { ReadMessage } from './message.reader.js';

/** Makes the context of a message for its handlers. */
export const messageContext = (
  lease: Lease,
  {
    pattern,
    attributes,
    binaryAttributes,
    header,
    id,
    correlationId = id ?? lease.messageId,
  }: ReadMessage,
  { declaration, maxReceiveCount }: BoundQueue,
  timeout?: AbortSignal,
): SnsSqsContext =>
  new SnsSqsContext(lease, {
    pattern,
    queue: declaration.name,
    correlationId,
    attributes,
    binaryAttributes,
    header,
    maxReceiveCount,
    timeout,
  });
