import { Injectable, type ArgumentMetadata, type PipeTransform } from '@nestjs/common';

import { isShape, isStandardSchema, type PayloadShape } from '../validation/payload-shape.js';
import { validBySchema } from '../validation/validate-by-schema.js';
import { PayloadPipe } from './payload.pipe.js';

const BY_CLASS = new PayloadPipe();

/**
 * Validates a payload by a Standard Schema, such as one of zod or valibot, or by a class. It needs no decorator
 * metadata, so it works with builds such as esbuild's. The handler gets the schema's output.
 *
 * `@OnEvent`, `@OnRequest` and `@OnBatch` use it for their option `schema`.
 *
 * A payload has at most 1 000 000 values and 1 000 levels of nesting; for a class the other bounds of `PayloadPipe` hold
 * as well.
 *
 * @throws TypeError for a shape that is neither a class nor a Standard Schema. A payload that does not fit is a
 * ValidationFailedError with the first 100 violations, and is dead-lettered.
 * @example
 * `@OnEvent('order.placed', { schema: z.object({ id: z.string() }) })`
 * @see https://standardschema.dev
 */
@Injectable()
export class SchemaPipe<T = unknown> implements PipeTransform {
  constructor(
    /** Validates the payloads. */
    readonly shape: PayloadShape<T>,
  ) {
    if (!isShape(shape))
      throw new TypeError(
        `The schema of a payload is ${shape === null ? 'null' : typeof shape}, and must be a class or a Standard Schema, as zod and valibot make them`,
      );
  }

  /**
   * Called by Nest for each parameter of a handler; only the payload is looked at.
   *
   * @throws ValidationFailedError when it does not fit.
   */
  async transform(value: unknown, { type }: Pick<ArgumentMetadata, 'type'>): Promise<unknown> {
    return type === 'body' ? this.validate(value) : value;
  }

  /**
   * Validates a payload and returns the shape's output, for use without Nest.
   *
   * @throws ValidationFailedError when it does not fit.
   */
  async validate(payload: unknown): Promise<T> {
    const { shape } = this;
    if (isStandardSchema(shape)) return validBySchema<T>(shape, payload);
    return (await BY_CLASS.transform(payload, { type: 'body', metatype: shape })) as T;
  }
}
