import { instanceToPlain, plainToInstance, type ClassConstructor } from 'class-transformer';
import { validate } from 'class-validator';
import { setImmediate as nextTurn } from 'node:timers/promises';

import { violationsOf } from '../errors/violations.js';
import { isObject } from '../../common/objects.js';
import { ByteBudget } from '../../aws/byte-budget.js';
import { checksOf } from './class-checks.js';
import { valuesOf } from './check-values.js';
import { findTooMuchWork } from './check-work.js';
import { BYTES_A_VALUE, MAX_LIGHT_VALUES, MAX_VALUES_AT_ONCE } from './payload.limits.js';
import { attempt, payloadErrorFor, type ToError } from './payload.error.js';

/** Memory of all instances being validated, including class-validator's records. */
const heavy = new ByteBudget(MAX_VALUES_AT_ONCE * BYTES_A_VALUE);

/**
 * Makes a payload an instance of its class.
 *
 * @throws the result of `toError` for a payload that class-transformer cannot read.
 */
export function instantiate<T extends object>(
  target: ClassConstructor<T>,
  payload: object,
  toError: ToError,
): T {
  countValues(payload, toError);
  return attempt(() => plainToInstance(target, payload), toError);
}

/**
 * Makes a payload a valid instance of its class. Large payloads wait for each other, and yield to the event loop.
 *
 * @throws the result of `toError` for a payload that does not fit; the error of an asynchronous validator.
 */
export async function validInstance<T extends object>(
  target: ClassConstructor<T>,
  payload: object,
  toError: ToError,
): Promise<T> {
  const values = countValues(payload, toError);
  if (values <= MAX_LIGHT_VALUES) return validated(target, payload, toError);
  const share = await heavy.take(values * BYTES_A_VALUE);
  try {
    await nextTurn();
    return await validated(target, payload, toError);
  } finally {
    share.release();
  }
}

/**
 * @throws the result of `toError` for more than MAX_PAYLOAD_CHECKS checks, and for a list longer than its
 * `@ArrayMaxSize`.
 */
export function refuseTooMuchWork(instance: object, toError: ToError): void {
  const fault = findTooMuchWork(instance);
  if (fault) throw toError([fault]);
}

/**
 * Runs before a pipe without limits of its own, such as Nest's ValidationPipe.
 *
 * @throws ValidationFailedError for a payload over PayloadPipe's limits.
 */
export function assertBounded(target: ClassConstructor<object>, payload: unknown): void {
  if (!isObject(payload)) return;
  const toError = payloadError(target);
  countValues(payload, toError);
  if (checksOf(target).growing.length === 0) return;
  // Copied, because class-transformer removes discriminators from its input.
  refuseTooMuchWork(instantiate(target, structuredClone(payload), toError), toError);
}

function countValues(payload: object, toError: ToError): number {
  const counted = valuesOf(payload);
  if ('fault' in counted) throw toError([counted.fault]);
  return counted.values;
}

async function validated<T extends object>(
  target: ClassConstructor<T>,
  payload: object,
  toError: ToError,
): Promise<T> {
  const instance = attempt(() => plainToInstance(target, payload), toError);
  // For a class without checks every field is unknown, and would be dropped.
  if (checksOf(target).count === 0) return instance;
  refuseTooMuchWork(instance, toError);
  // An error thrown at once is the payload's fault; a later rejection may come from a service that a validator called.
  const errors = await attempt(
    () => validate(instance, { whitelist: true, forbidUnknownValues: false }),
    toError,
  );
  const violations = violationsOf(errors);
  if (violations.length > 0) throw toError(violations);
  return instance;
}

/** Names the class and the first violations. */
export const payloadError = ({ name }: ClassConstructor<object>): ToError => payloadErrorFor(name);

/** Whether class-validator checks anything of a class's instances. */
export const hasChecks = (target: unknown): boolean => checksOf(target).count > 0;

/** An instance in its written form, according to its decorators: dates, nested classes and `@Expose`. */
export const plainOf = (instance: object): unknown => instanceToPlain(instance);
