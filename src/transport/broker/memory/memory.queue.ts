import type { EntryOutcome } from '../../call-batching/entry-batcher.js';
import type { Clock, StopTimer } from '../../clock.js';
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
import { lockedGroups, lockGroups } from './group-locks.js';
import { LongPolls } from './long-polls.js';
import { Recent } from './recent.js';
import {
  delivered,
  handleOf,
  idOf,
  type PutMessage,
  type StoredMessage,
} from './stored-message.js';

/** What a standard queue may do to its messages, and a test has it do. Shares from 0 to 1. */
export interface Unreliability {
  readonly random: () => number;
  /** Messages that are received once more, whatever becomes of the first receive. */
  readonly duplicated?: number;
  /** Messages that later ones overtake. */
  readonly overtaken?: number;
}

interface MemoryQueueOptions {
  readonly clock: Clock;
  /** Those of SQS, which may be changed while it is used. @defaultValue a standard queue that keeps its messages for ever */
  readonly attributes?: BrokerAttributes;
  /** The queue of an ARN, such as its redrive policy names. @defaultValue there is none */
  readonly queueOf?: (arn: string) => MemoryQueue | undefined;
  /** Of a standard queue. @defaultValue each message is received once, in the order in which they were sent */
  readonly unreliable?: Unreliability | undefined;
}

