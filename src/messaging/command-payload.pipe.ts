import { Injectable, type ArgumentMetadata, type PipeTransform } from '@nestjs/common';
import { plainToInstance, Transform } from 'class-transformer';
import { getMetadataStorage, validateSync } from 'class-validator';
import {
  invalidFieldsError,
  missingFields,
  missingFieldsError,
  violationsOf,
  type JsonObject,
} from '../protocol/index.js';

type PayloadClass = new () => object;

/**
 * Turns a Command's payload into the class of the handler's parameter.
 *
 * @throws {ValidationFailedError} `Missing required fields: container, path`, else
 * each field and its problem.
 */
@Injectable()
export class CommandPayloadPipe implements PipeTransform<JsonObject, object> {
  readonly #required = new Map<PayloadClass, readonly string[]>();

  transform(payload: JsonObject, { metatype }: ArgumentMetadata): object {
    if (!isPayloadClass(metatype)) return payload;
    const missing = missingFields(payload, this.#requiredOf(metatype));
    if (missing.length > 0) throw missingFieldsError(missing);
    const instance = plainToInstance(metatype, payload);
    const violations = violationsOf(validateSync(instance, { whitelist: true }));
    if (violations.length > 0) throw invalidFieldsError(violations);
    return instance;
  }

  /** In the order the class declares them, which is the order the error names them in. */
  #requiredOf(type: PayloadClass): readonly string[] {
    const known = this.#required.get(type);
    if (known !== undefined) return known;
    const metadata = getMetadataStorage().getTargetValidationMetadatas(type, '', false, false);
    const conditional = new Set(
      metadata
        .filter((one) => one.type === 'conditionalValidation')
        .map(({ propertyName }) => propertyName),
    );
    const fields = new Set(metadata.map(({ propertyName }) => propertyName));
    const required = [...fields].filter((field) => !conditional.has(field));
    this.#required.set(type, required);
    return required;
  }
}

/**
 * For a free-form field of a payload class: class-transformer would copy it and
 * lose keys such as `constructor` on the way.
 */
export const AsGiven = (): PropertyDecorator =>
  Transform(({ obj, key }: { obj: JsonObject; key: string }) =>
    Object.hasOwn(obj, key) ? obj[key] : undefined,
  );

const isPayloadClass = (metatype: unknown): metatype is PayloadClass =>
  typeof metatype === 'function' && metatype !== Object;
