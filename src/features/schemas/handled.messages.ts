import type { Type } from '@nestjs/common';
import { MetadataScanner } from '@nestjs/core';
import { CommandPayloadPipe } from '../../messaging/index.js';
import { BusEventPipe } from '../../messaging/event-bus/bus-event.pipe.js';
import { SchemaPipe } from '../../transport/decorators/schema.pipe.js';
import type { PayloadShape } from '../../transport/validation/payload-shape.js';
import { RUN_OPTIONS } from '../../transport/decorators/run-options.js';

/** Metadata keys of Nest's decorators; other libraries rely on them too. */
const PATTERNS = 'microservices:pattern';
const EXTRAS = 'microservices:pattern_extras';
const PARAMETERS = '__routeArguments__';
const PIPES = '__pipes__';
/** Nest's key for `@Payload()`. */
const PAYLOAD = /^3:/;
const BUS_PATTERN = /^bus\./;

/** One pattern of a handler, and the shape of its payload. */
export interface HandledMessage {
  readonly pattern: string;
  /** Undefined if unknown. */
  readonly payload: PayloadShape | undefined;
}

/** A decorator's metadata of a parameter. */
interface Parameter {
  readonly index: number;
  readonly pipes?: readonly unknown[];
}

/** A method of a controller. */
interface Handler {
  readonly controller: Type;
  readonly method: string;
  readonly call: Function;
}

const scanner = new MetadataScanner();

/** The messages that handlers take, in the order of the controllers. */
export const handledMessages = (controllers: readonly Type[]): readonly HandledMessage[] =>
  controllers.flatMap(handlersOf).flatMap((handler) =>
    listed(Reflect.getMetadata(PATTERNS, handler.call))
      .filter((pattern): pattern is string => typeof pattern === 'string')
      .map((pattern) => ({ pattern, payload: shapeOf(handler, pattern) })),
  );

function handlersOf(controller: Type): Handler[] {
  const prototype = controller.prototype as Readonly<Record<string, unknown>>;
  return scanner.getAllMethodNames(prototype).flatMap((method) => {
    const call = prototype[method];
    return typeof call === 'function' ? [{ controller, method, call }] : [];
  });
}

/** The handler's pipe decides, else the items of a batch, else the class of the parameter. */
function shapeOf(handler: Handler, pattern: string): PayloadShape | undefined {
  const pipes = listed(Reflect.getMetadata(PIPES, handler.call));
  return (
    pipes.map((pipe) => shapeIn(pipe, pattern)).find((shape) => shape !== undefined) ??
    itemsOf(handler, pattern) ??
    parameterClass(handler)
  );
}

function shapeIn(pipe: unknown, pattern: string): PayloadShape | undefined {
  if (pipe instanceof SchemaPipe) return pipe.shape;
  if (pipe instanceof BusEventPipe)
    return pipe.typeOf(pattern.replace(BUS_PATTERN, '')) as Type | undefined;
  return undefined;
}

function itemsOf({ call }: Handler, pattern: string): PayloadShape | undefined {
  const extras = (Reflect.getMetadata(EXTRAS, call) ?? {}) as Readonly<Record<string, unknown>>;
  const { batch } = (extras[RUN_OPTIONS] ?? {}) as {
    readonly batch?: { readonly items?: Type; readonly itemPipe?: unknown };
  };
  return batch?.items ?? shapeIn(batch?.itemPipe, pattern);
}

function parameterClass({ controller, method }: Handler): Type | undefined {
  const parameters = Object.entries(
    (Reflect.getMetadata(PARAMETERS, controller, method) ?? {}) as Readonly<
      Record<string, Parameter>
    >,
  );
  const [, found] =
    parameters.find(
      ([key, { pipes = [] }]) => PAYLOAD.test(key) || pipes.includes(CommandPayloadPipe),
    ) ?? [];
  if (!found) return undefined;
  const types = listed(
    Reflect.getMetadata('design:paramtypes', controller.prototype as object, method),
  );
  const type = types[found.index];
  return isOwnClass(type) ? type : undefined;
}

const listed = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

const isOwnClass = (type: unknown): type is Type =>
  typeof type === 'function' && Reflect.get(globalThis, type.name) !== type;
