import { SqliteStore } from '../../../src/platform/persistence/sqlite/sqlite.store.js';
import { FeedbackNotification } from '../../../src/features/sessions/codec/feedback.codec.js';
import { MetadataNotification } from '../../../src/features/sessions/codec/metadata.codec.js';
import type { SessionsOptions } from '../../../src/features/sessions/sessions.options.js';
import { SessionsNotifier } from '../../../src/features/sessions/sessions.notifier.js';
import { SessionsRepository } from '../../../src/features/sessions/sessions.repository.js';
import { SessionsService } from '../../../src/features/sessions/sessions.service.js';
import { SnsSqsRecord } from '../../../src/transport/index.js';
import { from, type Observable } from 'rxjs';

/** Takes what would go to SNS and SQS. */
export class RecordingClient {
  readonly sent: {
    pattern: string;
    data: FeedbackNotification | MetadataNotification;
    group?: string | undefined;
  }[] = [];
  /** What a call to `emit` waits for and ends with. */
  answer: () => Promise<unknown> = () => Promise.resolve();

  emit<R>(pattern: string, data: unknown): Observable<R> {
    const group = data instanceof SnsSqsRecord ? data.options.group : undefined;
    const content: unknown = data instanceof SnsSqsRecord ? data.data : data;
    if (content instanceof FeedbackNotification || content instanceof MetadataNotification) {
      this.sent.push({ pattern, data: content, group });
    }
    return from(this.answer().then((): R => Object(undefined)));
  }

  get metadata(): MetadataNotification[] {
    return this.sent.flatMap(({ data }) => (data instanceof MetadataNotification ? [data] : []));
  }
}

export const OPTIONS: SessionsOptions = {
  feedbackTopics: { good: 'feedback-good', bad: 'feedback-bad', neutral: 'feedback-neutral' },
  metadataQueueUrl: 'metadata-updates',
  metadataFields: [],
};

/** The service over documents in memory, with a client that records. */
export function createSessions(options: Partial<SessionsOptions> = {}) {
  const store = new SqliteStore();
  const repository = new SessionsRepository(store);
  const client = new RecordingClient();
  const notifier = new SessionsNotifier(client, { ...OPTIONS, ...options });
  const service = new SessionsService(repository, notifier);
  return { store, repository, client, notifier, service };
}
