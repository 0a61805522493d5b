import { Injectable, NotFoundException } from '@nestjs/common';
import { utcNow } from '../../protocol/index.js';
import { MetadataNotification, type MetadataOperation } from './codec/metadata.codec.js';
import { feedbackStats, type Feedback, type FeedbackStats } from './feedback.js';
import { decodeCursor, encodeCursor } from './list-cursor.js';
import type { MetadataChange } from './metadata-change.js';
import { newSessionId, requireSessionId } from './session-id.js';
import { metadataSize, requireMetadata, requireMetadataKeys } from './session-metadata.js';
import type { SessionDocument } from './session.document.js';
import type {
  CreateSessionDto,
  FeedbackDto,
  FeedbackPage,
  NewSessionView,
  SessionPage,
  SessionView,
} from './sessions.dto.js';
import { SessionsNotifier } from './sessions.notifier.js';
import { SessionsRepository, type SessionSummary } from './sessions.repository.js';
import { hashViewerPassword, newViewerPassword } from './viewer-password.js';

export type CreatedSession =
  | { readonly created: true; readonly session: NewSessionView }
  | { readonly created: false; readonly session: SessionView };

type Metadata = Readonly<Record<string, unknown>>;

/**
 * Sessions, their metadata and their feedback. The write to the documents decides each answer;
 * SNS and SQS are told afterwards and nobody waits for them.
 */
@Injectable()
export class SessionsService {
  constructor(
    private readonly repository: SessionsRepository,
    private readonly notifier: SessionsNotifier,
  ) {}

  /** Makes a session, or gives the one that has the id already, as it is and without a password. */
  async create(input: CreateSessionDto): Promise<CreatedSession> {
    const password = newViewerPassword();
    const session = newSession(input, hashViewerPassword(password));
    const { _id: id } = session;
    if (await this.repository.insert(session)) {
      const view = { ...viewOf(session), session_viewer_password: password };
      return { created: true, session: view };
    }
    const taken = await this.repository.find(id);
    // Deleted in between: the id is free again.
    if (taken === null) return this.create(input);
    return { created: false, session: viewOf(taken) };
  }

  /** @throws NotFoundException like every method below. */
  async get(id: string): Promise<SessionView> {
    return viewOf((await this.repository.find(requireSessionId(id))) ?? notFound(id));
  }

  /** Newest first. */
  async list(query: {
    readonly applicationName: string | undefined;
    readonly limit: number;
    readonly cursor: string | undefined;
  }): Promise<SessionPage> {
    const { applicationName, limit, cursor } = query;
    const after = cursor === undefined ? undefined : decodeCursor(cursor);
    const found = await this.repository.list(applicationName, limit + 1, after);
    const page = found.slice(0, limit);
    const last = page.at(-1);
    return {
      sessions: page.map(viewOf),
      next_cursor: found.length > limit && last !== undefined ? encodeCursor(last) : null,
    };
  }

  async remove(id: string): Promise<void> {
    if (!(await this.repository.remove(requireSessionId(id)))) notFound(id);
  }

  async metadata(id: string): Promise<Metadata> {
    return (await this.get(id)).metadata;
  }

  /** Sets each key given, whole, and leaves the others. An empty change changes nothing. */
  async updateMetadata(id: string, changes: unknown): Promise<Metadata> {
    const set = requireMetadata(changes);
    return this.#change(id, { set }, 'update', set);
  }

  /** Removes the keys. One that was not there is no error: deleting twice is deleting once. */
  async deleteMetadata(id: string, keys: readonly string[]): Promise<Metadata> {
    const remove = requireMetadataKeys(keys);
    const nulls = Object.fromEntries(remove.map((key) => [key, null]));
    return this.#change(id, { remove }, 'delete', nulls);
  }

  async addFeedback(id: string, input: FeedbackDto): Promise<Feedback> {
    const feedback: Feedback = {
      rating: input.rating ?? null,
      comment: input.comment ?? null,
      created_at: utcNow(),
    };
    if (!(await this.repository.addFeedback(requireSessionId(id), feedback))) notFound(id);
    this.notifier.feedbackAdded(id, feedback);
    return feedback;
  }

  /** The latest `limit` feedbacks, newest first. */
  async feedbacks(id: string, limit: number): Promise<FeedbackPage> {
    const all = await this.#allFeedbacks(id);
    return {
      session_id: id,
      total_feedbacks: all.length,
      feedbacks: all.slice(-limit).toReversed(),
    };
  }

  async feedbackStats(id: string): Promise<FeedbackStats> {
    return feedbackStats(id, await this.#allFeedbacks(id));
  }

  async #allFeedbacks(id: string): Promise<readonly Feedback[]> {
    return (await this.repository.feedbacks(requireSessionId(id))) ?? notFound(id);
  }

  async #change(
    id: string,
    change: MetadataChange,
    operation: MetadataOperation,
    values: Metadata,
  ): Promise<Metadata> {
    requireSessionId(id);
    const keys = Object.keys(values);
    if (keys.length === 0) return this.metadata(id);
    const announced = this.notifier.announced(keys);
    const announce = announced.length > 0;
    const written = (await this.repository.changeMetadata(id, change, announce)) ?? notFound(id);
    if (announce) {
      const notification = new MetadataNotification({
        session_id: id,
        operation,
        metadata: Object.fromEntries(announced.map((key) => [key, values[key]])),
        timestamp: written.updated_at,
        sequence: written.sequence,
      });
      this.notifier.metadataChanged(notification);
    }
    return written.metadata;
  }
}

function newSession(input: CreateSessionDto, passwordHash: string): SessionDocument {
  const metadata = requireMetadata(input.metadata ?? {});
  const now = utcNow();
  return {
    _id: requireSessionId(input.session_id ?? newSessionId()),
    application_name: input.application_name ?? null,
    session_type: input.session_type ?? null,
    created_at: now,
    updated_at: now,
    metadata,
    feedbacks: [],
    guardrail_events: [],
    agents: {},
    sequence: 0,
    metadata_usage: { ...metadataSize(metadata), writes: 0 },
    session_viewer_password_hash: passwordHash,
  };
}

function viewOf(session: SessionSummary): SessionView {
  const { _id, application_name, session_type, created_at, updated_at, metadata } = session;
  return { session_id: _id, application_name, session_type, created_at, updated_at, metadata };
}

function notFound(id: string): never {
  throw new NotFoundException(`Session not found: ${id}`);
}
