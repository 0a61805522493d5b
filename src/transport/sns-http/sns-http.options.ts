import { parseTopicArn } from '../../common/arn.js';
import { wholeNumberFaults } from '../../common/whole-numbers.js';
import { InvalidOptionsError } from '../errors/index.js';
import type { SnsSignatures } from '../signatures/sns-signatures.js';
import type { QueueDeclaration } from '../topology/index.js';

/** SNS gives an endpoint 15 s. https://docs.aws.amazon.com/sns/latest/dg/SendMessageToHttp.prepare.html */
export const DEFAULT_ANSWER_MS = 14_000;
const MAX_ANSWER_MS = 15_000;

/**
 * Options of `SnsHttpEndpoint` and `SnsHttpModule`: a declaration as of a queue, of which SNS is the only sender. What
 * is named like an option of a queue means the same.
 *
 * @example
 * const options: SnsHttpOptions = { name: 'orders', patterns: ['order.*'], topics: [ordersTopicArn] };
 */
export interface SnsHttpOptions extends Pick<
  QueueDeclaration,
  'name' | 'patterns' | 'codec' | 'fallback' | 'idempotent' | 'concurrency'
> {
  /** ARNs of the topics whose subscriptions are confirmed and whose notifications are handled; every other is refused. */
  readonly topics: readonly string[];
  /** What checks the signatures. @defaultValue `new SnsSignatures()` */
  readonly signatures?: SnsSignatures;
  /**
   * Reads attributes of messages, though SNS signs none, and anybody who has a signed message can send it again with
   * others. Otherwise all are left out but `Content-Encoding` and those of a trace. @defaultValue false
   */
  readonly trustAttributes?: boolean;
  /**
   * Milliseconds until SNS is answered to retry, 1 to 15 000; the handler's signal is aborted then. SNS itself waits for 15 s, so
   * more has no use; less frees places sooner. @defaultValue 14 000
   */
  readonly answerMs?: number;
}

/** @throws {InvalidOptionsError} naming what does not hold. */
export function checkSnsHttpOptions({ name, patterns, topics, answerMs }: SnsHttpOptions): void {
  const faults = [
    ...(typeof name === 'string' && name !== '' ? [] : ['it needs a name']),
    ...(patterns.length > 0 ? [] : ['it names no pattern']),
    ...(topics.length > 0 ? [] : ['it names no topic, so that it would refuse everything']),
    ...topics
      .filter((topic) => !parseTopicArn(topic) || topic.endsWith('.fifo'))
      .map(
        (topic) =>
          `${topic} is not the ARN of a standard topic, the only kind that SNS delivers over HTTP`,
      ),
    ...wholeNumberFaults('answerMs', answerMs, 1, MAX_ANSWER_MS),
  ];
  if (faults.length > 0)
    throw new InvalidOptionsError(
      `The options of the SNS endpoint are invalid: ${faults.join('; ')}`,
      {
        details: { faults },
      },
    );
}
