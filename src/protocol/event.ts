import { randomUUID } from 'node:crypto';
import type { Command } from './command.js';
import { IsJsonObject, IsLabel, IsName, IsNullable, IsTime } from './decorators.js';
import type { JsonObject } from './json.js';
import { parse, type Shape } from './parse.js';
import { utcNow } from './time.js';

export interface EventInit {
  type: string;
  /** Default {}. */
  payload?: JsonObject;
  /** Default a new UUIDv4. */
  correlation_id?: string;
  /** Default now. */
  timestamp?: string;
  /** Default null. */
  source?: string | null;
}

/**
 * A change that happened, for all subscribers.
 *
 * @example
 * new Event({ type: 'storage.object_created', payload: { container: 'raw', path: 'a' } });
 */
export class Event {
  /** Such as `storage.object_created`. */
  @IsName() type: string;
  @IsJsonObject() payload: JsonObject;
  /** The correlation id of the Command that caused it; never empty. */
  @IsName() correlation_id: string;
  @IsTime() timestamp: string;
  @IsNullable() @IsLabel() source: string | null;

  constructor(init: EventInit) {
    this.type = init?.type;
    this.payload = init?.payload === undefined ? {} : init.payload;
    this.correlation_id = init?.correlation_id === undefined ? randomUUID() : init.correlation_id;
    this.timestamp = init?.timestamp === undefined ? utcNow() : init.timestamp;
    this.source = init?.source ?? null;
  }
}

/**
 * An Event that a Command caused: with its correlation id, and `<type>-handler` as its source.
 *
 * @param type such as `storage.object_created`.
 * @example
 * eventOf(command, 'storage.object_deleted', { container, path });
 */
export const eventOf = (
  command: Pick<Command, 'type' | 'correlation_id'>,
  type: string,
  payload: JsonObject,
): Event =>
  new Event({
    type,
    payload,
    correlation_id: command.correlation_id,
    source: `${command.type}-handler`,
  });

const shape: Shape<Event> = {
  type: Event,
  fields: ['type', 'payload', 'correlation_id', 'timestamp', 'source'],
  required: ['type'],
  json: ['payload'],
  times: ['timestamp'],
};

/** @throws {ValidationFailedError} when `value` is not an Event. */
export function parseEvent(value: unknown): Event {
  return parse(shape, value, 'Event');
}
