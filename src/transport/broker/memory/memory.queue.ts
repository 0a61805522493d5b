import type { EntryOutcome } from '../../call-batching/entry-batcher.js';
import type { Clock } from '../../clock.js';
import { MAX_LEASE_HOURS } from '../../sns-sqs.constants.js';
import { readRedrivePolicy } from '../../topology/declare/queue-settings.js';
import type { BrokerAttributes, BrokerTags } from '../broker.js';
import type {
  BrokerMessage,
  BrokerQueue,
  ReceiveRequest,
  VisibilityChange,
} from '../broker.queue.js';
import { refusal, refused } from '../refusal.js';
import { GroupLocks } from './group-locks.js';
import { LongPolls } from './long-polls.js';
import { Recent } from './recent.js';
import {
  delivered,
  NOT_RECEIVED,
  received,
  handleOf,
  idOf,
  type PutMessage,
  type StoredMessage,
  depthOf,
  nextVisibleMs,
  type QueueDepth,
} from './stored-message.js';
import { lateMs, type Unreliability } from './unreliability.js';

interface MemoryQueueOptions {
  readonly clock: Clock;
  /** Those of SQS; they may be changed later. @defaultValue a standard queue that keeps its messages for ever */
  readonly attributes?: BrokerAttributes;
  /** Finds the queue that its redrive policy names, by ARN. @defaultValue there is none */
  readonly queueOf?: (arn: string) => MemoryQueue | undefined;
  /** For a standard queue. @defaultValue each message is delivered once, and all in the order in which they were sent */
  readonly unreliable?: Unreliability | undefined;
}

