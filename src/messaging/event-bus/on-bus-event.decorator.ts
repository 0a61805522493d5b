import { applyDecorators, UsePipes } from '@nestjs/common';
import { OnEvent } from '../../transport/index.js';
import type { HandlerOptions } from '../../transport/decorators/on-event.decorator.js';
import { busEventPattern, type PayloadClass } from './bus-event.js';
import { BusEventPipe } from './bus-event.pipe.js';
import { eventNamesOf } from './event-payload.decorator.js';

/**
 * Handles events of the bus, chosen by their names. An event may have several handlers, each of which is run. What
 * `@Payload()` is depends on the class of its parameter: `BusEvent` gets the whole event, the payload class its payload;
 * both are validated.
 *
 * @param payloads the payload class, or several.
 * @throws {InvalidRecordError} for a class that names no event.
 * @example
 * `@OnBusEvent(UserRegisteredPayload)`
 * welcome(`@Payload()` user: UserRegisteredPayload): Promise<void> {}
 * @example
 * `@OnBusEvent([UserRegisteredPayload, UserRegistrationFailedPayload])`
 * note(`@Payload()` { metadata }: BusEvent): void {}
 */
export function OnBusEvent(
  payloads: PayloadClass | readonly PayloadClass[],
  options?: HandlerOptions,
): MethodDecorator {
  const types = [payloads].flat() as readonly PayloadClass[];
  const patterns = types.map((type) => busEventPattern(eventNamesOf(type).eventName));
  return applyDecorators(
    // Runs before the pipe of OnEvent, which skips instances that this one has validated.
    UsePipes(new BusEventPipe(types)),
    OnEvent(patterns, options),
  );
}
