import { Logger } from '@nestjs/common';
import type { WritePacket } from '@nestjs/microservices';

import type { Broker } from '../broker/broker.js';
import { realTimeOf, type Clock, type StopTimer } from '../clock.js';
import type { PayloadStore } from '../codec/payload-store.js';
import type { ReplyPart } from '../codec/reply.codec.js';
import { ClientClosedError, RequestTimeoutError } from '../errors/index.js';
import { deleteOrphanedQueues } from '../process-queue/delete-orphans.js';
import { CountedWarning } from '../observing/counted-warning.js';
import type { TransportObserver } from '../transport.observer.js';
import { AnswerReader } from './answer.reader.js';
import { PendingRequest } from './pending-request.js';
import { ReplyPolls } from './reply.polls.js';
import { ReplyQueue } from './reply-queue.js';
import { retryTransient } from '../retry-transient.js';

// Requests are checked at intervals: a timer for each would cost more than the request itself.
const SWEEP_INTERVAL_MS = 50;

interface ReplyRouterOptions {
  readonly broker: Broker;
  readonly prefix: string;
  /** Name or URL of an existing queue to receive answers on; undefined to create one. */
  readonly queue: string | undefined;
  readonly payloads: PayloadStore | undefined;
  readonly observer: TransportObserver | undefined;
  readonly clock: Clock;
  /** Called with false when answers can no longer be received, and with true when they can again. */
  readonly onReceiving?: (receiving: boolean) => void;
}

/** Receives the answers of this process and passes each to its request. */
export class ReplyRouter {
  readonly #logger = new Logger(ReplyRouter.name);
  readonly #pending = new Map<string, PendingRequest>();
  readonly #stop = new AbortController();
  #queue: Promise<ReplyQueue> | undefined;
  #polls: ReplyPolls | undefined;
  #sweepingQueues: Promise<unknown> | undefined;
  #stopSweeping: StopTimer | undefined;
  readonly #unreadable = new CountedWarning(this.#logger);
  readonly #reader: AnswerReader;

  constructor(private readonly options: ReplyRouterOptions) {
    const { payloads, clock } = options;
    this.#reader = new AnswerReader({
      payloads,
      clock,
      signal: this.#stop.signal,
      onPart: (part) => this.#route(part),
      onUnreadable: (error) =>
        this.#unreadable.add(clock.monotonicMs(), 'An answer cannot be read and is dropped', {
          reason: String(error),
        }),
    });
  }

  /** URL of the reply queue, which the first request creates. */
  async address(): Promise<string> {
    this.#queue ??= this.#open().catch((error: unknown) => {
      this.#queue = undefined;
      throw error;
    });
    return (await this.#queue).url;
  }

  /** Waits for the answer to a request. The function returned stops waiting. */
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

  /** Starts a request's time-out anew. */
  restart(requestId: string): void {
    this.#pending.get(requestId)?.restart(this.options.clock.monotonicMs());
  }

  /** Milliseconds until a request times out; undefined once it has ended. */
  leftMs(requestId: string): number | undefined {
    const request = this.#pending.get(requestId);
    return request && Math.max(0, request.expiresAtMs - this.options.clock.monotonicMs());
  }

  /** Fails pending requests and deletes the queue. */
  async close(): Promise<void> {
    this.#stop.abort();
    for (const [requestId, request] of this.#pending) {
      this.#forget(requestId);
      request.fail(new ClientClosedError('The client was closed before the answer arrived'));
    }
    const queue = await this.#queue?.catch(() => undefined);
    await this.#polls?.ended();
    await queue?.drop().catch((error: unknown) =>
      this.#logger.warn('Reply queue not deleted: another process deletes it once it is orphaned', {
        queueUrl: queue.url,
        reason: String(error),
      }),
    );
    await this.#sweepingQueues;
  }

  async #open(): Promise<ReplyQueue> {
    const { signal } = this.#stop;
    if (signal.aborted) throw new ClientClosedError('The client is closed');
    const { broker, clock, prefix, queue: name } = this.options;
    const names = { prefix, suffix: '' };
    // Retried, because every request of this process waits for the queue.
    const queue = await retryTransient(
      realTimeOf(clock),
      () =>
        name === undefined
          ? ReplyQueue.create(broker, clock, names)
          : ReplyQueue.named(broker, name),
      () => this.#pending.size > 0 && !signal.aborted,
    );
    if (signal.aborted) {
      await queue.drop();
      throw new ClientClosedError('The client is closed');
    }
    this.#poll(queue);
    if (name === undefined)
      this.#sweepingQueues = deleteOrphanedQueues({
        queues: broker.queues,
        names,
        nowMs: () => queue.createdAtMs(),
        signal,
      });
    return queue;
  }

  #poll(queue: ReplyQueue): void {
    const polls = new ReplyPolls({
      queue,
      clock: this.options.clock,
      logger: this.#logger,
      signal: this.#stop.signal,
      onMessages: (messages) =>
        this.#reader.read(messages, (done) => void queue.delete(done).catch(() => undefined)),
      onReceiving: (receiving) => this.options.onReceiving?.(receiving),
      onGone: () => {
        this.#logger.warn('Reply queue was deleted: the next request creates a new one', {
          queueUrl: queue.url,
        });
        this.#queue = undefined;
        void queue.drop().catch(() => undefined);
      },
    });
    this.#polls = polls;
    polls.start();
  }

  #route(part: ReplyPart): void {
    const request = this.#pending.get(part.requestId);
    if (!request) this.options.observer?.lateReply?.({ requestId: part.requestId });
    else if (request.take(part, this.options.clock.monotonicMs())) this.#forget(part.requestId);
  }

  #forget(requestId: string): void {
    this.#pending.delete(requestId);
    if (this.#pending.size > 0) return;
    this.#stopSweeping?.();
    this.#stopSweeping = undefined;
  }

  #sweep(): void {
    const nowMs = this.options.clock.monotonicMs();
    let patienceMs = Infinity;
    for (const [requestId, request] of this.#pending) {
      if (request.expiresAtMs <= nowMs) this.#timeOut(requestId, request);
      else if (request.isOverdue(nowMs)) patienceMs = Math.min(patienceMs, request.patienceMs);
    }
    if (patienceMs < Infinity) this.#polls?.takeOver(patienceMs);
  }

  #timeOut(requestId: string, request: PendingRequest): void {
    this.#forget(requestId);
    request.fail(
      new RequestTimeoutError(timeoutText(request), {
        details: { requestId, timeoutMs: request.timeoutMs, parts: request.parts },
      }),
    );
  }
}

const timeoutText = ({ timeoutMs, parts }: PendingRequest): string =>
  parts === 0
    ? `No answer came within ${timeoutMs} ms; the request may still be handled`
    : `The answer was not complete: after ${parts} parts none came for ${timeoutMs} ms; the request may still be handled`;
