import type { Type } from '@nestjs/common';
import { MetadataScanner } from '@nestjs/core';
import { CommandPayloadPipe } from '../../messaging/index.js';

/** Where Nest's decorators leave what they were given; other libraries rest on the names as well. */
const PATTERNS = 'microservices:pattern';
const PARAMETERS = '__routeArguments__';
/** Nest's key for `@Payload()`. */
const PAYLOAD = /^3:/;

/** One pattern that a handler takes, and the class of what it gets. */
export interface HandledMessage {
  readonly pattern: string;
  /** Undefined where the parameter is no class. */
  readonly payload: Type | undefined;
}

interface Parameter {
  readonly index: number;
  readonly pipes?: readonly unknown[];
}

const scanner = new MetadataScanner();

/** What the handlers of controllers take, in the order of the controllers. */
export const handledMessages = (controllers: readonly Type[]): readonly HandledMessage[] =>
  controllers.flatMap((controller) => {
    const prototype = controller.prototype as Readonly<Record<string, unknown>>;
    return scanner.getAllMethodNames(prototype).flatMap((method) => {
      const handler = prototype[method];
      const patterns: unknown =
        typeof handler === 'function' ? Reflect.getMetadata(PATTERNS, handler) : undefined;
      if (!Array.isArray(patterns)) return [];
      const payload = payloadClass(controller, method);
      return patterns
        .filter((pattern): pattern is string => typeof pattern === 'string')
        .map((pattern) => ({ pattern, payload }));
    });
  });

function payloadClass(controller: Type, method: string): Type | undefined {
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
  const types: unknown = Reflect.getMetadata(
    'design:paramtypes',
    controller.prototype as object,
    method,
  );
  const type: unknown = Array.isArray(types) ? types[found.index] : undefined;
  return isOwnClass(type) ? type : undefined;
}

const isOwnClass = (type: unknown): type is Type =>
  typeof type === 'function' && Reflect.get(globalThis, type.name) !== type;
