import {
  applyDecorators,
  Controller,
  createParamDecorator,
  SetMetadata,
  UseInterceptors,
  type ExecutionContext,
} from '@nestjs/common';
import { OnRequest } from '../transport/index.js';
import { commandOf } from './command-context.js';
import { CommandInterceptor } from './command.interceptor.js';
import { CommandPayloadPipe } from './command-payload.pipe.js';
import { COMMAND_TYPE } from './messaging.constants.js';

/**
 * A controller of one type of Commands. Its `@OnCommand` methods return an `Outcome`; the framework reads the Command,
 * measures the time, and makes and publishes the Result.
 *
 * @param type The required `type` of the Commands, such as `storage`.
 * @example
 * \@CommandController('storage')
 * export class StorageController {
 *   \@OnCommand('storage.head_object')
 *   head(\@CommandPayload() payload: ObjectPayload): Promise<Outcome> { … }
 * }
 */
export const CommandController = (type: string): ClassDecorator =>
  applyDecorators(
    Controller(),
    SetMetadata(COMMAND_TYPE, type),
    UseInterceptors(CommandInterceptor),
  );

/**
 * Marks the method of one action. A Command is handled even if its sender no longer waits, because its Result is also
 * published to the results topic.
 *
 * @param pattern `<type>.<action>`, such as `storage.put_object`.
 */
export const OnCommand = (pattern: string): MethodDecorator =>
  OnRequest(pattern, { durable: true });

/**
 * The Command's validated payload as the parameter's class: unknown fields are dropped; a missing or invalid one gives
 * an error Result. A field is required unless it has `@IsOptional()`.
 */
export const CommandPayload = (): ParameterDecorator =>
  createParamDecorator((_: unknown, execution: ExecutionContext) => commandOf(execution).payload)(
    CommandPayloadPipe,
  );

/** The whole Command, validated, with its defaults filled in. */
export const CommandMessage = createParamDecorator((_: unknown, execution: ExecutionContext) =>
  commandOf(execution),
);
