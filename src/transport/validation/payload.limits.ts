/** Values of one payload, nested ones included; a message of 1 MiB cannot hold as many. */
export const MAX_PAYLOAD_VALUES = 1_000_000;
/**
 * Keys of one object in a payload that becomes a class; several objects together may take as long as one with this
 * many. class-transformer compares each key of an object with every other, and 90 000 of them, which fit into 1 MiB,
 * took many seconds.
 */
export const MAX_PAYLOAD_KEYS = 10_000;
/** Levels of nesting in a payload that becomes a class; class-transformer and class-validator recurse. */
export const MAX_PAYLOAD_DEPTH = 1000;
/**
 * Checks of one payload: for each object of a class, its decorators and one for itself. class-validator records every
 * check before it evaluates any, which takes a microsecond and a kilobyte each.
 */
export const MAX_PAYLOAD_CHECKS = 100_000;
/** Payloads with up to this many values are validated at once. */
export const MAX_LIGHT_VALUES = 2000;
/** Values of larger payloads that are validated concurrently; a payload with more is validated alone. */
export const MAX_VALUES_AT_ONCE = 100_000;
/** Memory of one value as an instance, including class-validator's records. */
export const BYTES_A_VALUE = 1024;
