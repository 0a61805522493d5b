import { Injectable, type ArgumentMetadata, type PipeTransform } from '@nestjs/common';
import type { ClassConstructor } from 'class-transformer';

import { isJsonObject } from '../../common/objects.js';
import { ValidationFailedError } from '../errors/index.js';
import { loadValidation } from '../validation/load-validation.js';
import { isValidated } from '../validation/validated.js';

/** Built-in classes, which Nest's ValidationPipe does not validate either: Date, BigInt, Map, Buffer and so on. */
const isBuiltIn = (metatype: Function): boolean =>
  Reflect.get(globalThis, metatype.name) === metatype;

/**
 * Turns a payload into its class and validates it. Unknown fields are dropped. A parameter typed by an interface or a
 * plain type is passed on unchanged, and a class without any check keeps all its fields.
 *
 * `@OnEvent` and `@OnRequest` apply it, and `@OnBatch` does for each item; with Nest's own decorators, add it yourself.
 *
 * The work is bounded, because a message of 1 MiB could otherwise take seconds and a gigabyte: a payload has at most 1
 * 000 000 values, 10 000 keys in an object, 1 000 levels of nesting and 100 000 checks (for each object of a class, its
 * decorators and one for itself). A list longer than its `@ArrayMaxSize` is refused before its items are checked.
 *
 * @throws ValidationFailedError with the first 100 violations. The message is dead-lettered, because it would never fit
 * its class. So is one that class-transformer cannot read, such as an object with a key `constructor`.
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
    if (type !== 'body' || !metatype || isBuiltIn(metatype)) return value;
    if (isValidated(value)) return value;
    const target = metatype as ClassConstructor<object>;
    if (!isJsonObject(value)) {
      throw new ValidationFailedError(`The payload must be an object that fits ${target.name}`, []);
    }
    const { validInstance, payloadError } = await loadValidation();
    return validInstance(target, value, payloadError(target));
  }
}
