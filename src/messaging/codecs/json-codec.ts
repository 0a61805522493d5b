import { isJsonObject } from '../../common/objects.js';
import type { MessageAttribute } from '../../transport/codec/index.js';

/** Attributes for the fields that are non-empty texts, because SNS refuses empty ones. */
export function textAttributes<T extends object>(
  value: T,
  fields: readonly (string & keyof T)[],
): Record<string, MessageAttribute> {
  const attributes: Record<string, MessageAttribute> = {};
  for (const field of fields) {
    const text: unknown = value[field];
    if (typeof text === 'string' && text !== '') {
      attributes[field] = { type: 'String', value: text };
    }
  }
  return attributes;
}

/** The correlation id of parsed JSON, if there is one. */
export function correlationIdOf(value: Record<string, unknown>): { correlationId?: string } {
  const id = value['correlation_id'];
  return typeof id === 'string' && id !== '' ? { correlationId: id } : {};
}

/** Whether a Result or Event has a timestamp: one with the same body is then a duplicate. */
export const isDated = (value: unknown): boolean =>
  isJsonObject(value) &&
  correlationIdOf(value).correlationId !== undefined &&
  typeof value['timestamp'] === 'string';
