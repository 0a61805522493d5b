import { Logger } from '@nestjs/common';

import { readReplyAddress, type ReplyAddress } from '../../codec/reply-address.js';
import { REPLY_TO_ATTRIBUTE } from '../../sns-sqs.constants.js';

/** Addresses are senders' text, so the number of different logged reasons is bounded. */
const MAX_LOGGED = 100;

/** Reads the reply addresses of one queue's requests; logs each refused address once. */
export class ReplyAddresses {
  readonly #logger = new Logger(ReplyAddresses.name);
  readonly #logged = new Set<string>();

  constructor(
    private readonly queue: { readonly name: string; readonly url: string },
    private readonly prefix: string,
  ) {}

  /** Undefined for a message that asks for no answer, or names a reply queue that is not allowed. */
  read(attributes: ReadonlyMap<string, string>): ReplyAddress | undefined {
    const text = attributes.get(REPLY_TO_ATTRIBUTE);
    if (text === undefined) return undefined;
    const read = readReplyAddress(text, this.queue.url, this.prefix);
    if ('address' in read) return read.address;
    this.#warn(read.refused);
    return undefined;
  }

  #warn(reason: string): void {
    if (this.#logged.has(reason) || this.#logged.size >= MAX_LOGGED) return;
    this.#logged.add(reason);
    this.#logger.warn('Request handled without an answer: its caller will time out', {
      queue: this.queue.name,
      reason,
    });
  }
}
