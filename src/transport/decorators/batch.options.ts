import type { PipeTransform, Type } from '@nestjs/common';
import { wholeNumberFaults } from '../../common/whole-numbers.js';

/** How the messages of a batch handler are gathered and validated. */
export interface BatchOptions {
  /**
   * Maximum messages of one batch, 1 to 1 000; never more than the queue's `concurrency`. Raise it, and `concurrency`
   * with it, if the handler's work is cheaper in bulk, such as one insert of many rows.
   *
   * @defaultValue 10, the messages of one receive
   */
  readonly maxMessages?: number;
  /**
   * Milliseconds the first message of a batch waits for others, 0 to 60 000; a full batch is handled at once. Raised,
   * batches are fuller under low traffic, but each message is handled later.
   *
   * @defaultValue 100: short beside a long poll, and long enough for two receives to meet
   */
  readonly lingerMs?: number;
  /**
   * Class of one payload. A message that does not fit fails alone, before the handler.
   *
   * @defaultValue none: payloads are not validated
   */
  readonly items?: Type;
  /** Pipe for each payload, such as Nest's `ValidationPipe`. @defaultValue PayloadPipe */
  readonly itemPipe?: PipeTransform;
}

export const DEFAULT_BATCH_MESSAGES = 10;
/** Short beside a long poll, and long enough for two receives to meet. */
export const DEFAULT_BATCH_LINGER_MS = 100;
const MAX_MESSAGES = 1000;
const MAX_LINGER_MS = 60_000;

/** A sentence for each option that is out of its range. */
export const batchFaults = ({ maxMessages, lingerMs }: BatchOptions): string[] => [
  ...wholeNumberFaults('maxMessages', maxMessages, 1, MAX_MESSAGES),
  ...wholeNumberFaults('lingerMs', lingerMs, 0, MAX_LINGER_MS),
];
