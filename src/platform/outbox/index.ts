export { DelayedMessages } from './delayed.messages.js';
export { MESSAGE_KIND, messageEntry, type MessageEntryOptions } from './message.publisher.js';
export {
  outboxEntry,
  pushing,
  withOutbox,
  WITHOUT_OUTBOX,
  type EntryOptions,
  type OutboxDocument,
  type OutboxEntry,
  type ParkedEntry,
} from './outbox.entry.js';
export type { PublishContext, PublishEntry } from './outbox.handlers.js';
export { OutboxHttpModule, OutboxModule } from './outbox.module.js';
export { Outbox, RELAY_OPTIONS, type OutboxBacklog, type ParkedInDocument } from './outbox.js';
export type { Outcome } from './publishing.js';
export type { RelayObserver, RelayOptions } from './relay.options.js';
export { systemTime, type OutboxTime } from './outbox.time.js';
