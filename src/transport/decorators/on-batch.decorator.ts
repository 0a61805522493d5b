import { EventPattern } from '@nestjs/microservices';

import type { BatchOptions } from '../server/handling/batch/batch.options.js';
import { TRANSPORT_ID } from '../sns-sqs.constants.js';

/**
 * Handles events of a pattern many at a time: the `@Payload()` is an array, and the `@Ctx()` a `SnsSqsBatchContext`.
 * When the handler ends, the messages it has not failed by `context.fail(index, error)` are acknowledged; when it
 * throws, all have failed. Guards, interceptors, pipes and filters of the handler see the batch, once.
 * It has to be the only handler of its pattern, which the start checks.
 *
 * @example
 * `@OnBatch('order.placed', { items: OrderPlaced, maxMessages: 50 })`
 * placed(`@Payload()` orders: OrderPlaced[], `@Ctx()` context: SnsSqsBatchContext): Promise<void> {}
 * @see https://docs.nestjs.com/microservices/basics#event-based
 */
export const OnBatch = (pattern: string, options: BatchOptions = {}): MethodDecorator =>
  // Named, so that other transports of a hybrid application do not call it with one message.
  EventPattern<string>(pattern, TRANSPORT_ID, { batch: options });
