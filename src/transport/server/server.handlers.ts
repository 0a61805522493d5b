import type { ModulesContainer } from '@nestjs/core';
import type { MessageHandler } from '@nestjs/microservices';

import type { IdempotencyOptions } from '../idempotency/index.js';
import type { CarriedQueues } from './carried.queues.js';
import { ApplicationHandlers, unfit } from './application-handlers.js';
import { handlerFaults, handlerWarnings } from './handler.faults.js';
import { HandlerRegistry } from './handling/handler.registry.js';
import { patternFault } from './handling/pattern.faults.js';
import { runOptions } from '../decorators/run-options.js';

interface ServerHandlersDependencies {
  /** The server, which handlers name by its `transportId`. */
  readonly server: { readonly transportId?: unknown };
  readonly queues: CarriedQueues;
  readonly idempotency: IdempotencyOptions | undefined;
  /** A pattern as Nest writes it in routes. */
  readonly normalize: (pattern: string) => string;
}

/** The handlers of one server, as Nest registers them, checked against the queues before the first message. */
export class ServerHandlers {
  readonly registry = new HandlerRegistry();
  #application: ApplicationHandlers | undefined;

  constructor(private readonly dependencies: ServerHandlersDependencies) {}

  /** Sets the application that declares its handlers. */
  know(modules: ModulesContainer): void {
    this.#application = new ApplicationHandlers(modules, this.dependencies.server);
  }

  /** Whether Nest registers handlers with the server, as far as that is known. */
  get isConnected(): boolean {
    return this.#application?.isConnected ?? false;
  }

  /** Class and method of each handler that consumed queues have messages for. */
  idle(): readonly string[] {
    const own = this.#application?.own ?? [];
    return own
      .filter(({ pattern }) => this.dependencies.queues.isConsumed(this.#route(pattern)))
      .map(({ place }) => place);
  }

  /** Registers a handler of Nest. @returns its route; undefined for an invalid pattern, which the start refuses. */
  register(
    pattern: unknown,
    callback: MessageHandler,
    isEventHandler: boolean,
    extras: Record<string, unknown>,
  ): string | undefined {
    Object.assign(callback, { isEventHandler, extras });
    if (patternFault(pattern) !== undefined) {
      this.registry.refuse(pattern, callback);
      return undefined;
    }
    const route = this.dependencies.normalize(pattern as string);
    this.registry.add(route, callback, isEventHandler, runOptions(extras));
    return route;
  }

  /**
   * Checks handlers against queues, before the first message.
   *
   * @returns warnings.
   * @throws TopologyError naming every fault.
   */
  check(): readonly string[] {
    const { idempotency, queues } = this.dependencies;
    const { topology } = queues;
    const application = this.#application;
    if (application) this.registry.name(application.own, this.#route);
    const faults = [
      ...(application?.orphanFaults ?? []),
      ...handlerFaults(this.registry, {
        topology,
        remembers: !idempotency ? 'nowhere' : idempotency.store.inProcess ? 'inProcess' : 'beyond',
        elsewhere: (pattern, handlers) => application?.elsewhere(pattern, handlers) !== undefined,
      }),
    ];
    if (faults.length > 0) throw unfit(faults);
    return handlerWarnings(this.registry, topology, application);
  }

  /** A value that is no pattern is returned unchanged: no queue carries it. */
  readonly #route = (pattern: unknown): unknown =>
    patternFault(pattern) === undefined ? this.dependencies.normalize(pattern as string) : pattern;
}
