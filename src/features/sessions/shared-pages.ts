import { Injectable } from '@nestjs/common';
import { MessagePages } from './messages/message-pages.js';
import type { PageRef } from './session.document.js';
import { SessionsRepository } from './sessions.repository.js';

/**
 * A session and its forks share pages of messages. A page is deleted once no session of the family can refer to it; a
 * fork being created at the same time finds its parent changed or deleted, and starts again.
 */
@Injectable()
export class SharedPages {
  constructor(
    private readonly sessions: SessionsRepository,
    private readonly pages: MessagePages,
  ) {}

  /** Called when a session no longer refers to a page: deletes it unless another session may refer to it. */
  async release(sessionId: string, page: PageRef): Promise<void> {
    const session = await this.sessions.find(sessionId, { family: 1 });
    if (session?.family === undefined) return;
    if ((await this.sessions.countFamily(session.family)) === 1) await this.pages.delete([page]);
  }

  /** Called when a session was deleted: deletes the pages of a family without sessions. */
  async left(family: string): Promise<void> {
    if ((await this.sessions.countFamily(family)) === 0) await this.pages.deleteFamily(family);
  }
}
