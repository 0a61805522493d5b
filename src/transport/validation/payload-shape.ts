import type { Type } from '@nestjs/common';
import type { StandardSchemaV1 } from '@standard-schema/spec';
import { isObject } from '../../common/objects.js';

/**
 * What a payload is checked by: a class with decorators of class-validator, or any Standard Schema, such as one of zod
 * or valibot.
 *
 * @see https://standardschema.dev
 */
export type PayloadShape<T = unknown> = Type<T> | StandardSchemaV1<unknown, T>;

const STANDARD = '~standard';

/** Some libraries make their schemas functions, so that a class is what has no such property. */
export const isStandardSchema = (shape: unknown): shape is StandardSchemaV1 =>
  (isObject(shape) || typeof shape === 'function') && STANDARD in shape;

/** Neither: such as the value of an import that went wrong. */
export const isShape = (shape: unknown): shape is PayloadShape =>
  isStandardSchema(shape) || typeof shape === 'function';
