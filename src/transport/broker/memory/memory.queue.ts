import { createHash } from 'node:crypto';

import type { Clock, StopTimer } from '../../clock.js';
import type { EntryOutcome } from '../../call-batching/entry-batcher.js';
import { SendFailedError } from '../../errors/index.js';
import { MAX_BATCH_ENTRIES, MAX_LEASE_HOURS } from '../../sns-sqs.constants.js';
import type {
  BrokerCopy,
  BrokerMessage,
  BrokerQueue,
  ReceiveRequest,
  VisibilityChange,
} from '../broker.queue.js';

export interface MemoryQueueOptions {
  readonly clock: Clock;
  /** @defaultValue a standard queue */
  readonly fifo?: boolean;
  /** Where messages go that were received too often, and after how many receives. @defaultValue they stay */
  readonly redrive?: { readonly to: MemoryQueue; readonly maxReceiveCount: number };
}

/** A message as its queue keeps it. */
export interface KeptMessage extends BrokerCopy {
  readonly id: string;
  /** How often it was given out. */
  readonly receives: number;
  /** Invisible until then. */
  readonly visibleAtMs: number;
}

interface Kept extends KeptMessage {
  readonly sequence: number;
  receives: number;
  firstReceivedAtMs: number | undefined;
  /** Of the newest receive; undefined before the first. */
  handle: string | undefined;
  visibleAtMs: number;
  inFlight: boolean;
}

interface Waiting {
  readonly request: ReceiveRequest;
  readonly answer: (messages: readonly BrokerMessage[]) => void;
}

const DEDUPLICATION_MS = 5 * 60_000;
const MAX_LEASE_MS = MAX_LEASE_HOURS * 3600_000;
const DONE: EntryOutcome = { ok: true };

/**
 * One queue as AWS describes SQS, in memory: visibility timeouts, receive counts, long polls, redrive, FIFO groups and
 * deduplication. Where AWS leaves a choice, it takes the one that is harder for its consumers:
 *
 * - A message that was released is handed to an open poll at once, before the release is answered.
 * - A receive brings up to ten messages of one FIFO group. The group is handed out again as soon as one of them is visible or
 *   all are deleted, whatever else of it is in flight.
 * - A receipt handle of a FIFO queue is worth nothing once its visibility timeout has passed; one of a standard queue still deletes.
 *
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/FIFO-queues-understanding-logic.html
 */
export class MemoryQueue implements BrokerQueue {
  readonly #clock: Clock;
  #messages: Kept[] = [];
  #waiting: Waiting[] = [];
  #sequence = 0;
  /** FIFO groups that are handed out: none of their messages is, until one of those in flight is visible or all are gone. */
  readonly #locked = new Set<string>();
  readonly #sentIds = new Map<string, number>();
  readonly #attempts = new Map<string, readonly Kept[]>();
  #stopTimer: StopTimer | undefined;

  constructor(private readonly options: MemoryQueueOptions) {
    this.#clock = options.clock;
  }