const MAX_LEASE_MS = MAX_LEASE_HOURS * 3600_000;
const HANDLE = /^\d+#\d+$/;
const DONE: EntryOutcome = { ok: true };

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
  attributes: BrokerAttributes;
  tags: BrokerTags = {};
  readonly polls: LongPolls;
  readonly #options: MemoryQueueOptions;
  readonly #fifo: boolean;
  readonly #unreliable: Unreliability | undefined;
  /** By sequence number, in their order. */
  readonly #messages = new Map<number, StoredMessage>();
  readonly #locks = new GroupLocks(this.#messages);
  /** Ids of messages by their deduplication ids. */
  readonly #sent: Recent<string>;
  /** Receipt handles by attempt ids. */
  readonly #attempts: Recent<readonly string[]>;
  #sequence = 0;

  constructor(options: MemoryQueueOptions) {
    const { clock, attributes = {} } = options;
    this.attributes = attributes;
    this.polls = new LongPolls(clock);
    this.#options = options;
    this.#fifo = attributes['FifoQueue'] === 'true';
    this.#unreliable = this.#fifo ? undefined : options.unreliable;
    this.#sent = new Recent(clock);
    this.#attempts = new Recent(clock);
  }

  get depth(): QueueDepth {
    return depthOf(this.#messages.values(), this.#expire());
  }

  get messages(): readonly Readonly<StoredMessage>[] {
    return [...this.#messages.values()];
  }

  receive(request: ReceiveRequest): Promise<readonly BrokerMessage[]> {
    const found = this.#repeat(request) ?? this.#take(request);
    if (found.length > 0 || request.waitTimeS === 0) return Promise.resolve(found);
    const polled = this.polls.wait(request);
    this.#look();
    return polled;
  }

  delete(receiptHandles: readonly string[]): Promise<EntryOutcome[]> {
    return this.#each(receiptHandles, (handle) => {
      const message = this.#find(handle);
      const isRefused = message ? this.#fifo && !this.#inFlight(handle) : !HANDLE.test(handle);
      if (isRefused) return refused('ReceiptHandleIsInvalid');
      // To delete a message that was deleted is no error.
      if (message) this.#messages.delete(message.sequence);
      return DONE;
    });
  }

  changeVisibility(changes: readonly VisibilityChange[]): Promise<EntryOutcome[]> {
    return this.#each(changes, ({ receiptHandle, visibilityTimeoutS }) => {
      const message = this.#inFlight(receiptHandle);
      if (!message)
        return refused(this.#find(receiptHandle) ? 'MessageNotInflight' : 'InvalidParameterValue');
      const visibleAtMs = this.#options.clock.monotonicMs() + visibilityTimeoutS * 1000;
      if (visibleAtMs > message.receivedAtMs + MAX_LEASE_MS)
        return refused('InvalidParameterValue');
      message.visibleAtMs = visibleAtMs;
      return DONE;
    });
  }

  async send(message: PutMessage): Promise<void> {
    this.put(message);
  }

  /**
   * @returns its id: that of the first one, where its deduplication id is known already.
   * @throws SendFailedError for a FIFO message without group or deduplication id.
   */
  put(message: PutMessage): string {
    const { group, deduplicationId, delayS = this.attributes['DelaySeconds'] ?? 0 } = message;
    const invisibleMs = Number(delayS) * 1000 + lateMs(this.#unreliable, 'overtaken');
    if (!this.#fifo) return this.#keep(message, invisibleMs);
    if (group === undefined || deduplicationId === undefined) throw refusal('MissingParameter');
    const isOfGroup = this.attributes['DeduplicationScope'] === 'messageGroup';
    const name = isOfGroup ? `${group}\n${deduplicationId}` : deduplicationId;
    const known = this.#sent.get(name);
    if (known !== undefined) return known;
    const id = this.#keep(message, invisibleMs);
    this.#sent.set(name, id);
    return id;
  }

  /** Forgets all messages. */
  purge(): void {
    this.#messages.clear();
  }

  /**
   * @param message one that another queue had keeps its id and the time at which it was sent.
   * @returns its id.
   */
  #keep(message: PutMessage & Partial<StoredMessage>, invisibleMs: number): string {
    const nowMs = this.#options.clock.monotonicMs();
    const sequence = (this.#sequence += 1);
    const { id = idOf(`${this.attributes['QueueArn']}#${sequence}`) } = message;
    this.#messages.set(sequence, {
      sentAtMs: this.#options.clock.now(),
      ...message,
      id,
      sequence,
      enteredAtMs: nowMs,
      visibleAtMs: nowMs + invisibleMs,
      ...NOT_RECEIVED,
    });
    this.#look();
    return id;
  }

  #each<T>(entries: readonly T[], act: (entry: T) => EntryOutcome): Promise<EntryOutcome[]> {
    const outcomes = entries.map(act);
    this.#look();
    return Promise.resolve(outcomes);
  }

  /** Deletes messages past their retention. @returns the time. */
  #expire(): number {
    const nowMs = this.#options.clock.monotonicMs();
    const retentionMs = Number(this.attributes['MessageRetentionPeriod'] ?? Infinity) * 1000;
    for (const { sequence, enteredAtMs } of this.#messages.values()) {
      if (enteredAtMs > nowMs - retentionMs) break;
      this.#messages.delete(sequence);
    }
    return nowMs;
  }

  /** The message of a receipt handle, whether or not the handle is that of its newest receive. */
  #find(handle: string): StoredMessage | undefined {
    return this.#messages.get(Number(handle.split('#', 1)[0]));
  }

  /** The message that is in flight by the receive of this handle. */
  #inFlight(handle: string): StoredMessage | undefined {
    const message = this.#find(handle);
    if (!message || handleOf(message) !== handle) return undefined;
    return message.visibleAtMs > this.#options.clock.monotonicMs() ? message : undefined;
  }

  /** Serves open polls with visible messages, now and when the next one becomes visible. */
  #look(): void {
    this.polls.serve(
      (request) => this.#take(request),
      (nowMs) => nextVisibleMs(this.#messages.values(), nowMs),
    );
  }

  /**
   * The messages of the same receive attempt, invisible for as long again; undefined unless all of them are still in flight
   * by that attempt.
   */
  #repeat({ attemptId, visibilityTimeoutS }: ReceiveRequest): BrokerMessage[] | undefined {
    const handles = attemptId === undefined ? undefined : this.#attempts.get(attemptId);
    const messages = handles?.map((handle) => this.#inFlight(handle));
    if (!messages?.every((one) => one !== undefined)) return undefined;
    const visibleAtMs = this.#options.clock.monotonicMs() + visibilityTimeoutS * 1000;
    return messages.map((message) => delivered(Object.assign(message, { visibleAtMs })));
  }

  #take({ maxMessages, visibilityTimeoutS, attemptId }: ReceiveRequest): BrokerMessage[] {
    const nowMs = this.#expire();
    const locked = this.#locks.locked(nowMs);
    const taken: StoredMessage[] = [];
    for (const message of this.#messages.values()) {
      if (taken.length === maxMessages) break;
      if (message.visibleAtMs > nowMs || locked.has(message.group)) continue;
      if (this.#redriven(message)) continue;
      taken.push(received(message, this.#options.clock, visibilityTimeoutS));
    }
    if (taken.length === 0) return [];
    if (this.#fifo) this.#locks.lock(taken, nowMs);
    if (attemptId !== undefined) this.#attempts.set(attemptId, taken.map(handleOf));
    const messages = taken.map(delivered);
    for (const message of taken) this.#duplicate(message);
    return messages;
  }

  /** Keeps a second copy of some messages, which only its own receipt handle deletes: SQS delivers at least once. */
  #duplicate(message: StoredMessage): void {
    if (message.receives > 1 || message.isCopy) return;
    const afterMs = lateMs(this.#unreliable, 'duplicated');
    if (afterMs > 0) this.#keep({ ...message, isCopy: true }, afterMs);
  }

  #redriven(message: StoredMessage): boolean {
    const { RedrivePolicy: policy, QueueArn: source = '' } = this.attributes;
    const redrive = message.receives > 0 ? readRedrivePolicy(policy) : undefined;
    if (!redrive || message.receives < redrive.maxReceiveCount) return false;
    const to = this.#options.queueOf?.(redrive.target);
    if (!to) return false;
    this.#messages.delete(message.sequence);
    to.#keep({ ...message, system: { ...message.system, DeadLetterQueueSourceArn: source } }, 0);
    return true;
  }
}
