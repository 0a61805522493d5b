import { applyDecorators, UsePipes } from '@nestjs/common';
import { EventPattern, MessagePattern } from '@nestjs/microservices';

import { SNS_SQS } from '../sns-sqs.constants.js';
import { HandlerName } from './handler-name.decorator.js';
import { PayloadPipe } from './payload.pipe.js';

/**
 * Options of `@OnEvent`, `@OnRequest` and `@OnBatch`.
 *
 * @example
 * `@OnEvent('order.placed', { name: 'billing.place' })`
 */
export interface HandlerOptions {
  /** As `@HandlerName` on the method. @defaultValue none: the handler is called `Controller.method` */
  readonly name?: string;
  /** The `transportId` of the server that takes it, where an application has several. @defaultValue SNS_SQS */
  readonly transport?: symbol;
}

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
export const OnEvent = (
  pattern: string | readonly string[],
  { name, transport = SNS_SQS }: HandlerOptions = {},
): MethodDecorator =>
  applyDecorators(
    EventPattern<string>(pattern as string, transport),
    UsePipes(PayloadPipe),
    ...named(name),
  );

/**
 * Answers requests of a pattern. Like Nest's `@MessagePattern`, and the
 * `@Payload()` is validated by its class.
 *
 * @example
 * `@OnRequest('order.total')`
 * total(`@Payload()` query: OrderTotalQuery): Promise<number> {}
 * @see https://docs.nestjs.com/microservices/basics#request-response
 */
export const OnRequest = (
  pattern: string | readonly string[],
  { name, transport = SNS_SQS }: HandlerOptions = {},
): MethodDecorator =>
  applyDecorators(
    MessagePattern<string>(pattern as string, transport),
    UsePipes(PayloadPipe),
    ...named(name),
  );

export const named = (name: string | undefined): MethodDecorator[] =>
  name === undefined ? [] : [HandlerName(name)];
