/** Values of one payload, those inside of others included: more than a message of 1 MiB has room for. */
export const MAX_PAYLOAD_VALUES = 1_000_000;
/**
 * Keys of one object in a payload that becomes a class, and of several as many as take no longer: class-transformer
 * compares each key of an object with every other, and 90 000 of them, which fit 1 MiB, took many seconds.
 */
export const MAX_PAYLOAD_KEYS = 10_000;
/** Levels of nesting in a payload that becomes a class; class-transformer and class-validator recurse. */
export const MAX_PAYLOAD_DEPTH = 1000;
/**
 * Checks of one payload: for each object of a class, its decorators and one for itself. class-validator notes down
 * every check before it knows of a fault, which takes a microsecond and a kilobyte each.
 */
export const MAX_PAYLOAD_CHECKS = 100_000;
/** Values of a payload that is validated at once, without a wait. */
export const MAX_LIGHT_VALUES = 2000;
/** Values of the larger payloads that are validated side by side; one that is larger still is validated alone. */
export const MAX_VALUES_AT_ONCE = 100_000;
/** What one takes as an instance, with what class-validator notes down of it. */
export const BYTES_A_VALUE = 1024;
