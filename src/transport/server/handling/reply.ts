import { Logger } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import type { Observable } from 'rxjs';

import { isNotFound } from '../../../aws/index.js';
import type { ReplyAddress } from '../../codec/reply-address.js';
import { encodeReply, type ReplyPart } from '../../codec/reply.codec.js';
import { outgoingMessage } from '../../sender/outgoing-message.js';
import type { Sender } from '../../sender/sender.js';

/** What Nest makes of an error that is nobody's to know. */
const INTERNAL_ERROR = { status: 'error', message: 'Internal server error' } as const;

/** An Error has no JSON of its own, and a client takes nothing for no error. */
const isTellable = (err: unknown): boolean => Boolean(err) && !(err instanceof Error);

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

  /** Sends each value as it comes; resolves when all are on their way, rejects with the handler's own error or a value that is no JSON. */
  async stream(values: Observable<unknown>): Promise<void> {
    // The last value waits for the end of the stream, so that an answer of one value is one message.
    let held: unknown;
    await values.forEach((response) => {
      if (held !== undefined) this.#part({ response: held });
      held = response;
    });
    this.#part(
      held === undefined
        ? { total: this.#sequence }
        : { response: held, total: this.#sequence + 1 },
    );
    await Promise.all(this.#sending);
  }

  /** Ends the answer with what Nest's filters made of the handler's error. */
  async fail(err: unknown): Promise<void> {
    const total = this.#sequence + 1;
    try {
      this.#part({ err: isTellable(err) ? err : INTERNAL_ERROR, total });
    } catch (error) {
      this.#logger.warn(
        `The error of request ${this.address.requestId} is no JSON: ${String(error)}`,
      );
      this.#part({ err: INTERNAL_ERROR, total });
    }
    await Promise.all(this.#sending);
  }

  /** Encodes before it counts: a value that is no JSON has not been sent. */
  #part(part: Omit<ReplyPart, 'requestId' | 'sequence'>): void {
    const { requestId } = this.address;
    const body = encodeReply({ requestId, sequence: this.#sequence, ...part });
    this.#sequence += 1;
    this.#sending.push(this.#send(body));
  }

  async #send(body: string): Promise<void> {
    const { queueUrl, requestId } = this.address;
    const destination = { kind: 'queue', address: queueUrl, fifo: false } as const;
    const encoded = { body, attributes: {} };
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
