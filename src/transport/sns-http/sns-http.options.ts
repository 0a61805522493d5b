import { parseTopicArn } from '../../common/arn.js';
import { isFifoName } from '../../common/resource-names.js';
import { wholeNumberFaults } from '../../common/whole-numbers.js';
import { InvalidOptionsError } from '../errors/index.js';
import type { SnsSignatures } from '../signatures/sns-signatures.js';
import type { QueueDeclaration } from '../topology/index.js';

/** SNS waits 15 s for an endpoint. https://docs.aws.amazon.com/sns/latest/dg/SendMessageToHttp.prepare.html */
export const DEFAULT_ANSWER_MS = 14_000;
const MAX_ANSWER_MS = 15_000;

/**
 * Options of `SnsHttpEndpoint` and `SnsHttpModule`. Options named like those of a queue have the same meaning.
 *
 * @example
 * const options: SnsHttpOptions = { name: 'orders', patterns: ['order.*'], topics: [ordersTopicArn] };
 */
export interface SnsHttpOptions extends Pick<
  QueueDeclaration,
  'name' | 'patterns' | 'codec' | 'fallback' | 'idempotent' | 'concurrency'
> {
  /**
   * ARNs of the topics whose subscriptions are confirmed and whose notifications are handled; messages of other topics
   * are refused.
   */
  readonly topics: readonly string[];
  /** Checks the signatures. @defaultValue `new SnsSignatures()` */
  readonly signatures?: SnsSignatures;
  /**
   * Whether attributes of messages are read. SNS does not sign them, so a signed message can be sent again with other
   * attributes. If false, all are dropped except `Content-Encoding` and the trace context. @defaultValue false
   */
  readonly trustAttributes?: boolean;
  /**
   * Milliseconds until the answer tells SNS to retry, 1 to 15 000; then the handler's signal is aborted. SNS itself
   * waits 15 s, so more is useless; less frees capacity sooner. @defaultValue 14 000
   */
  readonly answerMs?: number;
}

/** @throws {InvalidOptionsError} naming each invalid option. */
export function checkSnsHttpOptions({ name, patterns, topics, answerMs }: SnsHttpOptions): void {
  const faults = [
    ...(typeof name === 'string' && name !== '' ? [] : ['it needs a name']),
    ...(patterns.length > 0 ? [] : ['it names no pattern']),
    ...(topics.length > 0 ? [] : ['it names no topic, so that it would refuse everything']),
    ...topics
      .filter((topic) => !parseTopicArn(topic) || isFifoName(topic))
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
