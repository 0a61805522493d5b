import type { PipeTransform, Type } from '@nestjs/common';
import { wholeNumberFaults } from '../../../../common/whole-numbers.js';

/** How the messages of a batch handler are gathered, and what stands before each of them. */
export interface BatchOptions {
  /**
   * Messages of one batch at most, 1 to 1 000; never more than the queue's `concurrency`. Raise it where the handler's work
   * is cheaper in bulk, such as one insert of many rows, and `concurrency` with it.
   *
   * @defaultValue 10, what one receive brings
   */
  readonly maxMessages?: number;
  /**
   * Milliseconds the first message of a batch waits for others, 0 to 60 000; a full batch leaves at once. Raised, batches
   * are fuller when there is little traffic, and each message is handled later.
   *
   * @defaultValue 100: little beside a long poll, and two receives can meet
   */
  readonly lingerMs?: number;
  /** Class of one payload. A message that does not fit it fails alone, before the handler. @defaultValue none: payloads are not checked */
  readonly items?: Type;
  /** What each payload goes through, such as Nest's `ValidationPipe`. @defaultValue PayloadPipe */
  readonly itemPipe?: PipeTransform;
}

export const DEFAULT_BATCH_MESSAGES = 10;
/** A tenth of a second is little beside a long poll, and lets two receives meet. */
export const DEFAULT_BATCH_LINGER_MS = 100;
const MAX_MESSAGES = 1000;
const MAX_LINGER_MS = 60_000;

/** Each option that is out of its range, in words. */
export const batchFaults = ({ maxMessages, lingerMs }: BatchOptions): string[] => [
  ...wholeNumberFaults('maxMessages', maxMessages, 1, MAX_MESSAGES),
  ...wholeNumberFaults('lingerMs', lingerMs, 0, MAX_LINGER_MS),
];
