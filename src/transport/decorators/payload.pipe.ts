import { Injectable, type ArgumentMetadata, type PipeTransform } from '@nestjs/common';
import { plainToInstance, type ClassConstructor } from 'class-transformer';
import { getMetadataStorage, validate, type ValidationError } from 'class-validator';

import { ValidationFailedError, type Violation } from '../errors/index.js';

const UNCHECKED: readonly unknown[] = [undefined, Object, Array, String, Number, Boolean, Promise];

/**
 * Turns a payload into its class and validates it. Unknown fields are dropped.
 * A parameter typed by an interface or a plain type is passed on as it is, and
 * a class without any check keeps all its fields.
 *
 * `@OnEvent` and `@OnRequest` bring it along, and `@OnBatch` for each item; Nest's own decorators need it named.
 *
 * @throws ValidationFailedError with every violation; a message that does not fit its class never will, so it is dead-lettered.
 * @example
 * `@EventPattern('order.placed')`
 * `@UsePipes(PayloadPipe)`
 * place(`@Payload()` order: OrderPlaced): Promise<void> {}
 * @see https://docs.nestjs.com/microservices/pipes
 */
@Injectable()
export class PayloadPipe implements PipeTransform {
  /**
   * Called by Nest for each parameter of a handler; only the payload is looked at.
   *
   * @throws ValidationFailedError when it does not fit.
   */
  async transform(value: unknown, { type, metatype }: ArgumentMetadata): Promise<unknown> {
    if (type !== 'body' || UNCHECKED.includes(metatype)) return value;
    const target = metatype as ClassConstructor<object>;
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw new ValidationFailedError(`The payload must be an object that fits ${target.name}`, []);
    }
    const instance = plainToInstance(target, value);
    // Without checks every field is unknown, and would be dropped.
    if (!declaresChecks(target)) return instance;
    const violations = violationsOf(
      await validate(instance, { whitelist: true, forbidUnknownValues: false }),
    );
    if (violations.length > 0) {
      const text = violations.map(({ field, message }) => `${field}: ${message}`).join('; ');
      throw new ValidationFailedError(
        `The payload does not fit ${target.name}: ${text}`,
        violations,
      );
    }
    return instance;
  }
}

const declaresChecks = (target: ClassConstructor<object>): boolean =>
  getMetadataStorage().getTargetValidationMetadatas(target, '', false, false).length > 0;

/** class-validator's tree as a list of field paths. */
function violationsOf(errors: readonly ValidationError[], path = ''): Violation[] {
  return errors.flatMap(({ property, constraints = {}, children = [] }) => {
    const field = `${path}${property}`;
    return [
      ...Object.values(constraints).map((message) => ({ field, message })),
      ...violationsOf(children, `${field}.`),
    ];
  });
}
