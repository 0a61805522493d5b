import { Logger } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import type { Observable } from 'rxjs';

import { isNotFound } from '../../aws/index.js';
import type { ReplyAddress } from '../codec/reply-address.js';
import { encodeReply, type ReplyPart } from '../codec/reply.codec.js';
import { outgoingMessage } from '../sender/outgoing-message.js';
import type { Sender } from '../sender/sender.js';

/**
 * The answer to one request, part by part. An answer that cannot be delivered
 * never fails the request: whoever asked has stopped waiting.
 */
export class Reply {
  readonly #logger = new Logger(Reply.name);
  readonly #sending: Promise<void>[] = [];
  #sequence = 0;

  constructor(
    private readonly sender: Sender,
    private readonly address: ReplyAddress,
  ) {}

  /** Whether part of the answer is out, so that running the handler again would answer twice. */
  get started(): boolean {
    return this.#sequence > 0;
  }

  /** Sends each value as it comes; resolves when all are on their way, rejects with the handler's own error. */
  async stream(values: Observable<unknown>): Promise<void> {
    // The last value waits for the end of the stream, so that an answer of one value is one message.
    let held: unknown;
    await new Promise<void>((resolve, reject) => {
      values.subscribe({
        next: (response) => {
          if (held !== undefined) this.#part({ response: held });
          held = response;
        },
        error: reject,
        complete: resolve,
      });
    });
    this.#part(
      held === undefined
        ? { total: this.#sequence }
        : { response: held, total: this.#sequence + 1 },
    );
    await Promise.all(this.#sending);
  }

  /** Ends the answer with the handler's error. */
  async fail(err: unknown): Promise<void> {
    this.#part({ err, total: this.#sequence + 1 });
    await Promise.all(this.#sending);
  }

  #part(part: Omit<ReplyPart, 'requestId' | 'sequence'>): void {
    this.#sending.push(
      this.#send({ requestId: this.address.requestId, sequence: this.#sequence, ...part }),
    );
    this.#sequence += 1;
  }

  async #send(part: ReplyPart): Promise<void> {
    const { queueUrl, requestId } = this.address;
    const destination = { kind: 'queue', address: queueUrl, fifo: false } as const;
    const encoded = { body: encodeReply(part), attributes: {} };
    try {
      await this.sender.send(
        destination,
        outgoingMessage(randomUUID(), encoded, {}, {}, destination),
      );
    } catch (error) {
      const gone = isNotFound(error);
      if (gone) this.sender.forget(queueUrl);
      this.#logger.warn(
        `The answer to request ${requestId} was not delivered: ${gone ? 'its reply queue is gone' : String(error)}`,
      );
    }
  }
}
