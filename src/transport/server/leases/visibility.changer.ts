import { ChangeMessageVisibilityBatchCommand, type SQSClient } from '@aws-sdk/client-sqs';

import { isTransient } from '../../../aws/index.js';
import { batchOutcomes, withIds } from '../../call-batching/batch-answer.js';
import { EntryBatcher } from '../../call-batching/entry-batcher.js';
import { SendFailedError } from '../../errors/index.js';
import { MAX_BATCH_ENTRIES } from '../../sns-sqs.constants.js';

interface VisibilityEntry {
  readonly ReceiptHandle: string;
  readonly VisibilityTimeout: number;
}

/** `gone`: SQS no longer knows the handle as in flight. `failed`: it could not be asked. */
export type VisibilityOutcome = 'changed' | 'gone' | 'failed';

const LINGER_MS = 10;
const MAX_CALLS = 4;
const MAX_ATTEMPTS = 3;
const RETRY_BASE_MS = 100;
const GONE_CODES = new Set([
  'ReceiptHandleIsInvalid',
  'MessageNotInflight',
  'InvalidParameterValue',
]);

/** Hides messages longer or shows them sooner; ten a call. */
export class VisibilityChanger {
  readonly #batcher: EntryBatcher<VisibilityEntry>;

  constructor(sqs: SQSClient, queueUrl: string) {
    this.#batcher = new EntryBatcher({
      send: async (entries) =>
        batchOutcomes(
          entries.length,
          await sqs.send(
            new ChangeMessageVisibilityBatchCommand({
              QueueUrl: queueUrl,
              Entries: withIds(entries),
            }),
          ),
          'ChangeMessageVisibilityBatch',
        ),
      retryable: isTransient,
      maxEntries: MAX_BATCH_ENTRIES,
      lingerMs: LINGER_MS,
      eager: false,
      maxCalls: MAX_CALLS,
      maxAttempts: MAX_ATTEMPTS,
      retryBaseMs: RETRY_BASE_MS,
    });
  }

  /** Hides the message for so many seconds from now; 0 shows it at once. */
  async change(receiptHandle: string, visibilityTimeoutS: number): Promise<VisibilityOutcome> {
    try {
      await this.#batcher.add({
        ReceiptHandle: receiptHandle,
        VisibilityTimeout: visibilityTimeoutS,
      });
      return 'changed';
    } catch (error) {
      const code = error instanceof SendFailedError ? error.details['code'] : undefined;
      return typeof code === 'string' && [...GONE_CODES].some((gone) => code.endsWith(gone))
        ? 'gone'
        : 'failed';
    }
  }

  flush(): Promise<void> {
    return this.#batcher.flush();
  }
}
