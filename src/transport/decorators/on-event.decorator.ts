import { applyDecorators, UsePipes, type PipeTransform } from '@nestjs/common';
import { EventPattern, MessagePattern } from '@nestjs/microservices';

import type { RetryOptions } from '../retry.options.js';
import { RUN_OPTIONS } from './run-options.js';
import { SNS_SQS } from '../sns-sqs.constants.js';
import { HandlerName } from './handler-name.decorator.js';
import type { PayloadShape } from '../validation/payload-shape.js';
import { PayloadPipe } from './payload.pipe.js';
import { SchemaPipe } from './schema.pipe.js';

/**
 * Options of `@OnEvent`, `@OnRequest` and `@OnBatch`.
 *
 * @example
 * `@OnEvent('order.placed', { name: 'billing.place' })`
 */
export interface HandlerOptions {
  /** As `@HandlerName` on the method. @defaultValue none: the handler is called `Controller.method` */
  readonly name?: string;
  /** The `transportId` of the handler's server, if an application has several. @defaultValue SNS_SQS */
  readonly transport?: symbol;
  /**
   * Milliseconds the handler may run, 1 to 43 200 000. Then `context.signal` is aborted, and the message has failed and
   * is retried. @defaultValue the queue's `timeoutMs`
   */
  readonly timeoutMs?: number;
  /** Back-off of messages that fail in this handler. @defaultValue the queue's `retry`, or else the server's */
  readonly retry?: RetryOptions;
  /**
   * Validates the payload: a Standard Schema, such as one of zod or valibot, or a class with class-validator
   * decorators. An invalid message is dead-lettered. @defaultValue the class of the `@Payload()` parameter; for
   * `@OnBatch` its `items`
   */
  readonly schema?: PayloadShape;
}

/**
 * Options of `@OnRequest`.
 *
 * @example
 * `@OnRequest('invoice.send', { durable: true })`
 */
interface RequestHandlerOptions extends HandlerOptions {
  /**
   * Whether the request must be handled even when its caller has stopped waiting. `true`: it is always handled; a
   * failed attempt is retried and dead-lettered like an event, and the caller gets the error of the last attempt.
   * `false`: an expired request is deleted unhandled, and an error is answered at once.
   *
   * @defaultValue false
   */
  readonly durable?: boolean;
}

/**
 * Handles events of a pattern. Like Nest's `@EventPattern`, but the second parameter may have a type (which Nest 12
 * rejects with TS1241), and the `@Payload()` is validated by its class.
 *
 * @example
 * `@OnEvent('order.placed')`
 * place(`@Payload()` order: OrderPlaced, `@Ctx()` context: SnsSqsContext): Promise<void> {}
 * @see https://docs.nestjs.com/microservices/basics#event-based
 */
export const OnEvent = (
  pattern: string | readonly string[],
  { name, transport = SNS_SQS, schema, ...options }: HandlerOptions = {},
): MethodDecorator =>
  applyDecorators(
    EventPattern<string>(pattern as string, transport, { [RUN_OPTIONS]: options }),
    UsePipes(pipeOf(schema)),
    ...named(name),
  );

/**
 * Answers requests of a pattern. Like Nest's `@MessagePattern`, but the second parameter may have a type, and the
 * `@Payload()` is validated by its class.
 *
 * @example
 * `@OnRequest('order.total')`
 * total(`@Payload()` query: OrderTotalQuery): Promise<number> {}
 * @see https://docs.nestjs.com/microservices/basics#request-response
 */
export const OnRequest = (
  pattern: string | readonly string[],
  { name, transport = SNS_SQS, schema, ...options }: RequestHandlerOptions = {},
): MethodDecorator =>
  applyDecorators(
    MessagePattern<string>(pattern as string, transport, { [RUN_OPTIONS]: options }),
    UsePipes(pipeOf(schema)),
    ...named(name),
  );

const pipeOf = (schema: PayloadShape | undefined): PipeTransform | typeof PayloadPipe =>
  schema === undefined ? PayloadPipe : new SchemaPipe(schema);

export const named = (name: string | undefined): MethodDecorator[] =>
  name === undefined ? [] : [HandlerName(name)];
