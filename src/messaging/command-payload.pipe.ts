import { Injectable, type ArgumentMetadata, type PipeTransform } from '@nestjs/common';
import { getMetadataStorage } from 'class-validator';
import {
  faultsOf,
  invalidFieldsError,
  missingFields,
  missingFieldsError,
  type JsonObject,
} from '../protocol/index.js';
import { attempt } from '../transport/validation/payload.error.js';
import { refuseTooMuchWork, instantiate } from '../transport/validation/validate-payload.js';

type PayloadClass = new () => object;

const NAMES_FIRST = new WeakSet<object>();

/**
 * Of several missing fields, the error names only the first, as other programs expect.
 *
 * @example
 * `@NamesFirstMissing()`
 * class CreateJobPayload {}
 */
export const NamesFirstMissing = (): ClassDecorator => (type) => void NAMES_FIRST.add(type);

interface PayloadFields {
  /** In the order the class declares them, which is the order an error names them in. */
  readonly required: readonly string[];
  /** Fields that are passed on unchanged. */
  readonly plain: readonly string[];
  /** Fields with their own class. */
  readonly nested: readonly string[];
}

/**
 * Reads a Command's payload into the class of the handler's parameter. Unknown fields are dropped. A field is required
 * unless it has `@IsOptional()`; one with `@ValidateNested()` and `@Type()` becomes that class, all others are passed
 * on unchanged, including free-form objects.
 *
 * @throws {ValidationFailedError} `Missing required fields: container, path`, else
 * each field and its problem.
 */
@Injectable()
export class CommandPayloadPipe implements PipeTransform<JsonObject, object> {
  readonly #fields = new Map<PayloadClass, PayloadFields>();

  transform(payload: JsonObject, { metatype }: ArgumentMetadata): object {
    if (!isPayloadClass(metatype)) return payload;
    const { required, plain, nested } = this.#fieldsOf(metatype);
    const missing = missingFields(payload, required);
    if (missing.length > 0) {
      throw missingFieldsError(NAMES_FIRST.has(metatype) ? missing.slice(0, 1) : missing);
    }
    const instance = Object.assign(
      new metatype(),
      pick(payload, plain),
      nested.length > 0 &&
        pick(instantiate(metatype, pick(payload, nested), invalidFieldsError), nested),
    );
    refuseTooMuchWork(instance, invalidFieldsError);
    const violations = attempt(() => faultsOf(instance), invalidFieldsError);
    if (violations.length > 0) throw invalidFieldsError(violations);
    return instance;
  }

  #fieldsOf(type: PayloadClass): PayloadFields {
    const known = this.#fields.get(type);
    if (known !== undefined) return known;
    const metadata = getMetadataStorage().getTargetValidationMetadatas(type, '', false, false);
    const named = (kind: string): Set<string> =>
      new Set(metadata.filter((one) => one.type === kind).map((one) => one.propertyName));
    const all = [...new Set(metadata.map(({ propertyName }) => propertyName))];
    const optional = named('conditionalValidation');
    const nested = named('nestedValidation');
    const fields: PayloadFields = {
      required: all.filter((field) => !optional.has(field)),
      plain: all.filter((field) => !nested.has(field)),
      nested: [...nested],
    };
    this.#fields.set(type, fields);
    return fields;
  }
}

function pick(value: object, fields: readonly string[]): JsonObject {
  const given = new Map(Object.entries(value));
  return Object.fromEntries(
    fields.filter((field) => given.has(field)).map((field) => [field, given.get(field)]),
  );
}

const isPayloadClass = (metatype: unknown): metatype is PayloadClass =>
  typeof metatype === 'function' && metatype !== Object;
