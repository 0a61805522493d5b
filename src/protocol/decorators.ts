import {
  ArrayMaxSize,
  IsArray,
  IsInt,
  IsNotEmpty,
  IsObject,
  IsString,
  Matches,
  Max,
  MaxLength,
  Min,
  ValidateBy,
  ValidateIf,
} from 'class-validator';
import { MAX_NAME_LENGTH } from './protocol.constants.js';
import type { JsonObject } from './json.js';
import { isTime } from './time.js';

// The characters that SNS and SQS accept in an attribute, without control characters.
const ATTRIBUTE_TEXT = /^[\u0020-\u007e\u00a0-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]*$/u;

const all =
  (...decorators: PropertyDecorator[]): PropertyDecorator =>
  (target, key) => {
    for (const decorate of decorators) decorate(target, key);
  };

/** The `context` of a custom validator with its JSON Schema, for the documents of `weft schemas`. */
export const schemaOf = (schema: JsonObject): { readonly schema: JsonObject } => ({ schema });

/** A custom check with its error text and its JSON Schema. */
export const checkedBy = (
  name: string,
  validate: (value: unknown) => boolean,
  message: string,
  schema: JsonObject,
): PropertyDecorator =>
  ValidateBy({ name, validator: { validate } }, { message, context: schemaOf(schema) });

/** A text that may be empty, at most `maxLength` characters. */
export const IsText = (maxLength: number): PropertyDecorator =>
  all(
    MaxLength(maxLength, { message: `must be at most ${maxLength} characters long` }),
    IsString({ message: 'must be a string' }),
  );

/** A text without control characters that fits an SNS attribute; may be empty. */
export const IsLabel = (maxLength = MAX_NAME_LENGTH): PropertyDecorator =>
  all(
    Matches(ATTRIBUTE_TEXT, { message: 'must not contain control characters' }),
    IsText(maxLength),
  );

/** A required text that fits an SNS attribute. */
export const IsName = (maxLength = MAX_NAME_LENGTH): PropertyDecorator =>
  all(IsLabel(maxLength), IsNotEmpty({ message: 'must not be empty' }));

/** Applies the other decorators of the property only if it is not null. */
export const IsNullable = (): PropertyDecorator =>
  ValidateIf((_object, value: unknown) => value !== null);

/** A free-form JSON object. */
export const IsJsonObject = (): PropertyDecorator => IsObject({ message: 'must be an object' });

/** An integer of at least 0. */
export const IsCount = (): PropertyDecorator =>
  all(
    Max(Number.MAX_SAFE_INTEGER, { message: 'is too large' }),
    Min(0, { message: 'must not be negative' }),
    IsInt({ message: 'must be an integer' }),
  );

/** A list of at most `maxSize` entries. */
export const IsList = (maxSize: number): PropertyDecorator =>
  all(
    ArrayMaxSize(maxSize, { message: `must have at most ${maxSize} entries` }),
    IsArray({ message: 'must be a list' }),
  );

/** An ISO 8601 time with `Z` or an offset. */
export const IsTime = (): PropertyDecorator =>
  ValidateBy(
    { name: 'isTime', validator: { validate: isTime } },
    {
      message: 'must be an ISO 8601 time with Z or an offset',
      context: schemaOf({ type: 'string', format: 'date-time' }),
    },
  );
