import type { Type } from '@nestjs/common';
import { Command, DataReference, Event, ExecutionRecord, Result } from '../../protocol/index.js';

/** Required fields of classes whose other fields have defaults. */
export const REQUIRED_FIELDS: ReadonlyMap<Type, readonly string[]> = new Map<
  Type,
  readonly string[]
>([
  [Command, ['type', 'action']],
  [Result, ['status', 'correlation_id']],
  [Event, ['type']],
  [DataReference, ['ref_type', 'location']],
  [ExecutionRecord, ['execution_type']],
]);
