import { randomUUID } from 'node:crypto';
import { ForbiddenException, Injectable } from '@nestjs/common';
import { toStoredKeys } from '../../platform/persistence/index.js';
import { utcNow } from '../../protocol/index.js';
import { decodeCursor, encodeCursor } from '../../protocol/list-cursor.js';
import { requireMetadata } from './metadata/session-metadata.js';
import { isSessionId, newSessionId, requireSessionId } from './session-id.js';
import type { SessionDocument } from './session.document.js';
import { SUMMARY, summaryOf, viewOf, WHOLE } from './session-views.js';
import type { CreateSessionDto, NewSessionView, SessionPage, SessionView } from './sessions.dto.js';
import { SessionsRepository } from './sessions.repository.js';
import {
  hashViewerPassword,
  isViewerPassword,
  newViewerPassword,
} from './viewer/viewer-password.js';
import { isViewerToken, signViewerToken } from './viewer/viewer-token.js';

/** The new session, or the existing one with the id. */
export type CreatedSession =
  | { readonly created: true; readonly session: NewSessionView }
  | { readonly created: false; readonly session: SessionView };

/** Which sessions are listed. */
export interface SessionsQuery {
  readonly applicationName: string | undefined;
  readonly limit: number;
  readonly cursor: string | undefined;
}

/** Creates and shows sessions, and admits viewers. */
@Injectable()
export class SessionLifecycleService {
  constructor(private readonly sessions: SessionsRepository) {}

  /** Creates a session, or returns the existing one with the id, unchanged and without a password. */
  async create(input: CreateSessionDto): Promise<CreatedSession> {
    const password = newViewerPassword();
    const session = newSession(input, hashViewerPassword(password));
    // A deleted session can still exist for its waiting notifications; its id is free.
    if ((await this.sessions.insert(session)) || (await this.sessions.revive(session))) {
      const view = { ...viewOf(session), session_viewer_password: password };
      return { created: true, session: view };
    }
    const { _id: id } = session;
    const taken = await this.sessions.find(id, WHOLE);
    // Deleted in between.
    if (taken === null) return this.create(input);
    return { created: false, session: viewOf(taken) };
  }

  /** @throws {NotFoundException} when there is no such session. */
  async get(id: string): Promise<SessionView> {
    return viewOf(await this.sessions.get(requireSessionId(id), WHOLE));
  }

  /** @throws {NotFoundException} when there is no such session. */
  async requireThere(id: string): Promise<void> {
    await this.sessions.get(requireSessionId(id), {});
  }

  /** Newest first. */
  async list({ applicationName, limit, cursor }: SessionsQuery): Promise<SessionPage> {
    const after = cursor === undefined ? undefined : decodeCursor(cursor, isSessionId);
    const found = await this.sessions.list(applicationName, limit + 1, after, SUMMARY);
    const page = found.slice(0, limit).map(summaryOf);
    const last = page.at(-1);
    return {
      sessions: page,
      next_cursor:
        found.length > limit && last !== undefined
          ? encodeCursor({ _id: last.session_id, created_at: last.created_at })
          : null,
    };
  }

  /**
   * Returns a token for the session's viewer password.
   *
   * @throws {ForbiddenException} for a wrong password, and also for a missing session, so that callers cannot find out
   * which sessions exist.
   */
  async viewerToken(id: string, password: string): Promise<string> {
    const hash = await this.#passwordHash(requireSessionId(id));
    if (hash === undefined || !isViewerPassword(password, hash)) {
      throw new ForbiddenException('The viewer password does not belong to this session');
    }
    return signViewerToken(id, hash);
  }

  /** Whether the token allows watching this session. */
  async admits(id: string, token: string): Promise<boolean> {
    const hash = await this.#passwordHash(requireSessionId(id));
    return hash !== undefined && (await isViewerToken(token, id, hash));
  }

  async #passwordHash(id: string): Promise<string | undefined> {
    const session = await this.sessions.find(id, { session_viewer_password_hash: 1 });
    return session?.session_viewer_password_hash;
  }
}

function newSession(input: CreateSessionDto, passwordHash: string): SessionDocument {
  const now = utcNow();
  return {
    _id: requireSessionId(input.session_id ?? newSessionId()),
    application_name: input.application_name ?? null,
    session_type: input.session_type ?? null,
    created_at: now,
    updated_at: now,
    metadata: toStoredKeys(requireMetadata(input.metadata ?? {})),
    feedbacks: [],
    feedback_count: 0,
    feedback_bytes: 0,
    guardrail_events: [],
    agents: {},
    agent_count: 0,
    sequence: 0,
    changes: [],
    revision: 0,
    family: randomUUID(),
    session_viewer_password_hash: passwordHash,
  };
}
