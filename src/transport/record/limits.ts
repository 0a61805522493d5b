import { isWholeNumber } from '../../common/whole-numbers.js';
import { InvalidRecordError } from '../errors/index.js';
import { MAX_DELAY_S } from '../sns-sqs.constants.js';

/**
 * ASCII letters, digits and punctuation: the characters of message groups and deduplication ids.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
 */
const IDENTIFIER = /^[!-~]{1,128}$/;

export const isIdentifier = (value: unknown): value is string =>
  typeof value === 'string' && IDENTIFIER.test(value);

/** @throws InvalidRecordError for an id that SQS or SNS would refuse; on FIFO the messages behind it would fail too. */
export function checkId(what: string, value: string): void {
  const given: unknown = value;
  if (isIdentifier(given)) return;
  throw new InvalidRecordError(
    `A ${what} has 1 to 128 printable ASCII characters without spaces, not ${shown(value)}`,
  );
}

/** A century; a longer delay is a mistake in the units. */
const MAX_KEPT_DELAY_S = 3_155_760_000;

/** @throws InvalidRecordError unless it is undefined or a whole number of seconds. */
export function checkDelay(seconds: number | undefined): void {
  if (seconds === undefined) return;
  const given: unknown = seconds;
  if (isWholeNumber(given, 0, MAX_KEPT_DELAY_S)) return;
  throw new InvalidRecordError(
    `A delay is a whole number of seconds, from 0 to ${MAX_DELAY_S} without a store of delayed messages and to a century with one, not ${seconds}`,
  );
}

/** @throws InvalidRecordError unless it is a valid time. */
export function checkDueAt(time: Date): void {
  if (time instanceof Date && !Number.isNaN(time.getTime())) return;
  throw new InvalidRecordError(`A message is delayed until a valid Date, not ${shown(time)}`);
}

const SHOWN_LENGTH = 40;

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > SHOWN_LENGTH
    ? `${text.slice(0, SHOWN_LENGTH)}… (${text.length} characters)`
    : text;
}
