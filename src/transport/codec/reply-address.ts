import { parseWholeNumber } from '../../common/whole-numbers.js';

/** The reply queue and request of an answer, and how long its caller waits. */
export interface ReplyAddress {
  readonly queueUrl: string;
  /** Identifies the request within its client. */
  readonly requestId: string;
  /** Milliseconds the caller waits, from the moment SQS has the request. A duration: clocks of two machines differ. */
  readonly timeoutMs: number;
}

/** The reply address of a received message. */
type ReadReplyAddress =
  | { readonly address: ReplyAddress }
  /** Why no answer may be sent there. Names the queue, cut to its first characters. */
  | { readonly refused: string };

const REQUEST_ID = /^[\w-]{1,64}$/;
const QUEUE_NAME = /^[\w-]{1,80}$/;
const SHOWN_LENGTH = 200;

/** Writes the address as one attribute: the queue's URL with the request in its query. */
export function formatReplyAddress({ queueUrl, requestId, timeoutMs }: ReplyAddress): string {
  return `${queueUrl}?request=${requestId}&timeout=${Math.ceil(timeoutMs)}`;
}

/**
 * Reads an address that another program wrote. Only its account and queue name are used: the answer is sent to our own
 * endpoint, so that no request is signed for a host that a message names. The name must be that of a reply queue, so
 * that a message cannot direct answers into any other queue.
 *
 * @param neighbour URL of a queue of our own; the reply queue must be of its account.
 * @param prefix the first characters of every reply queue's name.
 */
export function readReplyAddress(
  text: string,
  neighbour: string,
  prefix: string,
): ReadReplyAddress {
  if (!URL.canParse(text) || !URL.canParse(neighbour))
    return { refused: `${shown(text)} is not a URL` };
  const url = new URL(text);
  const ours = new URL(neighbour);
  const requestId = url.searchParams.get('request') ?? '';
  const timeoutMs = parseWholeNumber(url.searchParams.get('timeout'), 0);
  const [account, name] = split(url.pathname);
  const [ourAccount] = split(ours.pathname);
  if (url.hash !== '' || !REQUEST_ID.test(requestId) || timeoutMs === undefined)
    return { refused: `${shown(text)} is not the address of a request` };
  if (account !== ourAccount)
    return {
      refused: `the reply queue ${shown(url.pathname)} is of another account than ${shown(ours.pathname)}: answers stay within one account`,
    };
  if (!name.startsWith(prefix) || !QUEUE_NAME.test(name))
    return {
      refused: `the name of the reply queue ${shown(name)} does not begin with "${prefix}": client and server need the same replyQueuePrefix`,
    };
  return {
    address: {
      queueUrl: `${ours.origin}${ourAccount}${name}`,
      requestId,
      timeoutMs,
    },
  };
}

/** Splits a path at its last slash. */
function split(path: string): [folder: string, name: string] {
  const end = path.lastIndexOf('/') + 1;
  return [path.slice(0, end), path.slice(end)];
}

/** Escaped as in JSON, without quotes, so that a sender's text cannot break log lines. */
const shown = (text: string): string => JSON.stringify(text.slice(0, SHOWN_LENGTH)).slice(1, -1);
