import { MetadataScanner, type ModulesContainer } from '@nestjs/core';

import { isObject } from '../../../common/objects.js';
import { givenName } from '../../decorators/handler-name.decorator.js';
import type { HandlerMethod } from './handler.start.js';

/** Metadata keys of Nest's decorators; other libraries rely on them too. */
const PATTERNS = 'microservices:pattern';
const TRANSPORT = 'microservices:transport';

/** A minifying build gives classes names of one or two letters, which change with the next build. */
const MINIFIED = /^[\w$]{0,2}$/;

/** A handler as declared: one method of one controller, for one of its patterns. */
export interface DeclaredHandler extends HandlerMethod {
  /** Its name in the idempotency store: `Orders.placed`, or that of `@HandlerName`. */
  readonly name: string;
  /** Its class and method, for errors: `Orders.placed`. */
  readonly place: string;
  /** Why the name may change with the next build, in words. */
  readonly unstable: string | undefined;
  /** The class, by which two handlers of the same name are distinguished. */
  readonly controller: object;
  readonly pattern: unknown;
  /** The transport its decorator names; undefined: any. */
  readonly transport: unknown;
}

/** The fields used of Nest's record of a controller or a provider. */
interface Wrapper {
  readonly metatype: unknown;
  readonly instance: unknown;
}

const scanner = new MetadataScanner();

/**
 * Every handler of an application's controllers, in the order in which Nest registers them: by module, controller,
 * method (inherited ones after a class's own) and pattern.
 */
export const declaredHandlers = (modules: ModulesContainer): readonly DeclaredHandler[] =>
  [...modules.values()].flatMap(({ controllers }) => [...controllers.values()].flatMap(handlersOf));

/** Provider methods with a handler's decorator: a mistake, as Nest looks for handlers only in controllers. */
export function misplacedHandlers(modules: ModulesContainer): readonly DeclaredHandler[] {
  const all = [...modules.values()];
  const controllers = new Set(
    all.flatMap((module) => [...module.controllers.values()].map(({ metatype }) => metatype)),
  );
  const found = all
    .flatMap(({ providers }) => [...providers.values()])
    .filter(({ isNotMetatype, metatype }) => !isNotMetatype && !controllers.has(metatype))
    .flatMap(handlersOf);
  return found.filter(
    ({ place }, index) => found.findIndex((other) => other.place === place) === index,
  );
}

function handlersOf({ metatype, instance }: Wrapper): DeclaredHandler[] {
  if (typeof metatype !== 'function') return [];
  const prototype: unknown = isObject(instance)
    ? Object.getPrototypeOf(instance)
    : metatype.prototype;
  if (!isObject(prototype)) return [];
  return scanner.getAllMethodNames(prototype).flatMap((method) => {
    const callback: unknown = Reflect.get(prototype, method);
    if (typeof callback !== 'function') return [];
    const patterns: unknown = Reflect.getMetadata(PATTERNS, callback);
    if (!Array.isArray(patterns)) return [];
    const transport: unknown = Reflect.getMetadata(TRANSPORT, callback);
    return patterns.map((pattern: unknown) => ({
      ...nameOf(metatype, method, callback),
      controller: metatype,
      prototype,
      method,
      pattern,
      transport,
    }));
  });
}

function nameOf(
  controller: { readonly name: string },
  method: string,
  callback: object,
): Pick<DeclaredHandler, 'name' | 'place' | 'unstable'> {
  const [ownName, methodName] = [givenName(controller), givenName(callback)];
  const place = `${controller.name || '(a class without a name)'}.${method}`;
  const first = ownName ?? (methodName === undefined ? controller.name : undefined);
  const minified = first === controller.name && MINIFIED.test(first);
  return {
    name: [first, methodName ?? method].filter((part) => part !== undefined).join('.'),
    place,
    unstable: minified
      ? `its class is called "${controller.name}", as a minified build calls classes, and another may be in the next build`
      : undefined,
  };
}
