import { ServiceUnavailableException } from '@nestjs/common';
import { messageGroupOf } from '../../../transport/record/message-group.js';
import { messageEntry, type OutboxEntry } from '../../../platform/outbox/index.js';
import type { SessionDocument } from '../session.document.js';
import { MAX_WAITING_BYTES } from '../sessions.constants.js';
import type { SessionNotification } from './session-hooks.js';

/**
 * The outbox entries of a session's notifications.
 *
 * @throws {ServiceUnavailableException} if too many bytes already wait, because documents are limited in size.
 */
export function entriesOf(
  { _id, outbox = [], outbox_parked = [] }: Partial<SessionDocument> & Pick<SessionDocument, '_id'>,
  notifications: readonly SessionNotification[],
): OutboxEntry[] {
  if (notifications.length === 0) return [];
  const waiting = [...outbox, ...outbox_parked].reduce((sum, { data }) => sum + data.length, 0);
  if (waiting > MAX_WAITING_BYTES) {
    throw new ServiceUnavailableException(
      'Too many notifications of the session wait to be sent. Try again later',
    );
  }
  return notifications.map(({ channel, pattern, data, fifo }) =>
    messageEntry(pattern, data, { key: channel, ...(fifo && { group: messageGroupOf(_id) }) }),
  );
}
