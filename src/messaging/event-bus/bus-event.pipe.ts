import type { ArgumentMetadata, PipeTransform } from '@nestjs/common';
import { InvalidMessageError } from '../../transport/errors/index.js';
import { markValidated } from '../../transport/validation/validated.js';
import { BusEvent, type PayloadClass } from './bus-event.js';
import { eventNamesOf } from './event-payload.decorator.js';

/**
 * Passes a handler the event with its payload as a valid instance of its class, or only the payload if the handler's
 * parameter has a payload class.
 *
 * @throws {ValidationFailedError} when the payload does not fit.
 */
export class BusEventPipe implements PipeTransform {
  readonly #types: ReadonlyMap<string, PayloadClass>;

  constructor(types: readonly PayloadClass[]) {
    this.#types = new Map(types.map((type) => [eventNamesOf(type).eventName, type]));
  }

  /** The class of an event's payload, by name; undefined for an event that the handler does not take. */
  typeOf(eventName: string): PayloadClass | undefined {
    return this.#types.get(eventName);
  }

  async transform(value: unknown, { type, metatype }: ArgumentMetadata): Promise<unknown> {
    if (type !== 'body') return value;
    if (!(value instanceof BusEvent)) {
      throw new InvalidMessageError(
        'A handler of bus events received another kind of message. Give its queue the codec of eventBusTopology()',
      );
    }
    const { eventName } = value.metadata;
    const payloadType = this.typeOf(eventName);
    if (payloadType === undefined) return value;
    const { validPayload } = await import('./payload-class.js');
    const payload = await validPayload(payloadType, value.payload);
    const wantsPayload = [...this.#types.values()].some((one) => one === metatype);
    return markValidated(wantsPayload ? payload : new BusEvent(value.metadata, payload));
  }
}
