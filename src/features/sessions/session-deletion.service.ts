import {
  Injectable,
  Logger,
  NotFoundException,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
} from '@nestjs/common';
import { SharedPages } from './shared-pages.js';
import { requireSessionId } from './session-id.js';
import type { SessionDocument } from './session.document.js';
import { EXPIRY_BATCH, EXPIRY_INTERVAL_MS } from './sessions.constants.js';
import { SessionsRepository } from './sessions.repository.js';
import { SessionEventHub } from './stream/session-event-hub.js';

/** The fields of a deleted session while its notifications wait: all personal content is removed. */
const EMPTIED = {
  deleted: true,
  metadata: {},
  feedbacks: [],
  feedback_count: 0,
  feedback_bytes: 0,
  guardrail_events: [],
  agents: {},
  agent_count: 0,
  changes: [],
  application_name: null,
  session_type: null,
  session_viewer_password_hash: '',
} as const satisfies Partial<SessionDocument>;

/**
 * Deletes sessions, on request and when they expire. A session with waiting notifications is emptied at once, and its
 * document is deleted when they are sent.
 */
@Injectable()
export class SessionDeletionService implements OnApplicationBootstrap, OnModuleDestroy {
  readonly #logger = new Logger('Sessions');
  #timer: NodeJS.Timeout | undefined;
  #looking: Promise<void> | undefined;
  #failing = false;

  constructor(
    private readonly sessions: SessionsRepository,
    private readonly families: SharedPages,
    private readonly hub: SessionEventHub,
  ) {}

  onApplicationBootstrap(): void {
    this.#timer = setInterval(() => {
      this.#looking ??= this.#look().finally(() => (this.#looking = undefined));
    }, EXPIRY_INTERVAL_MS).unref();
  }

  async onModuleDestroy(): Promise<void> {
    clearInterval(this.#timer);
    await this.#looking;
  }

  /** @throws {NotFoundException} when there is no such session. */
  async remove(id: string): Promise<void> {
    const family = await this.sessions.change(requireSessionId(id), { family: 1 }, (session) => ({
      result: session.family ?? '',
      update: { $set: EMPTIED },
    }));
    this.hub.endSession(id);
    await this.#purge(id, family);
  }

  /**
   * Deletes expired sessions, and deleted ones whose notifications are sent. Also runs every minute.
   *
   * @param now Default: the machine's clock.
   */
  async sweep(now = new Date()): Promise<void> {
    for (const { _id } of await this.sessions.expired(now, EXPIRY_BATCH)) {
      await this.remove(_id).catch((error: unknown) => {
        // Another process deleted it first.
        if (!(error instanceof NotFoundException)) throw error;
      });
    }
    for (const { _id, family = '' } of await this.sessions.emptied(EXPIRY_BATCH)) {
      await this.#purge(_id, family);
    }
  }

  async #purge(id: string, family: string): Promise<void> {
    if (await this.sessions.purge(id)) await this.families.left(family);
  }

  async #look(): Promise<void> {
    try {
      await this.sweep();
      if (this.#failing) this.#logger.log('Expired sessions can be deleted again');
      this.#failing = false;
    } catch (error) {
      if (this.#failing) return;
      this.#failing = true;
      const code = error instanceof Error ? error.name : 'unknown';
      this.#logger.warn({ code }, 'Expired sessions cannot be deleted');
    }
  }
}
