import { setTimeout as sleep } from 'node:timers/promises';
import {
  Inject,
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnModuleDestroy,
} from '@nestjs/common';
import { lastValueFrom, type Observable } from 'rxjs';
import { record, SnsSqsClient } from '../../transport/index.js';
import { WeftError } from '../../transport/errors/index.js';
import { FeedbackNotification } from './codec/feedback.codec.js';
import type { MetadataNotification } from './codec/metadata.codec.js';
import { ratingName, type Feedback, type RatingName } from './feedback.js';
import { MAX_NOTIFICATIONS, NOTIFICATION_DRAIN_TIMEOUT_MS } from './sessions.constants.js';
import { NO_NOTIFICATION, SESSIONS_OPTIONS, type SessionsOptions } from './sessions.options.js';
import { FEEDBACK_PATTERNS, METADATA_UPDATE_PATTERN } from './sessions.patterns.js';

/**
 * Tells SNS and SQS what was written. Nobody waits for it: the write has already decided the
 * caller's answer. A notification that fails is logged and gone; keeping it with the document
 * until AWS has taken it (the outbox) is a later step.
 */
@Injectable()
export class SessionsNotifier implements OnModuleDestroy, BeforeApplicationShutdown {
  readonly #logger = new Logger('Sessions');
  readonly #underWay = new Set<Promise<void>>();
  readonly #topics: Readonly<Record<RatingName, string>>;
  readonly #metadataQueue: string;
  readonly #metadataFields: ReadonlySet<string>;

  constructor(
    @Inject(SnsSqsClient) private readonly client: Pick<SnsSqsClient, 'emit'>,
    @Inject(SESSIONS_OPTIONS) options: SessionsOptions,
  ) {
    const { good, bad, neutral } = options.feedbackTopics;
    this.#topics = { positive: good, negative: bad, neutral };
    this.#metadataQueue = options.metadataQueueUrl;
    this.#metadataFields = new Set(options.metadataFields);
  }

  /** Those of the keys whose changes are told: all of them when there is no allow-list. */
  announced(keys: readonly string[]): string[] {
    if (this.#metadataQueue === NO_NOTIFICATION) return [];
    if (this.#metadataFields.size === 0) return [...keys];
    return keys.filter((key) => this.#metadataFields.has(key));
  }

  feedbackAdded(sessionId: string, { rating, comment }: Feedback): void {
    const name = ratingName(rating);
    if (this.#topics[name] === NO_NOTIFICATION) return;
    const data = new FeedbackNotification(sessionId, name, comment);
    this.#send(FEEDBACK_PATTERNS[name], this.#topics[name], data);
  }

  metadataChanged(notification: MetadataNotification): void {
    this.#send(METADATA_UPDATE_PATTERN, this.#metadataQueue, notification);
  }

  /** Waits for what is under way, while the client is still open; gives up after a few seconds. */
  async onModuleDestroy(): Promise<void> {
    await this.#drain();
  }

  /** Once more, for requests that were still running. */
  async beforeApplicationShutdown(): Promise<void> {
    await this.#drain();
  }

  #send(
    pattern: string,
    destination: string,
    data: FeedbackNotification | MetadataNotification,
  ): void {
    const { session_id: sessionId } = data;
    if (this.#underWay.size >= MAX_NOTIFICATIONS) {
      this.#logger.warn(`Notification of session ${sessionId} dropped: too many are under way`);
      return;
    }
    // A FIFO destination asks for a group; a session's messages then stay in order.
    const fifo = destination.endsWith('.fifo');
    const sending = this.#emit(pattern, fifo ? record(data).withGroup(sessionId).build() : data)
      .catch((error: unknown) => {
        // The class and the code only: an error's text may repeat what was to be sent.
        const code = error instanceof WeftError ? error.code : nameOf(error);
        this.#logger.warn(`Notification of session ${sessionId} not sent (${pattern}): ${code}`);
      })
      .finally(() => this.#underWay.delete(sending));
    this.#underWay.add(sending);
  }

  async #emit(pattern: string, data: object): Promise<void> {
    const sent: Observable<unknown> = this.client.emit(pattern, data);
    await lastValueFrom(sent, { defaultValue: undefined });
  }

  async #drain(): Promise<void> {
    if (this.#underWay.size === 0) return;
    const settled = new AbortController();
    const timeout = sleep(NOTIFICATION_DRAIN_TIMEOUT_MS, undefined, { signal: settled.signal });
    await Promise.race([Promise.all(this.#underWay), timeout.catch(() => undefined)]);
    settled.abort();
    if (this.#underWay.size > 0) {
      this.#logger.warn(`${this.#underWay.size} notifications not sent before the shutdown`);
    }
  }
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : 'unknown error';
}
