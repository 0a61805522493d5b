import type { Type } from '@nestjs/common';

import { isObject } from '../../common/objects.js';
import { ValidationFailedError } from '../index.js';
import { SchemaPipe } from '../decorators/schema.pipe.js';
import { wireJson } from '../codec/index.js';
import type { PayloadShape } from '../validation/payload-shape.js';
import { loadValidation } from '../validation/load-validation.js';

/**
 * Writes an event as JSON, and validates it as its consumers will read it, before it is sent.
 *
 * @param schema validates the event instead of its own class.
 * @throws ValidationFailedError for an event that does not fit, is no instance of a class with checks, or cannot be
 * written as JSON.
 */
export async function writeEvent(
  topic: string,
  event: unknown,
  schema: PayloadShape | undefined,
): Promise<string> {
  if (schema !== undefined)
    return checked(
      schema,
      inJson(topic, () => event),
    );
  const { hasChecks, plainOf } = await loadValidation();
  const type = classOf(event);
  if (!type || !hasChecks(type))
    throw new ValidationFailedError(
      `The event for topic "${topic}" is not an instance of a class with decorators of class-validator. Publish one, or give its schema.`,
      [],
    );
  return checked(
    type,
    inJson(topic, () => plainOf(event as object)),
  );
}

async function checked(shape: PayloadShape, json: string): Promise<string> {
  await new SchemaPipe(shape).validate(JSON.parse(json));
  return json;
}

function classOf(event: unknown): Type | undefined {
  if (!isObject(event)) return undefined;
  const prototype = Object.getPrototypeOf(event) as object | null;
  const type: unknown = prototype && Reflect.get(prototype, 'constructor');
  return typeof type === 'function' ? (type as Type) : undefined;
}

/** A circular value or a bigint has no JSON. */
function inJson(topic: string, plain: () => unknown): string {
  try {
    return wireJson(plain());
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ValidationFailedError(
      `The event for topic "${topic}" cannot be written as JSON: ${reason}`,
      [],
      { cause },
    );
  }
}
