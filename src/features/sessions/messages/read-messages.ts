import { parseWholeNumber } from '../../../common/whole-numbers.js';
import { isJsonObject } from '../../../protocol/index.js';
import { fieldFault } from '../free-form.js';
import { readCount, readLimit, readText, type QueryString } from '../../../platform/http/index.js';
import { MAX_BATCH_MESSAGES, MESSAGES_PAGE } from '../sessions.constants.js';
import { readClientToken, readNewMessage, type NewMessage } from './message.js';
import type { MessagesRange } from './messages.service.js';

/** A request to append messages. */
interface Append {
  readonly messages: readonly NewMessage[];
  /** Whether `messages` was sent; the answer is then a list too. */
  readonly batch: boolean;
  readonly clientToken: string | undefined;
}

/**
 * Reads the body of `POST …/messages`: one message, or up to 100 in `messages`.
 *
 * @param header The header `Idempotency-Key`; `client_token` in the body is an alternative.
 * @throws {ValidationFailedError} naming the field that does not fit.
 */
export function readAppend(body: unknown, header: string | undefined): Append {
  if (!isJsonObject(body)) throw fieldFault('body', 'must be a JSON object');
  const clientToken = readClientToken(header ?? body['client_token']);
  const { messages } = body;
  if (messages === undefined) {
    return { messages: [readNewMessage(body)], batch: false, clientToken };
  }
  if (!Array.isArray(messages) || messages.length === 0 || messages.length > MAX_BATCH_MESSAGES) {
    throw fieldFault('messages', `must be a list of 1 to ${MAX_BATCH_MESSAGES} messages`);
  }
  const read = messages.map((message: unknown, index) => {
    const at = `messages[${index}]`;
    if (!isJsonObject(message)) throw fieldFault(at, 'must be a JSON object');
    return readNewMessage(message, `${at}.`);
  });
  return { messages: read, batch: true, clientToken };
}

/** Reads `?limit=&offset=`, or `?last=`. */
export function readRange(query: QueryString): MessagesRange {
  if (readText(query, 'last', 10) !== undefined) {
    return { last: readLimit(query, MESSAGES_PAGE, 'last') };
  }
  return { offset: readCount(query, 'offset') ?? 0, limit: readLimit(query, MESSAGES_PAGE) };
}

/** Reads the message of a path: its number, or `latest`. */
export function readMessageId(text: string): number | 'latest' {
  if (text === 'latest') return text;
  const id = parseWholeNumber(text, 0);
  if (id !== undefined) return id;
  throw fieldFault('message_id', 'must be the number of a message, or latest');
}