/** Milliseconds at most until a copy of a message is visible, or a message that others overtake. */
const LATE_MS = { duplicated: 3000, overtaken: 500 };
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
  /** By sequence number, in their order. */
  readonly #messages = new Map<number, StoredMessage>();
  /** FIFO: the messages for which their groups are locked, or were until one of them became visible. */
  readonly #held = new Set<StoredMessage>();
  /** Ids of messages by their deduplication ids. */
  readonly #sent: Recent<string>;
  /** Receipt handles by attempt ids. */
  readonly #attempts: Recent<readonly string[]>;
  #sequence = 0;
  #stopTimer: StopTimer | undefined;

  constructor(options: MemoryQueueOptions) {
    const { clock, attributes = {} } = options;
    this.attributes = attributes;
    this.polls = new LongPolls(clock);
    this.#options = options;
    this.#fifo = attributes['FifoQueue'] === 'true';
    this.#sent = new Recent(clock);
    this.#attempts = new Recent(clock);
  }

  /** Messages that can be received, or could be if their group was not in flight; those in flight; those whose delay is not over. */
  get depth(): { readonly visible: number; readonly inFlight: number; readonly delayed: number } {
    const nowMs = this.#expire();
    const depth = { visible: 0, inFlight: 0, delayed: 0 };
    for (const { visibleAtMs, receives } of this.#messages.values()) {
      if (visibleAtMs <= nowMs) depth.visible += 1;
      else if (receives > 0) depth.inFlight += 1;
      else depth.delayed += 1;
    }
    return depth;
  }

  /** What it has, in its order. */
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
      const isRefused = message ? this.#fifo && !this.#leased(handle) : !HANDLE.test(handle);
      if (isRefused) return refused('ReceiptHandleIsInvalid');
      // Deleting what is deleted is no error.
      if (message) this.#messages.delete(message.sequence);
      return DONE;
    });
  }

  changeVisibility(changes: readonly VisibilityChange[]): Promise<EntryOutcome[]> {
    return this.#each(changes, ({ receiptHandle, visibilityTimeoutS }) => {
      const message = this.#leased(receiptHandle);
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
    const invisibleMs = Number(delayS) * 1000 + this.#late('overtaken');
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
      receives: 0,
      firstReceivedAtMs: undefined,
      receivedAtMs: 0,
      visibleAtMs: nowMs + invisibleMs,
    });
    this.#look();
    return id;
  }

  #each<T>(entries: readonly T[], act: (entry: T) => EntryOutcome): Promise<EntryOutcome[]> {
    const outcomes = entries.map(act);
    this.#look();
    return Promise.resolve(outcomes);
  }

  /** What is too old is gone. */
  #expire(): number {
    const nowMs = this.#options.clock.monotonicMs();
    const retentionMs = Number(this.attributes['MessageRetentionPeriod'] ?? Infinity) * 1000;
    for (const { sequence, enteredAtMs } of this.#messages.values()) {
      if (enteredAtMs > nowMs - retentionMs) break;
      this.#messages.delete(sequence);
    }
    return nowMs;
  }

  #find(handle: string): StoredMessage | undefined {
    return this.#messages.get(Number(handle.split('#', 1)[0]));
  }

  /** The message that is in flight by the receive which this handle names. */
  #leased(handle: string): StoredMessage | undefined {
    const message = this.#find(handle);
    if (!message || handleOf(message) !== handle) return undefined;
    return message.visibleAtMs > this.#options.clock.monotonicMs() ? message : undefined;
  }

  /** What became visible is handed to polls that wait, now and when more does. */
  #look(): void {
    this.polls.serve((request) => this.#take(request));
    this.#stopTimer?.();
    this.#stopTimer = undefined;
    if (this.polls.isEmpty) return;
    const nowMs = this.#options.clock.monotonicMs();
    let nextMs = Infinity;
    for (const { visibleAtMs } of this.#messages.values())
      if (visibleAtMs > nowMs && visibleAtMs < nextMs) nextMs = visibleAtMs;
    if (nextMs < Infinity)
      this.#stopTimer = this.#options.clock.after(nextMs - nowMs, () => this.#look());
  }

  /** What the same attempt has brought, invisible anew; undefined unless all of it is still in flight by that attempt. */
  #repeat({ attemptId, visibilityTimeoutS }: ReceiveRequest): BrokerMessage[] | undefined {
    const handles = attemptId === undefined ? undefined : this.#attempts.get(attemptId);
    const messages = handles?.map((handle) => this.#leased(handle));
    if (!messages?.every((one) => one !== undefined)) return undefined;
    const visibleAtMs = this.#options.clock.monotonicMs() + visibilityTimeoutS * 1000;
    return messages.map((message) => delivered(Object.assign(message, { visibleAtMs })));
  }

  #take({ maxMessages, visibilityTimeoutS, attemptId }: ReceiveRequest): BrokerMessage[] {
    const nowMs = this.#expire();
    const locked = lockedGroups(this.#held, this.#messages, nowMs);
    const taken: StoredMessage[] = [];
    for (const message of this.#messages.values()) {
      if (taken.length === maxMessages) break;
      if (message.visibleAtMs > nowMs || locked.has(message.group)) continue;
      if (this.#redriven(message)) continue;
      message.receives += 1;
      message.firstReceivedAtMs ??= this.#options.clock.now();
      message.receivedAtMs = nowMs;
      message.visibleAtMs = nowMs + visibilityTimeoutS * 1000;
      taken.push(message);
    }
    if (taken.length === 0) return [];
    if (this.#fifo) lockGroups(this.#held, taken, nowMs);
    if (attemptId !== undefined) this.#attempts.set(attemptId, taken.map(handleOf));
    const messages = taken.map(delivered);
    for (const message of taken) this.#duplicate(message);
    return messages;
  }

  /** At least once: another copy, which only its own receipt handle deletes. Copies have none. */
  #duplicate(message: StoredMessage): void {
    if (message.receives > 1 || message.isCopy) return;
    const afterMs = this.#late('duplicated');
    if (afterMs > 0) this.#keep({ ...message, isCopy: true }, afterMs);
  }

  /** A random time for some messages of a standard queue; mostly 0. */
  #late(what: keyof typeof LATE_MS): number {
    const { random, [what]: share = 0 } = this.#options.unreliable ?? { random: () => 1 };
    return share > 0 && !this.#fifo && random() < share ? random() * LATE_MS[what] : 0;
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
