import { Inject, Injectable, Logger } from '@nestjs/common';
import type { AnnouncedChange } from '../metadata/metadata-change.js';
import {
  SESSION_HOOKS,
  type FeedbackEvent,
  type MetadataEvent,
  type SessionHook,
  type SessionNotification,
} from './session-hooks.js';

/** Calls every hook, in the order of the list. */
@Injectable()
export class HookRunner {
  readonly #logger = new Logger('Sessions');

  constructor(@Inject(SESSION_HOOKS) private readonly hooks: readonly SessionHook[]) {}

  /** @throws the error with which a hook refuses the change. */
  async beforeMetadata(event: MetadataEvent): Promise<void> {
    for (const hook of this.hooks) await hook.beforeMetadata?.(event);
  }

  /** @throws the error with which a hook refuses the feedback. */
  async beforeFeedback(event: FeedbackEvent): Promise<void> {
    for (const hook of this.hooks) await hook.beforeFeedback?.(event);
  }

  metadataNotifications(sessionId: string, change: AnnouncedChange): SessionNotification[] {
    return this.hooks.flatMap((hook) => hook.metadataNotifications?.(sessionId, change) ?? []);
  }

  feedbackNotifications(event: FeedbackEvent): SessionNotification[] {
    return this.hooks.flatMap((hook) => hook.feedbackNotifications?.(event) ?? []);
  }

  afterMetadata(event: MetadataEvent): void {
    for (const hook of this.hooks) this.#after(async () => hook.afterMetadata?.(event));
  }

  afterFeedback(event: FeedbackEvent): void {
    for (const hook of this.hooks) this.#after(async () => hook.afterFeedback?.(event));
  }

  /** Not awaited, because the write has already decided the caller's answer. */
  #after(call: () => Promise<void>): void {
    call().catch((error: unknown) => {
      const code = error instanceof Error ? error.name : 'unknown';
      this.#logger.warn({ code }, 'Hook failed after a change of a session');
    });
  }
}