  /** Messages that can be received, or could be if their group was not in flight, and those that are in flight. */
  get depth(): { readonly visible: number; readonly inFlight: number } {
    const nowMs = this.#nowMs;
    const inFlight = this.#messages.filter(({ visibleAtMs }) => visibleAtMs > nowMs).length;
    return { visible: this.#messages.length - inFlight, inFlight };
  }

  /** What it has, in its order. Times are those of the clock's `monotonicMs`. */
  get messages(): readonly KeptMessage[] {
    return this.#messages;
  }

  receive(request: ReceiveRequest): Promise<readonly BrokerMessage[]> {
    const found = this.#repeated(request) ?? this.#take(request);
    if (found.length > 0 || request.waitTimeS === 0) return Promise.resolve(found);
    const { promise, resolve } = Promise.withResolvers<readonly BrokerMessage[]>();
    const stopTimer = this.#clock.after(request.waitTimeS * 1000, () => waiting.answer([]));
    const waiting: Waiting = {
      request,
      answer: (messages) => {
        stopTimer();
        this.#waiting = this.#waiting.filter((one) => one !== waiting);
        resolve(messages);
      },
    };
    this.#waiting.push(waiting);
    return promise;
  }

  delete(receiptHandles: readonly string[]): Promise<EntryOutcome[]> {
    return this.#each(receiptHandles, (handle) => {
      const message = this.#find(handle);
      // Deleting what is deleted is no error.
      if (!message) return DONE;
      const expired = message.handle !== handle || message.visibleAtMs <= this.#nowMs;
      if (this.options.fifo && expired) return refused('ReceiptHandleIsInvalid');
      this.#remove(message);
      return DONE;
    });
  }

  changeVisibility(changes: readonly VisibilityChange[]): Promise<EntryOutcome[]> {
    const nowMs = this.#nowMs;
    return this.#each(changes, ({ receiptHandle, visibilityTimeoutS }) => {
      const message = this.#find(receiptHandle);
      if (!message) return refused('InvalidParameterValue');
      if (message.handle !== receiptHandle) return refused('ReceiptHandleIsInvalid');
      if (message.visibleAtMs <= nowMs) return refused('MessageNotInflight');
      const visibleAtMs = nowMs + visibilityTimeoutS * 1000;
      const latestMs = (message.firstReceivedAtMs ?? nowMs) + MAX_LEASE_MS;
      if (visibleAtMs > latestMs) return refused('InvalidParameterValue');
      message.visibleAtMs = visibleAtMs;
      return DONE;
    });
  }

  send(copy: BrokerCopy): Promise<void> {
    const { fifo } = this.options;
    const id = copy.deduplicationId;
    if (fifo && (copy.group === undefined || id === undefined))
      return Promise.reject(refusal('MissingParameter'));
    const nowMs = this.#nowMs;
    if (fifo && id !== undefined) {
      if ((this.#sentIds.get(id) ?? -Infinity) > nowMs - DEDUPLICATION_MS) return Promise.resolve();
      this.#sentIds.set(id, nowMs);
    }
    this.#sequence += 1;
    this.#messages.push({
      ...copy,
      id: createHash('md5').update(`${this.#sequence}`).digest('hex'),
      sequence: this.#sequence,
      receives: 0,
      firstReceivedAtMs: undefined,
      handle: undefined,
      visibleAtMs: 0,
      inFlight: false,
    });
    this.#look();
    return Promise.resolve();
  }

  #each<T>(entries: readonly T[], act: (entry: T) => EntryOutcome): Promise<EntryOutcome[]> {
    if (entries.length === 0 || entries.length > MAX_BATCH_ENTRIES)
      return Promise.reject(refusal('TooManyEntriesInBatchRequest'));
    const outcomes = entries.map(act);
    this.#look();
    return Promise.resolve(outcomes);
  }

  get #nowMs(): number {
    return this.#clock.monotonicMs();
  }

  #find(handle: string): Kept | undefined {
    const [id] = handle.split('#');
    return this.#messages.find((message) => message.id === id);
  }

  #remove(message: Kept): void {
    this.#messages = this.#messages.filter((one) => one !== message);
    const inFlight = this.#messages.some((one) => one.group === message.group && one.inFlight);
    if (!inFlight) this.#locked.delete(message.group ?? '');
  }

  /** What became visible is handed to polls that wait, and the next look is set. */
  #look(): void {
    for (const waiting of this.#waiting) {
      const found = this.#take(waiting.request);
      if (found.length > 0) waiting.answer(found);
    }
    this.#setTimer();
  }

  #setTimer(): void {
    const nowMs = this.#nowMs;
    const nextMs = Math.min(
      ...this.#messages.map(({ visibleAtMs }) => visibleAtMs).filter((atMs) => atMs > nowMs),
    );
    this.#stopTimer?.();
    this.#stopTimer =
      nextMs === Infinity ? undefined : this.#clock.after(nextMs - nowMs, () => this.#look());
  }

  /** What the same attempt has brought before, as long as all of it is still in flight by it. */
  #repeated({ attemptId, visibilityTimeoutS }: ReceiveRequest): BrokerMessage[] | undefined {
    const before = attemptId === undefined ? undefined : this.#attempts.get(attemptId);
    const nowMs = this.#nowMs;
    const unchanged = before?.every(
      (one) => this.#messages.includes(one) && one.visibleAtMs > nowMs,
    );
    if (!before || !unchanged) return undefined;
    for (const message of before) message.visibleAtMs = nowMs + visibilityTimeoutS * 1000;
    return before.map(shown);
  }

  #take({ maxMessages, visibilityTimeoutS, attemptId }: ReceiveRequest): BrokerMessage[] {
    const nowMs = this.#nowMs;
    this.#expire(nowMs);
    const taken: Kept[] = [];
    for (const message of this.#messages) {
      if (taken.length === Math.min(maxMessages, MAX_BATCH_ENTRIES)) break;
      if (message.visibleAtMs > nowMs || this.#locked.has(message.group ?? '')) continue;
      if (this.#redriven(message)) continue;
      message.receives += 1;
      message.firstReceivedAtMs ??= this.#clock.now();
      message.handle = `${message.id}#${message.receives}`;
      message.visibleAtMs = nowMs + visibilityTimeoutS * 1000;
      message.inFlight = true;
      taken.push(message);
    }
    if (taken.length === 0) return [];
    if (this.options.fifo) for (const { group = '' } of taken) this.#locked.add(group);
    if (attemptId !== undefined) this.#attempts.set(attemptId, taken);
    this.#setTimer();
    return taken.map(shown);
  }

  /** Once a message becomes visible again, its group can be handed out. */
  #expire(nowMs: number): void {
    for (const message of this.#messages) {
      if (!message.inFlight || message.visibleAtMs > nowMs) continue;
      message.inFlight = false;
      this.#locked.delete(message.group ?? '');
    }
  }

  #redriven(message: Kept): boolean {
    const { redrive } = this.options;
    if (!redrive || message.receives < redrive.maxReceiveCount) return false;
    this.#remove(message);
    void redrive.to.send({ ...message, deduplicationId: message.deduplicationId ?? message.id });
    return true;
  }
}

const shown = (message: Kept): BrokerMessage => ({
  MessageId: message.id,
  ReceiptHandle: message.handle,
  Body: message.body,
  MessageAttributes: message.attributes,
  Attributes: {
    ApproximateReceiveCount: String(message.receives),
    ApproximateFirstReceiveTimestamp: String(message.firstReceivedAtMs ?? 0),
    ...(message.group !== undefined && {
      MessageGroupId: message.group,
      SequenceNumber: String(message.sequence).padStart(20, '0'),
    }),
  },
});

const refusal = (code: string): SendFailedError =>
  new SendFailedError(`The queue refused it: ${code}`, { retryable: false, details: { code } });

const refused = (code: string): EntryOutcome => ({
  ok: false,
  retryable: false,
  error: refusal(code),
});
