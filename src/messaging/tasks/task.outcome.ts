import { plainToInstance } from 'class-transformer';
import type { PayloadClass } from '../event-bus/index.js';
import { ApplicationError } from './application.error.js';
import type { TaskOptions } from './task.options.js';
import { MAX_DETAIL_LENGTH } from './tasks.constants.js';

/** The success event of an instance, with only the fields that its class exposes. */
export const successPayload = ({ success }: TaskOptions, instance: object): object =>
  built(success, plainOf(instance));

/** The failure event of an instance, from the task's error. */
export function failurePayload({ failure }: TaskOptions, id: string, error: unknown): object {
  const known = error instanceof ApplicationError;
  return built(failure, {
    code: known ? error.code : 'UNKNOWN_ERROR',
    data: { id },
    detail: detailOf(error),
    origin: known ? 'application' : 'unknown',
  });
}

/** For a mongoose document, its fields and virtuals. */
const plainOf = (instance: object & { readonly toObject?: unknown }): object =>
  typeof instance.toObject === 'function'
    ? ((instance as Convertible).toObject({ virtuals: true }) as object)
    : instance;

interface Convertible {
  toObject(options: { readonly virtuals: boolean }): unknown;
}

const built = (type: PayloadClass, from: object): object =>
  plainToInstance(type as new () => object, from, { excludeExtraneousValues: true });

function detailOf(error: unknown): string {
  const text = error instanceof Error ? error.message || error.name : String(error);
  return text.slice(0, MAX_DETAIL_LENGTH);
}
