import { isJsonObject } from '../../common/objects.js';
import { InvalidMessageError, RetryableError } from '../errors/index.js';
import { parseJson } from './json-body.js';
import type { DecodedMessage, MessageDecoder, ReceivedMessage } from './message.codec.js';

/** The data of a Celery task: the arguments with which Python would call the function. */
export interface CeleryTask {
  /** Positional arguments. */
  readonly args: readonly unknown[];
  /** Keyword arguments. */
  readonly kwargs: Readonly<Record<string, unknown>>;
}

/** The envelope that kombu writes around a task. https://docs.celeryq.dev/en/stable/internals/protocol.html */
const ENVELOPE = ['body', 'content-encoding', 'content-type', 'headers', 'properties'] as const;

/** Keys of the third part of a body: work that Celery would run after the task. */
const AFTERWARDS = ['callbacks', 'errbacks', 'chain', 'chord'] as const;

type Fields = Readonly<Record<string, unknown>>;

interface Envelope {
  readonly body: string;
  readonly headers: Fields;
  readonly properties: Fields;
  readonly type: unknown;
  readonly encoding: unknown;
}

/** kombu writes base64, unless `sqs_base64_encoding` is off. */
export function readKombu(text: string): Envelope | undefined {
  let value: unknown;
  try {
    value = parseJson(isBase64(text) ? Buffer.from(text, 'base64').toString() : text);
  } catch {
    return undefined;
  }
  if (!isJsonObject(value) || Object.keys(value).length !== ENVELOPE.length) return undefined;
  const { body, headers, properties, 'content-type': type, 'content-encoding': encoding } = value;
  const isWhole =
    ENVELOPE.every((key) => Object.hasOwn(value, key)) &&
    typeof body === 'string' &&
    isJsonObject(headers) &&
    isJsonObject(properties);
  return isWhole ? { body, headers, properties, type, encoding } : undefined;
}

class CeleryCodec implements MessageDecoder {
  readonly name = 'celery';

  decode({ body: text }: ReceivedMessage): DecodedMessage {
    const envelope = readKombu(text);
    if (!envelope) throw notOne('it does not have the five fields that kombu writes');
    const { headers, properties } = envelope;
    const { task, id, retries } = headers;
    if (typeof task !== 'string' || task === '') throw notOne('its headers name no task');
    if (typeof id !== 'string' || id === '') throw notOne('its headers have no id');
    const data = readTask(envelope);
    waitUntilDue(headers);
    const { correlation_id: correlationId } = properties;
    return {
      pattern: task,
      data,
      // Celery sends a retried task again under the same id.
      id: typeof retries === 'number' && retries > 0 ? `${id} ${retries}` : id,
      correlationId: typeof correlationId === 'string' && correlationId !== '' ? correlationId : id,
      header: headers,
    };
  }
}

function readTask({ body, headers, properties, type, encoding }: Envelope): CeleryTask {
  // Unpickling runs code that the sender chose.
  if (type !== 'application/json') throw notOne('its content-type is not application/json');
  if (encoding !== 'utf-8') throw notOne('its content-encoding is not utf-8');
  if (headers['compression'] !== undefined && headers['compression'] !== null)
    throw notOne('its body is compressed');
  const { body_encoding: bodyEncoding = null } = properties;
  if (bodyEncoding !== null && bodyEncoding !== 'base64')
    throw notOne('its body_encoding is not base64');
  if (bodyEncoding === 'base64' && !isBase64(body)) throw notOne('its body is not base64');
  const parts = parseJson(bodyEncoding === null ? body : Buffer.from(body, 'base64').toString());
  const [args, kwargs, embed = null] = Array.isArray(parts) ? (parts as unknown[]) : [];
  if (!Array.isArray(args) || !isJsonObject(kwargs))
    throw notOne('its body is not a list of args, kwargs and embed');
  const afterwards = isJsonObject(embed) ? AFTERWARDS.filter((key) => !isNothing(embed[key])) : [];
  if (afterwards.length > 0)
    throw notOne(`it asks for ${afterwards.join(', ')}, which only Celery runs`);
  return { args, kwargs };
}

const MAX_DELAY_MS = 12 * 3600_000;

/** A Celery worker holds a task until its `eta`; here the message is invisible until then. */
function waitUntilDue({ eta, expires }: Fields): void {
  const nowMs = Date.now();
  if (typeof expires === 'string' && Date.parse(expires) <= nowMs)
    throw notOne(`it has expired (${new Date(expires).toISOString()})`);
  const delayMs = typeof eta === 'string' ? Date.parse(eta) - nowMs : 0;
  if (delayMs > 0)
    throw new RetryableError('The task is not due yet (eta)', {
      delayMs: Math.min(delayMs, MAX_DELAY_MS),
    });
}

const isNothing = (value: unknown): boolean =>
  value === undefined || value === null || (Array.isArray(value) && value.length === 0);

const isBase64 = (text: string): boolean =>
  text.length > 0 && text.length % 4 === 0 && /^[A-Za-z\d+/]+={0,2}$/.test(text);

const notOne = (why: string): InvalidMessageError =>
  new InvalidMessageError(`The message is not a Celery task that can be read: ${why}`);

/**
 * Reads tasks that Celery sends to a queue (protocol 2, JSON). The pattern is the task's name, such as
 * `shop.tasks.place`, the data its `args` and `kwargs`; `context.header` has its headers. Not for sending. A task with
 * an `eta` is retried until it is due; each retry counts as a receive. A task that has expired, is pickled, or has
 * callbacks, a chain or a chord, is dead-lettered.
 *
 * @throws InvalidMessageError for a message that is no such task; RetryableError for a task that is not due.
 * @example
 * defineTopology({ queues: [{ name: 'celery', patterns: ['shop.tasks.*'], codec: celeryCodec }] });
 * @see https://docs.celeryq.dev/en/stable/internals/protocol.html
 */
export const celeryCodec: MessageDecoder = new CeleryCodec();
