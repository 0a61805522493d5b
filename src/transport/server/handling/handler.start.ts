import { AsyncLocalStorage } from 'node:async_hooks';

import { isObject } from '../../../common/objects.js';
import { NotRunError } from '../../errors/index.js';

type Method = (this: unknown, ...given: unknown[]) => unknown;

/** A method of a controller, as Nest finds it. */
export interface HandlerMethod {
  readonly prototype: object;
  readonly method: string;
}

/** For methods that do not get their context, such as one that takes only its payload. */
const starts = new AsyncLocalStorage<HandlerStart>();
const byContext = new WeakMap<object, HandlerStart>();
const looking = new WeakSet<object>();

/**
 * The start of one handler. Guards, interceptors and pipes run before the method and may take any time, and the process
 * may stand still meanwhile. So the lease is checked right before the method's first line, in the same turn.
 */
export class HandlerStart {
  #method: Method | undefined;
  #refusal: NotRunError | undefined;

  /** @param holds whether this process still holds the leases of the messages. */
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
   * @throws NotRunError when the lease was lost before the method began, whatever filters and interceptors return.
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
   * Called before the first line of a handler's method. An interceptor may call its handler twice; calls from inside a
   * handler do not count as a start.
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
 * Makes handlers' methods check their lease before they begin. Call it before Nest reads the methods. When called
 * otherwise, such as by a test or for another transport, the methods behave as before.
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

/** Keeps the method's name and its decorators' metadata. */
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

/** Found by the context argument, which holds even if an interceptor calls its handler from elsewhere. */
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
