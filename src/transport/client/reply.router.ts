import { Logger } from '@nestjs/common';
import type { WritePacket } from '@nestjs/microservices';

import type { Broker } from '../broker/broker.js';
import { isNotFound } from '../broker/broker.errors.js';
import { pause, type Clock, type StopTimer } from '../clock.js';
import { parsePointer } from '../codec/claim-check.js';
import type { FetchedPayload, PayloadStore } from '../codec/payload-store.js';
import { decodeReply } from '../codec/reply.codec.js';
import { ClientClosedError, RequestTimeoutError } from '../errors/index.js';
import { lastPart } from '../topology/declare/names.js';
import { deleteOrphanedQueues } from '../process-queue/delete-orphans.js';
import { CountedWarning } from '../observing/counted-warning.js';
import { OutageLog } from '../outage.log.js';
import type { TransportObserver } from '../transport.observer.js';
import { PendingRequest } from './pending-request.js';
import { ReplyQueue } from './reply-queue.js';

// Requests are swept rather than timed one by one: a timer for each costs more than the request.
const SWEEP_INTERVAL_MS = 50;
const RECEIVE_ERROR_PAUSE_MS = 500;

export interface ReplyRouterOptions {
  readonly broker: Broker;
  readonly prefix: string;
  /** Name or URL of a queue to receive answers on, where none may be made. */
  readonly queue: string | undefined;
  readonly payloads: PayloadStore | undefined;
  readonly observer: TransportObserver | undefined;
  readonly clock: Clock;
  /** Called with false when answers can be received no longer, and with true when they can again. */
  readonly onReceiving?: (receiving: boolean) => void;
}

/** Receives the answers of this process and hands each to the request it belongs to. */
export class ReplyRouter {
  readonly #logger = new Logger(ReplyRouter.name);
  readonly #pending = new Map<string, PendingRequest>();
  readonly #stop = new AbortController();
  #queue: Promise<ReplyQueue> | undefined;
  #loop: Promise<void> | undefined;
  #stopSweeping: StopTimer | undefined;
  readonly #unreadable = new CountedWarning(this.#logger);

  constructor(private readonly options: ReplyRouterOptions) {}

  /** URL of the reply queue, which is made with the first request. */
  async address(): Promise<string> {
    this.#queue ??= this.#open().catch((error: unknown) => {
      this.#queue = undefined;
      throw error;
    });
    return (await this.#queue).url;
  }

  /** Waits for the answer to a request. The function given back stops waiting. */
  expect(
    requestId: string,
    timeoutMs: number,
    callback: (packet: WritePacket) => void,
  ): () => void {
    const { clock } = this.options;
    this.#pending.set(requestId, new PendingRequest(timeoutMs, clock.monotonicMs(), callback));
    this.#stopSweeping ??= clock.every(SWEEP_INTERVAL_MS, () => this.#sweep());
    return () => this.#forget(requestId);
  }

  /** Fails what still waits and deletes the queue. */
  async close(): Promise<void> {
    this.#stop.abort();
    for (const [requestId, request] of this.#pending) {
      this.#forget(requestId);
      request.fail(new ClientClosedError('The client was closed before the answer came'));
    }
    const queue = await this.#queue?.catch(() => undefined);
    await this.#loop;
    await queue
      ?.drop()
      .catch((error: unknown) =>
        this.#logger.warn(`The reply queue ${queue.url} stays behind: ${String(error)}`),
      );
  }

  async #open(): Promise<ReplyQueue> {
    if (this.#stop.signal.aborted) throw new ClientClosedError('The client is closed');
    const { broker, clock, prefix, queue: name } = this.options;
    const names = { prefix, suffix: '' };
    const queue = await (name === undefined
      ? ReplyQueue.create(broker, clock, names)
      : ReplyQueue.named(broker, name));
    this.#loop = this.#receive(queue);
    if (name === undefined)
      void deleteOrphanedQueues({
        queues: broker.queues,
        names,
        nowMs: () => queue.createdAtMs(),
        signal: this.#stop.signal,
      });
    return queue;
  }

  async #receive(queue: ReplyQueue): Promise<void> {
    const { signal } = this.#stop;
    const { clock } = this.options;
    const fields = { queue: lastPart(queue.url) };
    const outage = new OutageLog(this.#logger, clock, 'Receiving answers', fields);
    while (!signal.aborted) {
      try {
        const messages = await queue.receive(signal);
        outage.succeeded();
        this.options.onReceiving?.(true);
        await Promise.all(messages.map(({ Body: body = '' }) => this.#route(body)));
        if (messages.length > 0) void queue.delete(messages).catch(() => undefined);
      } catch (error) {
        if (signal.aborted) return;
        if (isNotFound(error)) {
          this.#logger.warn(
            `The reply queue ${queue.url} is gone; the next request makes a new one`,
          );
          this.#queue = undefined;
          void queue.drop().catch(() => undefined);
          return;
        }
        outage.failed(error);
        this.options.onReceiving?.(false);
        await pause(this.options.clock, RECEIVE_ERROR_PAUSE_MS, signal);
      }
    }
  }

  async #route(text: string): Promise<void> {
    const { payloads } = this.options;
    let fetched: FetchedPayload | undefined;
    try {
      const pointer = parsePointer(text);
      if (pointer && payloads) {
        fetched = await payloads.get(pointer, { budget: 'answers', signal: this.#stop.signal });
      }
      const part = decodeReply(fetched?.body ?? text);
      const request = this.#pending.get(part.requestId);
      if (!request) this.options.observer?.lateReply?.();
      else if (request.take(part, this.options.clock.monotonicMs())) this.#forget(part.requestId);
    } catch (error) {
      this.#unreadable.add(
        this.options.clock.monotonicMs(),
        'An answer cannot be read and is dropped',
        {
          reason: String(error),
        },
      );
    } finally {
      fetched?.giveBack();
    }
  }

  #forget(requestId: string): void {
    this.#pending.delete(requestId);
    if (this.#pending.size > 0) return;
    this.#stopSweeping?.();
    this.#stopSweeping = undefined;
  }

  #sweep(): void {
    const nowMs = this.options.clock.monotonicMs();
    for (const [requestId, request] of this.#pending) {
      if (request.expiresAtMs > nowMs) continue;
      this.#forget(requestId);
      request.fail(
        new RequestTimeoutError(timeoutText(request), {
          details: { requestId, timeoutMs: request.timeoutMs, parts: request.parts },
        }),
      );
    }
  }
}

const timeoutText = ({ timeoutMs, parts }: PendingRequest): string =>
  parts === 0
    ? `No answer came within ${timeoutMs} ms; the request may still be handled`
    : `The answer was not complete: after ${parts} parts none came for ${timeoutMs} ms; the request may still be handled`;
