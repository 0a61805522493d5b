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

/** What the instances of payloads hold between them, and what class-validator notes down of them. */
const heavy = new ByteBudget(MAX_VALUES_AT_ONCE * BYTES_A_VALUE);

/**
 * Makes a payload an instance of its class.
 *
 * @throws what `toError` makes of a payload that class-transformer cannot read: that is so at every attempt.
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
 * Makes a payload a valid instance of its class. Large ones wait for each other, and for the event loop.
 *
 * @throws what `toError` makes of what does not fit; what an asynchronous validator rejects with.
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

/** @throws what `toError` makes of more than MAX_PAYLOAD_CHECKS, and of a list past its `@ArrayMaxSize`. */
export function refuseTooMuchWork(instance: object, toError: ToError): void {
  const fault = findTooMuchWork(instance);
  if (fault) throw toError([fault]);
}

/**
 * Stands before a pipe that has no bounds of its own, such as Nest's ValidationPipe.
 *
 * @throws ValidationFailedError for a payload that PayloadPipe would not even try.
 */
export function assertBounded(target: ClassConstructor<object>, payload: unknown): void {
  if (!isObject(payload)) return;
  const toError = payloadError(target);
  countValues(payload, toError);
  if (checksOf(target).growing.length === 0) return;
  // A copy, as class-transformer takes discriminators out of what it reads.
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
  // Without checks every field is unknown, and would be dropped.
  if (checksOf(target).count === 0) return instance;
  refuseTooMuchWork(instance, toError);
  // What is thrown at once comes of the payload alone; what is rejected later may come of whatever a validator asked.
  const errors = await attempt(
    () => validate(instance, { whitelist: true, forbidUnknownValues: false }),
    toError,
  );
  const violations = violationsOf(errors);
  if (violations.length > 0) throw toError(violations);
  return instance;
}

/** Names the class, and the first violations in words. */
export const payloadError = ({ name }: ClassConstructor<object>): ToError => payloadErrorFor(name);

/** Whether class-validator checks anything of a class's instances. */
export const hasChecks = (target: unknown): boolean => checksOf(target).count > 0;

/** An instance as it is written: dates, nested classes and `@Expose` as its decorators say. */
export const plainOf = (instance: object): unknown => instanceToPlain(instance);
