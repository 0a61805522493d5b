import { applyDecorators } from '@nestjs/common';
import { EventPattern } from '@nestjs/microservices';

import type { BatchOptions } from './batch.options.js';
import { RUN_OPTIONS } from './run-options.js';
import { SNS_SQS } from '../sns-sqs.constants.js';
import type { PayloadShape } from '../validation/payload-shape.js';
import { SchemaPipe } from './schema.pipe.js';
import { named, type HandlerOptions } from './on-event.decorator.js';

/**
 * Handles events of a pattern in batches: the `@Payload()` is an array, and the `@Ctx()` a `SnsSqsBatchContext`. When
 * the handler returns, every message that it did not fail by `context.fail(index, error)` is acknowledged; when it
 * throws, all of them have failed. Guards, interceptors, pipes and filters run once for the batch. It must be the only
 * handler of its pattern; the start checks this.
 *
 * @example
 * `@OnBatch('order.placed', { items: OrderPlaced, maxMessages: 50 })`
 * placed(`@Payload()` orders: OrderPlaced[], `@Ctx()` context: SnsSqsBatchContext): Promise<void> {}
 * @see https://docs.nestjs.com/microservices/basics#event-based
 */
export const OnBatch = (
  pattern: string | readonly string[],
  {
    name,
    transport = SNS_SQS,
    timeoutMs,
    retry,
    schema,
    ...batch
  }: BatchOptions & HandlerOptions = {},
): MethodDecorator =>
  applyDecorators(
    EventPattern<string>(pattern as string, transport, {
      [RUN_OPTIONS]: { batch: checkedBy(schema, batch), timeoutMs, retry },
    }),
    ...named(name),
  );

const checkedBy = (schema: PayloadShape | undefined, batch: BatchOptions): BatchOptions =>
  schema === undefined ? batch : { itemPipe: new SchemaPipe(schema), ...batch };
