import { isObject } from '../../common/objects.js';

const validated = new WeakSet();

/** Notes that a pipe before PayloadPipe has made and validated an instance, so that it is not done again. */
export function markValidated<T extends object>(instance: T): T {
  validated.add(instance);
  return instance;
}

/** Whether a pipe has validated it. An instance that a codec has made is not. */
export const isValidated = (value: unknown): boolean => isObject(value) && validated.has(value);
