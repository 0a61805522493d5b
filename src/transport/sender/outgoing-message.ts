import type { OutgoingMessage } from '../broker/broker.js';
import { attributeBytes, customAttributes, wireAttributes } from '../codec/attributes.js';
import type { EncodedMessage, MessageAttribute } from '../codec/message.codec.js';
import { InvalidRecordError } from '../errors/index.js';
import { checkDelay, checkId } from '../record/limits.js';
import { MAX_DELAY_S, MAX_SUBJECT_LENGTH } from '../sns-sqs.constants.js';
import type { AttributeValue, SnsSqsRecordOptions } from '../record/sns-sqs.record.js';
import type { Destination } from '../topology/index.js';

const SUBJECT = new RegExp(`^[^\\p{Cc}\\p{Zl}\\p{Zp}]{1,${MAX_SUBJECT_LENGTH}}$`, 'u');

/**
 * Combines the codec's output, the record's options and the transport's own attributes.
 *
 * @throws InvalidRecordError when the destination does not support an option.
 */
export function outgoingMessage(
  id: string,
  { body, attributes, subject }: EncodedMessage,
  options: SnsSqsRecordOptions,
  own: Readonly<Record<string, MessageAttribute>>,
  destination: Pick<Destination, 'kind' | 'fifo'>,
): OutgoingMessage {
  const { group, delayS, attributes: custom } = options;
  checkOptions(options, destination);
  const written = { ...attributes, ...own };
  if (subject !== undefined && destination.kind === 'topic' && !SUBJECT.test(subject)) {
    throw new InvalidRecordError(
      `A subject has 1 to ${MAX_SUBJECT_LENGTH} characters and no control characters`,
    );
  }
  return {
    id,
    body,
    attributes: wireAttributes(custom ? withCustom(custom, written) : written),
    subject,
    group,
    delayS,
  };
}

/** A `setOnDispatchHook` hook may set these too; if the transport traces, its own values take precedence. */
const TRACE_CONTEXT: ReadonlySet<string> = new Set(['traceparent', 'tracestate']);

function withCustom(
  custom: Readonly<Record<string, AttributeValue>>,
  written: Readonly<Record<string, MessageAttribute>>,
): Record<string, MessageAttribute> {
  const taken = Object.keys(custom).filter(
    (name) => Object.hasOwn(written, name) && !TRACE_CONTEXT.has(name),
  );
  if (taken.length > 0) {
    throw new InvalidRecordError(
      `The attribute ${taken.join(', ')} is written by the transport: choose another name`,
    );
  }
  return { ...customAttributes(custom), ...written };
}

function checkOptions(
  { id, group, delayS }: SnsSqsRecordOptions,
  { kind, fifo }: Pick<Destination, 'kind' | 'fifo'>,
): void {
  // Checked here too, because a record can be made without its builder.
  if (group !== undefined) checkId('message group', group);
  if (id !== undefined) checkId('message id', id);
  checkDelay(delayS);
  if (fifo && group === undefined) {
    throw new InvalidRecordError(
      'A FIFO destination needs a message group: record(data).withGroup(…)',
    );
  }
  if (delayS !== undefined && kind === 'topic') {
    throw new InvalidRecordError(
      `SNS cannot delay a message: route the pattern to a queue, set the delay on the queue, or ${WITH_STORE}`,
    );
  }
  if (delayS !== undefined && fifo) {
    throw new InvalidRecordError(
      `A FIFO queue does not support a delay per message: set it on the queue, or ${WITH_STORE}`,
    );
  }
  if (delayS !== undefined && delayS > MAX_DELAY_S) {
    throw new InvalidRecordError(
      `SQS delays a message for ${MAX_DELAY_S} s at most, not for ${delayS} s: delay it less, or ${WITH_STORE}`,
    );
  }
}

const WITH_STORE = 'give the client a store that keeps it until then (its option `delays`)';

/** Bytes as SNS and SQS count them against their limits. */
export const messageBytes = ({ body, attributes }: OutgoingMessage): number =>
  Buffer.byteLength(body) + attributeBytes(attributes);
