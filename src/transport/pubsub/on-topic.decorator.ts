import { Ctx, Payload } from '@nestjs/microservices';
import { MetadataScanner, type ModulesContainer } from '@nestjs/core';

import { OnEvent, type SnsSqsContext } from '../index.js';
import type { HandlerOptions } from '../decorators/on-event.decorator.js';
import type { PayloadShape } from '../validation/payload-shape.js';
import { patternOf } from './topic.directory.js';

const SUBSCRIBED = 'weft:on-topic';
/** The metadata key under which Nest's decorators store a method's parameters; other libraries rely on it too. */
const PARAMETERS = '__routeArguments__';

/** Options of `@OnTopic`. */
export type OnTopicOptions = Pick<HandlerOptions, 'name' | 'timeoutMs' | 'retry'>;

/** Accepts only methods whose first parameter takes the event. */
type HandlerOf<T> = <M extends (event: T, context: SnsSqsContext) => unknown>(
  target: object,
  key: string | symbol,
  descriptor: TypedPropertyDescriptor<M>,
) => void;

type Call<T> = [shape: PayloadShape<T>, options?: OnTopicOptions | undefined];
type NamedCall<T> = [topic: string, ...Call<T>];

const isNamed = <T>(call: NamedCall<T> | Call<T>): call is NamedCall<T> =>
  typeof call[0] === 'string';

/**
 * Subscribes a controller's method to a topic. It gets each event, as an instance of the class or as the schema's
 * output, and the `SnsSqsContext`. Unknown fields are dropped; an event that does not fit is dead-lettered. Guards,
 * interceptors and filters work as with `@OnEvent`. The topic's queue is declared by `PubSubModule`.
 *
 * @param topic as the code calls it. Left out, it is the `topic` of the configuration.
 * @throws TypeError for what is neither a class nor a Standard Schema.
 * @example
 * `@OnTopic('orders', OrderPlaced)`
 * placed(order: OrderPlaced, context: SnsSqsContext): Promise<void> {}
 * @see https://docs.nestjs.com/microservices/basics#event-based
 */
export function OnTopic<T>(
  topic: string,
  shape: PayloadShape<T>,
  options?: OnTopicOptions,
): HandlerOf<T>;
export function OnTopic<T>(shape: PayloadShape<T>, options?: OnTopicOptions): HandlerOf<T>;
export function OnTopic<T>(...call: NamedCall<T> | Call<T>): HandlerOf<T> {
  const [topic, shape, options] = isNamed(call) ? call : [undefined, ...call];
  const handles = OnEvent(patternOf(topic), { ...options, schema: shape });
  return (target, key, descriptor) => {
    handles(target, key, descriptor);
    const { value } = descriptor;
    if (value) Reflect.defineMetadata(SUBSCRIBED, { topic, shape } satisfies Subscribed, value);
    if (Reflect.hasMetadata(PARAMETERS, target.constructor, key)) return;
    Payload()(target, key, 0);
    Ctx()(target, key, 1);
  };
}

/** The metadata that `@OnTopic` stores for a method. */
interface Subscribed {
  /** Undefined: the topic of the configuration. */
  readonly topic: string | undefined;
  readonly shape: PayloadShape;
}

const scanner = new MetadataScanner();

/** The subscriptions of an application's controllers. */
export const subscribedIn = (modules: ModulesContainer): readonly Subscribed[] =>
  [...modules.values()]
    .flatMap(({ controllers }) => [...controllers.values()])
    .flatMap(({ metatype }) => (typeof metatype === 'function' ? subscribedBy(metatype) : []));

function subscribedBy({ prototype }: Function): Subscribed[] {
  const methods = prototype as Readonly<Record<string, unknown>>;
  return scanner.getAllMethodNames(methods).flatMap((name) => {
    const method = methods[name];
    const found: unknown =
      typeof method === 'function' ? Reflect.getMetadata(SUBSCRIBED, method) : undefined;
    return found === undefined ? [] : [found as Subscribed];
  });
}
