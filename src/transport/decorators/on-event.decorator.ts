import { applyDecorators, UsePipes } from '@nestjs/common';
import { EventPattern, MessagePattern } from '@nestjs/microservices';

import { PayloadPipe } from './payload.pipe.js';

/**
 * Handles events of a pattern. Like Nest's `@EventPattern`, whose check of
 * literal patterns refuses a typed second parameter since Nest 12 (TS1241), and
 * the `@Payload()` is validated by its class.
 *
 * @example
 * `@OnEvent('order.placed')`
 * place(`@Payload()` order: OrderPlaced, `@Ctx()` context: SnsSqsContext): Promise<void> {}
 * @see https://docs.nestjs.com/microservices/basics#event-based
 */
export const OnEvent = (pattern: string): MethodDecorator =>
  applyDecorators(EventPattern<string>(pattern), UsePipes(PayloadPipe));

/**
 * Answers requests of a pattern. Like Nest's `@MessagePattern`, and the
 * `@Payload()` is validated by its class.
 *
 * @example
 * `@OnRequest('order.total')`
 * total(`@Payload()` query: OrderTotalQuery): Promise<number> {}
 * @see https://docs.nestjs.com/microservices/basics#request-response
 */
export const OnRequest = (pattern: string): MethodDecorator =>
  applyDecorators(MessagePattern(pattern), UsePipes(PayloadPipe));
