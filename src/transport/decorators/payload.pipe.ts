import { Injectable, type ArgumentMetadata, type PipeTransform } from '@nestjs/common';
import type { ClassConstructor } from 'class-transformer';

import { isJsonObject } from '../../common/objects.js';
import { ValidationFailedError } from '../errors/index.js';
import { loadValidation } from '../validation/load-validation.js';
import { isValidated } from '../validation/validated.js';

/** Classes of the platform, as Nest's own ValidationPipe leaves them alone: Date, BigInt, Map, Buffer and so on. */
const isBuiltIn = (metatype: Function): boolean =>
  Reflect.get(globalThis, metatype.name) === metatype;

/**
 * EventLoopYield a payload into its class and validates it. Unknown fields are dropped.
 * A parameter typed by an interface or a plain type is passed on as it is, and
 * a class without any check keeps all its fields.
 *
 * `@OnEvent` and `@OnRequest` bring it along, and `@OnBatch` for each item; Nest's own decorators need it named.
 *
 * The work is bounded before it is begun, as a message of 1 MiB could otherwise take seconds and a gigabyte: a payload
 * has at most 1 000 000 values, 10 000 keys in an object, 1 000 levels of nesting and 100 000 checks (for each object of
 * a class, its decorators and one for itself). A list that is longer than its `@ArrayMaxSize` is refused without a look at its items.
 *
 * @throws ValidationFailedError with the first 100 violations; a message that does not fit its class never will, so it
 * is dead-lettered. So is one that class-transformer cannot read, such as an object with a key `constructor`.
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
