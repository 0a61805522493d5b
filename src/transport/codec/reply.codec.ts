import { InvalidMessageError } from '../errors/index.js';
import { isJsonObject, parseJson } from './json-body.js';
import { wireJson } from './wire-json.js';

/**
 * One part of an answer. A standard queue reorders, so parts are numbered from
 * 0, and the last one says how many there are.
 */
export interface ReplyPart {
  readonly requestId: string;
  readonly sequence: number;
  /** A value of the answer; absent on the last part of an answer that has none. */
  readonly response?: unknown;
  /** The handler's error as Nest gives it; nothing follows it. */
  readonly err?: unknown;
  /** On the last part: how many parts there are. */
  readonly total?: number;
}

export const encodeReply = (part: ReplyPart): string => wireJson(part);

/** @throws InvalidMessageError when the body is no part of an answer. */
export function decodeReply(body: string): ReplyPart {
  const part = parseJson(body);
  if (!isReplyPart(part)) throw new InvalidMessageError('The message is no part of an answer');
  return part;
}

const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && Number(value) >= 0;

function isReplyPart(value: unknown): value is ReplyPart & Record<string, unknown> {
  if (!isJsonObject(value)) return false;
  const { requestId, sequence, total } = value;
  return (
    typeof requestId === 'string' && isCount(sequence) && (total === undefined || isCount(total))
  );
}
