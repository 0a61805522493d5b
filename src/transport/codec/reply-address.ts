import { parseWholeNumber } from '../../common/whole-numbers.js';

/** Where an answer is wanted, by whom, and for how long. */
export interface ReplyAddress {
  readonly queueUrl: string;
  /** Names the request among those of its client. */
  readonly requestId: string;
  /** Milliseconds the caller waits, from the moment SQS has the request. A duration: clocks of two machines differ. */
  readonly timeoutMs: number;
}

/** A reply address as it was found in a message. */
export type ReadReplyAddress =
  | { readonly address: ReplyAddress }
  /** Why no answer may go there, in words that name the queue; never more than its first characters. */
  | { readonly refused: string };

const REQUEST_ID = /^[\w-]{1,64}$/;
const QUEUE_NAME = /^[\w-]{1,80}$/;
const SHOWN_LENGTH = 200;

/** One attribute for the whole address: the queue's URL with the request in its query. */
export function formatReplyAddress({ queueUrl, requestId, timeoutMs }: ReplyAddress): string {
  return `${queueUrl}?request=${requestId}&timeout=${Math.ceil(timeoutMs)}`;
}

/**
 * Reads an address somebody else wrote. Only its account and name count: the answer goes to the endpoint of a queue of
 * our own, whatever host the caller knows SQS by, so that no request is signed for a host that a message names. And it
 * goes to queues that look like reply queues alone, as it must not be sent into any queue in reach.
 *
 * @param neighbour URL of a queue of our own; the reply queue must be of its account.
 * @param prefix what a reply queue's name starts with.
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

/** Everything up to the last slash, and what follows it. */
function split(path: string): [folder: string, name: string] {
  const end = path.lastIndexOf('/') + 1;
  return [path.slice(0, end), path.slice(end)];
}

/** As JSON writes it, without its quotes: a sender's text must not break the lines of a log. */
const shown = (text: string): string => JSON.stringify(text.slice(0, SHOWN_LENGTH)).slice(1, -1);
