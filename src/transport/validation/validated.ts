import { isObject } from '../../common/objects.js';

const validated = new WeakSet();

/** Marks an instance that a pipe before PayloadPipe has already validated, so that it is not validated again. */
export function markValidated<T extends object>(instance: T): T {
  validated.add(instance);
  return instance;
}

/** Whether a pipe has validated the instance. One made by a codec is not validated. */
export const isValidated = (value: unknown): boolean => isObject(value) && validated.has(value);
