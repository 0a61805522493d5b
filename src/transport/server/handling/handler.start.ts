import { AsyncLocalStorage } from 'node:async_hooks';

import { isObject } from '../../../common/objects.js';
import { NotRunError } from '../../errors/index.js';

type Method = (this: unknown, ...given: unknown[]) => unknown;

/** A controller's method, where Nest finds it. */
export interface HandlerMethod {
  readonly prototype: object;
  readonly method: string;
}

/** For methods that are not given their context, such as one that takes nothing but its payload. */
const starts = new AsyncLocalStorage<HandlerStart>();
const byContext = new WeakMap<object, HandlerStart>();
const looking = new WeakSet<object>();

/**
 * The start of one handler. Between Nest and the method stand guards, interceptors and pipes, which may take any time, and
 * a process may stand still meanwhile: so the lease is looked at right before the method's first line, in the same turn.
 */
export class HandlerStart {
  #method: Method | undefined;
  #refusal: NotRunError | undefined;

  /** @param holds whether the messages are still this process's to work on. */
  constructor(
    private readonly context: object,
    private readonly holds: () => boolean,
  ) {}

  /** Whether the method was kept from running. */
  get refused(): boolean {
    return this.#refusal !== undefined;
  }

  /**
   * Runs Nest's pipeline.
   *
   * @throws NotRunError when the lease was lost before the method began, whatever filters and interceptors make of that.
   */
  async run(pipeline: () => unknown): Promise<unknown> {
    this.#look();
    byContext.set(this.context, this);
    try {
      return await starts.run(this, pipeline);
    } finally {
      this.assertBegun();
    }
  }

  /** @throws NotRunError when the method was kept from running. */
  assertBegun(): void {
    if (this.#refusal) throw this.#refusal;
  }

  /**
   * To be called by a handler's method before its first line. An interceptor may call its handler twice; what a handler
   * itself calls is no start.
   *
   * @throws NotRunError
   */
  begin(method: Method): void {
    this.#method ??= method;
    if (this.#method === method) this.#look();
  }

  #look(): void {
    if (this.holds()) return;
    this.#refusal = new NotRunError('The lease was lost before the handler began');
    throw this.#refusal;
  }
}

/**
 * Has handlers' methods look at their lease before they begin. To be called before Nest takes the methods. Called otherwise,
 * such as by a test or for another transport, they do as ever.
 */
export function lookBefore(handlers: readonly HandlerMethod[]): void {
  for (const { prototype, method: name } of handlers) {
    const owner = ownerOf(prototype, name);
    const own = owner && Reflect.getOwnPropertyDescriptor(owner, name);
    const method: unknown = own?.value;
    if (!owner || typeof method !== 'function' || looking.has(method)) continue;
    Reflect.defineProperty(owner, name, { ...own, value: lookingFirst(method as Method) });
  }
}

/** The method itself to all who look at it: its name, and what decorators have left with it. */
function lookingFirst(method: Method): Method {
  const first: Method = function first(...given) {
    startOf(given)?.begin(first);
    return method.apply(this, given);
  };
  Object.defineProperties(first, {
    name: { value: method.name, configurable: true },
    length: { value: method.length, configurable: true },
  });
  for (const key of Reflect.getOwnMetadataKeys(method))
    Reflect.defineMetadata(key, Reflect.getOwnMetadata(key, method), first);
  looking.add(first);
  return first;
}

/** By the context it is given, which no interceptor that calls its handler from elsewhere can change. */
function startOf(given: readonly unknown[]): HandlerStart | undefined {
  for (const one of given) {
    const start = isObject(one) ? byContext.get(one) : undefined;
    if (start) return start;
  }
  return starts.getStore();
}

function ownerOf(prototype: object, name: string): object | undefined {
  let owner: object | null = prototype;
  while (owner && !Object.hasOwn(owner, name)) owner = Reflect.getPrototypeOf(owner);
  return owner ?? undefined;
}
