import type { Clock } from '../../clock.js';
import type { EntryOutcome } from '../../call-batching/entry-batcher.js';
import { MAX_BATCH_ENTRIES, MAX_LEASE_HOURS } from '../../sns-sqs.constants.js';
import type {
  BrokerCopy,
  BrokerMessage,
  BrokerQueue,
  ReceiveRequest,
  VisibilityChange,
} from '../broker.queue.js';
import { Deduplication } from './deduplication.js';
import {
  DONE,
  idOf,
  refusal,
  refused,
  delivered,
  type StoredMessage,
  type QueuedMessage,
  type PutMessage,
} from './stored-message.js';
import { StoredMessages } from './stored-messages.js';
import { LongPolls } from './long-polls.js';
import { ReceiveAttempts } from './receive-attempts.js';
import { duplicatedMs, overtakenMs, type Unreliability } from './unreliability.js';

/** How a queue is set; may be changed while it is used. */
export interface MemoryQueueSettings {
  /** Where messages go that were received too often, and after how many receives. @defaultValue they stay */
  readonly redrive?:
    { readonly to: () => MemoryQueue | undefined; readonly maxReceiveCount: number } | undefined;
  /** Bytes of one message, and of one call. @defaultValue 1 MiB */
  readonly maxBytes?: number | undefined;
  /** Of a message that names none. @defaultValue 0 */
  readonly delayS?: number | undefined;
  /** @defaultValue for ever */
  readonly retentionS?: number | undefined;
  /** FIFO: whether a deduplication id is known within its group alone. @defaultValue false */
  readonly deduplicatedByGroup?: boolean | undefined;
  /** Said of messages that are moved to a dead-letter queue. @defaultValue '' */
  readonly arn?: string;
}

export interface MemoryQueueOptions extends MemoryQueueSettings {
  readonly clock: Clock;
  /** @defaultValue a standard queue */
  readonly fifo?: boolean;
  /** Of a standard queue. @defaultValue each message is received once, in the order in which they were sent */
  readonly unreliable?: Unreliability | undefined;
}

const MAX_LEASE_MS = MAX_LEASE_HOURS * 3600_000;
const HANDLE = /^\d+#\d+$/;

/**
 * One queue as AWS describes SQS, in memory: visibility timeouts, receive counts, long polls, redrive, FIFO groups and
 * deduplication. Where AWS leaves a choice, it takes the one that is harder for its consumers:
 *
 * - A message that was released is handed to an open poll at once, before the release is answered.
 * - A receive brings up to ten messages of one FIFO group. The group is delivered again as soon as one of them is visible or
 *   all are deleted, whatever else of it is in flight.
 * - A receipt handle of a FIFO queue is worth nothing once its visibility timeout has passed; one of a standard queue still deletes.
 *
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/FIFO-queues-understanding-logic.html
 */
export class MemoryQueue implements BrokerQueue {
  readonly fifo: boolean;
  settings: MemoryQueueSettings;
  readonly #clock: Clock;
  readonly #unreliable: Unreliability | undefined;
  readonly #messages: StoredMessages;
  readonly #polls: LongPolls;
  readonly #known: Deduplication;
  readonly #attempts = new ReceiveAttempts();
  #sequence = 0;

  constructor({ clock, fifo = false, unreliable, ...settings }: MemoryQueueOptions) {
    this.fifo = fifo;
    this.settings = settings;
    this.#clock = clock;
    this.#unreliable = fifo ? undefined : unreliable;
    this.#messages = new StoredMessages(fifo);
    this.#polls = new LongPolls(clock);
    this.#known = new Deduplication(clock);
  }

