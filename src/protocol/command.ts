import { randomUUID } from 'node:crypto';
import { IsJsonObject, IsLabel, IsName, IsNullable, IsTime } from './decorators.js';
import type { JsonObject } from './json.js';
import { parse, type Shape } from './parse.js';
import { utcNow } from './time.js';

export interface CommandInit {
  type: string;
  action: string;
  /** Default {}. */
  payload?: JsonObject;
  /** Default a new UUIDv4. */
  correlation_id?: string;
  /** Default null. */
  job_id?: string | null;
  /** Default null. */
  step_id?: string | null;
  /** Default {}. */
  metadata?: JsonObject;
  /** Default now. */
  timestamp?: string;
}

/**
 * A request to one of the handlers.
 *
 * @example
 * new Command({ type: 'storage', action: 'get_object', payload: { container: 'raw', path: 'a' } });
 */
export class Command {
  /** storage, query, transform, registry, or any other name. */
  @IsName() type: string;
  @IsName() action: string;
  @IsJsonObject() payload: JsonObject;
  /** Copied to all Results, Events and records that the Command causes; never empty. */
  @IsName() correlation_id: string;
  @IsNullable() @IsLabel() job_id: string | null;
  @IsNullable() @IsLabel() step_id: string | null;
  @IsJsonObject() metadata: JsonObject;
  @IsTime() timestamp: string;

  constructor(init: CommandInit) {
    this.type = init?.type;
    this.action = init?.action;
    this.payload = init?.payload === undefined ? {} : init.payload;
    this.correlation_id = init?.correlation_id === undefined ? randomUUID() : init.correlation_id;
    this.job_id = init?.job_id ?? null;
    this.step_id = init?.step_id ?? null;
    this.metadata = init?.metadata === undefined ? {} : init.metadata;
    this.timestamp = init?.timestamp === undefined ? utcNow() : init.timestamp;
  }
}

const shape: Shape<Command> = {
  type: Command,
  fields: [
    'type',
    'action',
    'payload',
    'correlation_id',
    'job_id',
    'step_id',
    'metadata',
    'timestamp',
  ],
  required: ['type', 'action'],
  json: ['payload', 'metadata'],
  times: ['timestamp'],
};

/**
 * Reads a Command from parsed JSON, fills in its defaults, drops unknown fields.
 *
 * @throws {ValidationFailedError} `Missing required field: action`, or each field and its problem.
 */
export function parseCommand(value: unknown): Command {
  return parse(shape, value, 'Command');
}
