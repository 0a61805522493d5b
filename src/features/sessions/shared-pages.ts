import { Injectable } from '@nestjs/common';
import { MessagePages } from './messages/message-pages.js';
import type { PageRef } from './session.document.js';
import { SessionsRepository } from './sessions.repository.js';

/**
 * A session and its forks share pages of messages. A page is deleted once no session of
 * the family can refer to it: a fork that is being made at the same time finds its
 * parent changed or gone, and begins again.
 */
@Injectable()
export class SharedPages {
  constructor(
    private readonly sessions: SessionsRepository,
    private readonly pages: MessagePages,
  ) {}

  /** After a session ceased to refer to a page: deletes it unless another may refer to it. */
  async release(sessionId: string, page: PageRef): Promise<void> {
    const session = await this.sessions.find(sessionId, { family: 1 });
    if (session?.family === undefined) return;
    if ((await this.sessions.countFamily(session.family)) === 1) await this.pages.delete([page]);
  }

  /** After a session was removed: deletes the pages of a family that has no session any more. */
  async left(family: string): Promise<void> {
    if ((await this.sessions.countFamily(family)) === 0) await this.pages.deleteFamily(family);
  }
}
