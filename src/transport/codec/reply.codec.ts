import { isWholeNumber } from '../../common/whole-numbers.js';
import { isJsonObject } from '../../common/objects.js';
import { InvalidMessageError } from '../errors/index.js';
import { parseJson } from './json-body.js';
import { wireJson } from './wire-json.js';

/** Why the transport answered a request itself: no handler ran, or its answer could not be sent. */
interface RequestFailure {
  /** The error's code, such as `WEFT_UNKNOWN_PATTERN`. */
  readonly code: string;
  /** The error's message, for the caller. */
  readonly message: string;
}

/**
 * One part of an answer. A standard queue reorders, so parts are numbered from
 * 0, and the last one says how many there are.
 */
export interface ReplyPart {
  readonly requestId: string;
  readonly sequence: number;
  /** A value of the answer; absent on the last part of an answer that has none. */
  readonly response?: unknown;
  /** The handler's error in Nest's form. The last part. */
  readonly err?: unknown;
  /** In place of an answer: no handler takes the request, or the answer cannot be sent. The last part. */
  readonly failure?: RequestFailure;
  /** On the last part: how many parts there are. */
  readonly total?: number;
}

export const encodeReply = (part: ReplyPart): string => wireJson(part);

const MAX_TEXT_LENGTH = 1024;

/**
 * The part that tells a caller at once that no answer will come.
 *
 * @param sequence the number of parts sent before.
 */
export const failureReply = (
  requestId: string,
  { code, message }: RequestFailure,
  sequence = 0,
): ReplyPart => ({
  requestId,
  sequence,
  failure: { code, message: message.slice(0, MAX_TEXT_LENGTH) },
  total: sequence + 1,
});

/** @throws InvalidMessageError when the body is no part of an answer. */
export function decodeReply(body: string): ReplyPart {
  const part = parseJson(body);
  if (!isReplyPart(part)) throw new InvalidMessageError('The message is not part of an answer');
  return part;
}

function isReplyPart(value: unknown): value is ReplyPart & Record<string, unknown> {
  if (!isJsonObject(value)) return false;
  const { requestId, sequence, total, failure } = value;
  return (
    typeof requestId === 'string' &&
    isWholeNumber(sequence, 0) &&
    (total === undefined || isWholeNumber(total, 0)) &&
    (failure === undefined || isFailure(failure))
  );
}

const isFailure = (value: unknown): boolean =>
  isJsonObject(value) && typeof value['code'] === 'string' && typeof value['message'] === 'string';