  /** Messages that can be received, or could be if their group was not in flight; those in flight; those whose delay is not over. */
  get depth(): { readonly visible: number; readonly inFlight: number; readonly delayed: number } {
    const nowMs = this.#expire();
    const { size, inFlight } = this.#messages;
    let delayed = 0;
    for (const message of this.#messages)
      if (message.visibleAtMs > nowMs && !this.#messages.isInFlight(message)) delayed += 1;
    return { visible: size - inFlight - delayed, inFlight, delayed };
  }

  /** What it has, in its order. Times are those of the clock's `monotonicMs`. */
  get messages(): readonly QueuedMessage[] {
    return [...this.#messages];
  }

  receive(request: ReceiveRequest): Promise<readonly BrokerMessage[]> {
    const found =
      this.#attempts.repeat(request, this.#nowMs, (one) => this.#messages.has(one)) ??
      this.#take(request);
    if (found.length > 0 || request.waitTimeS === 0) return Promise.resolve(found);
    const polled = this.#polls.wait(request);
    this.#lookAgain();
    return polled;
  }

  delete(receiptHandles: readonly string[]): Promise<EntryOutcome[]> {
    const nowMs = this.#nowMs;
    return this.#each(receiptHandles, (handle) => {
      if (!HANDLE.test(handle)) return refused('ReceiptHandleIsInvalid');
      const message = this.#find(handle);
      // Deleting what is deleted is no error.
      if (!message) return DONE;
      const expired = message.handle !== handle || message.visibleAtMs <= nowMs;
      if (this.fifo && expired) return refused('ReceiptHandleIsInvalid');
      this.#messages.remove(message);
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
      if (visibleAtMs > message.receivedAtMs + MAX_LEASE_MS)
        return refused('InvalidParameterValue');
      message.visibleAtMs = visibleAtMs;
      return DONE;
    });
  }

  async send(copy: BrokerCopy): Promise<void> {
    await Promise.resolve(this.put(copy));
  }

  /**
   * @returns its id; undefined where it is known already.
   * @throws SendFailedError for a FIFO message without group or deduplication id.
   */
  put(message: PutMessage): string | undefined {
    const { group, deduplicationId, delayS = this.settings.delayS ?? 0 } = message;
    if (this.fifo) {
      if (group === undefined || deduplicationId === undefined) throw refusal('MissingParameter');
      const scope = this.settings.deduplicatedByGroup ? `${group}\n` : '';
      if (!this.#known.takes(`${scope}${deduplicationId}`)) return undefined;
    }
    const invisibleMs = delayS * 1000 + overtakenMs(this.#unreliable);
    return this.#keep(message, invisibleMs).id;
  }

  /** Forgets all messages. */
  purge(): void {
    for (const message of this.#messages) this.#messages.remove(message);
  }

  /** Ends polls that wait: with nothing, or with the error. */
  endPolls(error?: Error): void {
    this.#polls.end(error);
  }

  /** @param message one that another queue had keeps its id and the time at which it was sent. */
  #keep(message: PutMessage & Partial<StoredMessage>, invisibleMs: number): StoredMessage {
    const nowMs = this.#nowMs;
    this.#sequence += 1;
    const stored: StoredMessage = {
      id: idOf(`${this.settings.arn ?? ''}#${this.#sequence}`),
      sentAtMs: this.#clock.now(),
      ...message,
      enteredAtMs: nowMs,
      sequence: this.#sequence,
      receives: 0,
      firstReceivedAtMs: undefined,
      receivedAtMs: 0,
      handle: undefined,
      visibleAtMs: nowMs + invisibleMs,
    };
    this.#messages.add(stored);
    this.#look();
    return stored;
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

  #expire(): number {
    const nowMs = this.#nowMs;
    this.#messages.expire(nowMs, (this.settings.retentionS ?? Infinity) * 1000);
    return nowMs;
  }

  #find(handle: string): StoredMessage | undefined {
    return this.#messages.find(Number(handle.split('#', 1)[0]));
  }

  /** What became visible is handed to polls that wait, now and when more does. */
  #look(): void {
    this.#polls.serve((request) => this.#take(request));
    this.#lookAgain();
  }

  #lookAgain(): void {
    this.#polls.serveAt(
      (nowMs) => this.#messages.nextVisibleMs(nowMs),
      () => this.#look(),
    );
  }

  #take({ maxMessages, visibilityTimeoutS, attemptId }: ReceiveRequest): BrokerMessage[] {
    const nowMs = this.#expire();
    const taken: StoredMessage[] = [];
    for (const message of this.#messages.receivable(nowMs)) {
      if (taken.length === Math.min(maxMessages, MAX_BATCH_ENTRIES)) break;
      if (this.#redriven(message)) continue;
      message.receives += 1;
      message.firstReceivedAtMs ??= this.#clock.now();
      message.receivedAtMs = nowMs;
      message.handle = `${message.sequence}#${message.receives}`;
      message.visibleAtMs = nowMs + visibilityTimeoutS * 1000;
      taken.push(message);
    }
    if (taken.length === 0) return [];
    this.#messages.handOut(taken);
    if (attemptId !== undefined) this.#attempts.remember(attemptId, taken);
    const messages = taken.map(delivered);
    for (const message of taken) this.#duplicate(message);
    return messages;
  }

  /** At least once: another copy, which only its own receipt handle deletes. Copies have none. */
  #duplicate(message: StoredMessage): void {
    if (message.receives > 1 || message.isCopy) return;
    const afterMs = duplicatedMs(this.#unreliable);
    if (afterMs > 0) this.#keep({ ...message, isCopy: true }, afterMs);
  }

  #redriven(message: StoredMessage): boolean {
    const { redrive, arn = '' } = this.settings;
    const to = redrive && message.receives >= redrive.maxReceiveCount ? redrive.to() : undefined;
    if (!to) return false;
    this.#messages.remove(message);
    to.#keep({ ...message, system: { ...message.system, DeadLetterQueueSourceArn: arn } }, 0);
    return true;
  }
}
