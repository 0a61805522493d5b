import type { BrokerAttribute, BrokerCopy } from '../../broker/broker.queue.js';
import { DEAD_LETTER_ENCODING, GZIP_BASE64, packed } from '../../codec/packed-body.js';
import { WeftError } from '../../errors/index.js';
import { MAX_ATTRIBUTES, SQS_MAX_BYTES } from '../../sns-sqs.constants.js';
import type { Lease } from '../leases/lease.js';

/**
 * Name of the attribute with the reason why a message is in the dead-letter queue: a String of up to 1024 characters.
 *
 * @example
 * const reason = message.MessageAttributes?.[DEAD_LETTER_REASON]?.StringValue;
 */
export const DEAD_LETTER_REASON = 'deadLetterReason';
/**
 * Name of the attribute with the origin of a message in the dead-letter queue: a String, the JSON of `{ code, queue,
 * messageId, receiveCount, firstReceivedAt, attributes }`. The time is ISO 8601; `attributes` holds those for which the
 * message had no room, texts as `value` and bytes as `binary` in base64.
 *
 * @example
 * const { messageId } = JSON.parse(message.MessageAttributes?.[DEAD_LETTER_DETAILS]?.StringValue ?? '{}');
 */
export const DEAD_LETTER_DETAILS = 'deadLetterDetails';

const OWN = new Set([DEAD_LETTER_REASON, DEAD_LETTER_DETAILS, DEAD_LETTER_ENCODING]);
const MAX_REASON_LENGTH = 1024;
/** The details are not given up for a reason shorter than this, which would say too little. */
const SHORT_REASON_LENGTH = 80;
// The characters that SQS allows in attribute values.
const UNSENDABLE = /[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}]/gu;

type Content = Pick<BrokerCopy, 'body' | 'attributes'>;

/**
 * The copies of a message for the dead-letter queue: body, every attribute, reason and details. A message close to
 * SQS's size limit gets a short reason; if there is no room even for that, its body is packed. Nothing of the message
 * is left out.
 *
 * @returns the copies to try, the best one first; none if none fits.
 */
export function* deadLetterCopies(lease: Lease, queue: string, error: unknown): Generator<Content> {
  const letter = new DeadLetter(lease, queue, error);
  const short = letter.reason.slice(0, SHORT_REASON_LENGTH);
  yield* [letter.copy(letter.reason), letter.copy(short), letter.copy(short, false)].filter(fits);
  if (!letter.isPacked) yield* [letter.pack()].filter(fits);
}

class DeadLetter {
  readonly reason: string;
  readonly #body: string;
  readonly #encoding: BrokerAttribute | undefined;
  /** The sender's attributes, without our own, which a redriven message has too. */
  readonly #attributes: readonly (readonly [string, BrokerAttribute])[];
  readonly #facts: object;

  constructor(lease: Lease, queue: string, error: unknown) {
    const { Body: body = '', MessageAttributes: given = {} } = lease.message;
    this.reason = reasonOf(error);
    this.#body = body;
    this.#encoding = given[DEAD_LETTER_ENCODING];
    this.#attributes = Object.entries(given).filter(([name]) => !OWN.has(name));
    this.#facts = factsOf(lease, queue, error);
  }

  get isPacked(): boolean {
    return this.#encoding !== undefined;
  }

  /** @param withFacts false: the details have only the attributes without room. */
  copy(reason: string, withFacts = true, encoding = this.#encoding): Content {
    const own = encoding === undefined ? {} : { [DEAD_LETTER_ENCODING]: encoding };
    const room = MAX_ATTRIBUTES - 2 - Object.keys(own).length;
    const rest = Object.fromEntries(this.#attributes.slice(room).map(asDetail));
    const details = { ...(withFacts && this.#facts), attributes: rest };
    const hasDetails = withFacts || this.#attributes.length > room;
    return {
      body: this.#body,
      attributes: {
        ...Object.fromEntries(this.#attributes.slice(0, room)),
        ...own,
        [DEAD_LETTER_REASON]: text(reason),
        ...(hasDetails && { [DEAD_LETTER_DETAILS]: text(JSON.stringify(details)) }),
      },
    };
  }

  pack(): Content {
    return { ...this.copy(this.reason, true, text(GZIP_BASE64)), body: packed(this.#body) };
  }
}

/** Bytes as SQS counts them against its limit. */
function fits({ body, attributes }: Content): boolean {
  let bytes = Buffer.byteLength(body);
  for (const [name, { DataType = '', StringValue = '', BinaryValue }] of Object.entries(attributes))
    bytes +=
      Buffer.byteLength(name) +
      Buffer.byteLength(DataType) +
      Buffer.byteLength(StringValue) +
      (BinaryValue?.length ?? 0);
  return bytes <= SQS_MAX_BYTES;
}

const factsOf = (lease: Lease, queue: string, error: unknown) => ({
  code: error instanceof WeftError ? error.code : error instanceof Error ? error.name : 'unknown',
  queue,
  messageId: lease.messageId,
  receiveCount: lease.receiveCount,
  ...(lease.firstReceivedAtMs !== undefined && {
    firstReceivedAt: new Date(lease.firstReceivedAtMs).toISOString(),
  }),
});

const asDetail = ([name, { DataType: type, StringValue: value, BinaryValue: bytes }]: readonly [
  string,
  BrokerAttribute,
]): [string, object] => [
  name,
  bytes === undefined ? { type, value } : { type, binary: Buffer.from(bytes).toString('base64') },
];

const text = (value: string): BrokerAttribute => ({
  DataType: 'String',
  StringValue: value.replaceAll(UNSENDABLE, '\u{fffd}'),
});

function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.slice(0, MAX_REASON_LENGTH) || 'no reason given';
}
