/** Where an answer is wanted, by whom, and until when it is of use. */
export interface ReplyAddress {
  readonly queueUrl: string;
  /** Names the request among those of its client. */
  readonly requestId: string;
  /** Epoch milliseconds after which nobody waits any more. */
  readonly expiresAtMs: number;
}

const REQUEST_ID = /^[\w-]{1,64}$/;
const EXPIRY = /^\d{1,16}$/;
const QUEUE_NAME = /^[\w-]{1,80}$/;

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
  if (!URL.canParse(text) || !URL.canParse(neighbour)) return undefined;
  const url = new URL(text);
  const requestId = url.searchParams.get('request') ?? '';
  const expiry = url.searchParams.get('expires') ?? '';
  url.search = '';
  const [folder, name] = split(url);
  const trusted =
    folder === split(new URL(neighbour))[0] && name.startsWith(prefix) && QUEUE_NAME.test(name);
  const expiresAtMs = EXPIRY.test(expiry) ? Number(expiry) : Number.NaN;
  if (!trusted || !REQUEST_ID.test(requestId) || !Number.isSafeInteger(expiresAtMs))
    return undefined;
  return { queueUrl: `${folder}${name}`, requestId, expiresAtMs };
}

/** Everything up to the last slash, and what follows it; a fragment belongs to the latter. */
function split({ href }: URL): [folder: string, name: string] {
  const end = href.lastIndexOf('/') + 1;
  return [href.slice(0, end), href.slice(end)];
}
