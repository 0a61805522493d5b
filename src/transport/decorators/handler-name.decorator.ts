const NAME_METADATA = 'weft:handler-name';

/**
 * Names a handler, or a controller, for the idempotency store, which remembers a handler's work under its name. The
 * default name is `Controller.method`, which a renamed class or a minified build changes; work remembered under the old
 * name is then done again.
 *
 * On a method it is the whole name. On a controller it replaces the name of the class, so that its handlers are called
 * `name.method`. With both, the name is `controller.method`.
 *
 * @param name 1 to 100 letters, digits, `.`, `-` and `_`; it must be the only handler of that name.
 * @throws TypeError for another name.
 * @example
 * `@HandlerName('billing')`
 * `@Controller()`
 * export class BillingController extends OrderHandlers {}
 * @see https://docs.nestjs.com/microservices/basics#event-based
 */
export function HandlerName(name: string): ClassDecorator & MethodDecorator {
  if (!/^[\w.-]{1,100}$/.test(name))
    throw new TypeError(
      `@HandlerName(${JSON.stringify(name)}): a name has 1 to 100 letters, digits, ".", "-" and "_"`,
    );
  return (target: object, _key?: string | symbol, descriptor?: { readonly value?: unknown }) => {
    const { value } = descriptor ?? {};
    Reflect.defineMetadata(NAME_METADATA, name, typeof value === 'function' ? value : target);
  };
}

/** The name that `@HandlerName` gave this class or method. Not inherited: a subclass is another handler. */
export function givenName(target: object): string | undefined {
  const name: unknown = Reflect.getOwnMetadata(NAME_METADATA, target);
  return typeof name === 'string' ? name : undefined;
}
