import { messageEntry, type EntryOptions, type OutboxEntry } from '../platform/outbox/index.js';
import type { Event } from '../protocol/index.js';
import { eventPattern } from './messaging.patterns.js';

/**
 * An entry of the outbox that publishes an Event to the topic of Events.
 *
 * @example
 * await jobs.updateOne(filter, { $set: { status }, ...pushing(eventEntry(event)) });
 */
export const eventEntry = (event: Event, options?: EntryOptions): OutboxEntry =>
  messageEntry(eventPattern(event.type), event, { key: 'event', ...options });
