/** Where an answer is wanted, by whom, and until when it is of use. */
export interface ReplyAddress {
  readonly queueUrl: string;
  /** Names the request among those of its client. */
  readonly requestId: string;
  /** Epoch milliseconds after which nobody waits any more. */
  readonly expiresAtMs: number;
}

const folder = (address: string): string => address.slice(0, address.lastIndexOf('/') + 1);

const REQUEST_ID = /^[\w-]{1,64}$/;

/** One attribute for the whole address: the queue's URL with the request in its query. */
export function formatReplyAddress({ queueUrl, requestId, expiresAtMs }: ReplyAddress): string {
  return `${queueUrl}?request=${requestId}&expires=${expiresAtMs}`;
}

/**
 * Reads an address somebody else wrote. A queue that does not look like a reply
 * queue beside ours is no address: the SDK signs requests to whatever host a
 * queue URL names, and an answer must not be sent into any queue in reach.
 *
 * @param neighbour URL of a queue of our own; the reply queue must share its host and account.
 * @param prefix what a reply queue's name starts with.
 */
export function parseReplyAddress(
  text: string,
  neighbour: string,
  prefix: string,
): ReplyAddress | undefined {
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  const requestId = url.searchParams.get('request') ?? '';
  const expiresAtMs = Number(url.searchParams.get('expires'));
  url.search = '';
  const queueUrl = url.toString();
  const trusted =
    folder(queueUrl) === folder(neighbour) &&
    queueUrl.slice(folder(queueUrl).length).startsWith(prefix);
  if (!trusted || !REQUEST_ID.test(requestId) || !Number.isSafeInteger(expiresAtMs))
    return undefined;
  return { queueUrl, requestId, expiresAtMs };
}
