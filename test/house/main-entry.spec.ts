import { describe, expect, it } from '@jest/globals';
import * as entry from '../../src/transport/index.js';

/** What a user reads through to find something. One name more is a decision: what only some need belongs to a sub-entry. */
const NAMES = `
  autoCodec celeryCodec ClientClosedError cloudEventsCodec commandCodec compressed connectSnsSqs
  currentCorrelationId DEAD_LETTER_DETAILS DEAD_LETTER_ENCODING DEAD_LETTER_REASON defineTopology
  drainOnShutdown eventBridgeCodec HandlerName HandlerTimeoutError IdempotencyKeyReusedError
  IdempotencyStoreError InvalidEventError InvalidMessageError InvalidOptionsError
  InvalidRecordError InvalidSignatureError jsonCodec MemoryIdempotencyStore mergeTopologies
  MessageTooLargeError nativeCodec NoRouteError NotRunError OnBatch OnEvent OnRequest PayloadPipe
  PermanentError prepareSnsSqs record RequestFailedError RequestTimeoutError RetryableError
  s3NotificationCodec SendBufferFullError SendFailedError SNS_SQS SnsSqsBatchContext SnsSqsClient
  SnsSqsContext SnsSqsHealth SnsSqsModule SnsSqsRecord SnsSqsRecordBuilder SnsSqsServer
  TopologyError UnknownPatternError ValidationFailedError WeftError WorkInProgressError
`;

describe('the main entry of the library', () => {
  it('has about sixty names, and no other than those that were decided', () => {
    const decided = NAMES.split(/\s+/).filter((name) => name !== '');
    expect(Object.keys(entry).toSorted()).toEqual(decided.toSorted());
  });
});
