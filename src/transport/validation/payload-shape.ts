import type { Type } from '@nestjs/common';
import type { StandardSchemaV1 } from '@standard-schema/spec';
import { isObject } from '../../common/objects.js';

/**
 * Validates a payload: a class with class-validator decorators, or any Standard Schema, such as one of zod or valibot.
 *
 * @see https://standardschema.dev
 */
export type PayloadShape<T = unknown> = Type<T> | StandardSchemaV1<unknown, T>;

const STANDARD = '~standard';

/** Some libraries' schemas are functions, so a class is a function without this property. */
export const isStandardSchema = (shape: unknown): shape is StandardSchemaV1 =>
  (isObject(shape) || typeof shape === 'function') && STANDARD in shape;

/** False for any other value, such as that of a broken import. */
export const isShape = (shape: unknown): shape is PayloadShape =>
  isStandardSchema(shape) || typeof shape === 'function';
