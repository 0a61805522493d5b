import type { WritePacket } from '@nestjs/microservices';
import { randomUUID } from 'node:crypto';

import { realTimeOf, type Clock } from '../clock.js';
import { formatReplyAddress } from '../codec/reply-address.js';
import type { SnsSqsRecord } from '../record/sns-sqs.record.js';
import { retryTransient } from '../retry-transient.js';
import type { SnsSqsConnection } from '../sns-sqs.connection.js';
import {
  DEFAULT_REQUEST_TIMEOUT_MS,
  REPLY_QUEUE_PREFIX,
  REPLY_TO_ATTRIBUTE,
} from '../sns-sqs.constants.js';
import type { SnsSqsClientOptions } from '../sns-sqs.options.js';
import { ReplyRouter } from './reply.router.js';
import type { RoutedSender } from './routed.sender.js';

interface RequestsDependencies {
  readonly connection: SnsSqsConnection;
  readonly options: SnsSqsClientOptions;
  readonly clock: Clock;
  readonly sender: Pick<RoutedSender, 'send'>;
  /** Looks the topology up. */
  readonly connect: () => Promise<unknown>;
  /** Called with whether answers can be received; also when nothing has changed. */
  readonly onReceiving: (receiving: boolean) => void;
}

/** The requests of a client: sends each with the address of the reply queue, and passes its answer to the caller. */
export class Requests {
  #replies: ReplyRouter | undefined;

  constructor(private readonly dependencies: RequestsDependencies) {}

  /**
   * Sends a request and calls back for each part of its answer, or once with the reason why there is none.
   *
   * @returns a function that stops waiting.
   */
  send(pattern: string, record: SnsSqsRecord, callback: (packet: WritePacket) => void): () => void {
    const requestId = randomUUID();
    const { requestTimeoutMs = DEFAULT_REQUEST_TIMEOUT_MS } = this.dependencies.options;
    const router = this.#router();
    const cancel = router.expect(requestId, record.options.timeoutMs ?? requestTimeoutMs, callback);
    this.#send(pattern, record, requestId).catch((err: unknown) => {
      // Its caller was told already that it timed out, or has unsubscribed.
      if (router.leftMs(requestId) === undefined) return;
      cancel();
      callback({ err });
    });
    return cancel;
  }

  /** Fails unanswered requests and deletes the reply queue, if there is one. */
  async close(): Promise<void> {
    await this.#replies?.close();
  }

  async #send(pattern: string, record: SnsSqsRecord, requestId: string): Promise<void> {
    const { clock, connect, sender } = this.dependencies;
    const router = this.#router();
    const waits = (): boolean => router.leftMs(requestId) !== undefined;
    await retryTransient(realTimeOf(clock), connect, waits);
    router.restart(requestId);
    const queueUrl = await router.address();
    const leftMs = router.leftMs(requestId);
    // It timed out, or its caller unsubscribed, before it could be sent.
    if (leftMs === undefined) return;
    const value = formatReplyAddress({ queueUrl, requestId, timeoutMs: leftMs });
    const own = { [REPLY_TO_ATTRIBUTE]: { type: 'String', value } } as const;
    await sender.send(pattern, record, requestId, own);
  }

  #router(): ReplyRouter {
    const { connection, options, clock, onReceiving } = this.dependencies;
    this.#replies ??= new ReplyRouter({
      broker: connection.broker,
      prefix: options.replyQueuePrefix ?? REPLY_QUEUE_PREFIX,
      queue: options.replyQueue,
      payloads: connection.payloads,
      observer: options.observer,
      clock,
      onReceiving,
    });
    return this.#replies;
  }
}
