import type { ModulesContainer } from '@nestjs/core';

import type { BoundQueue } from '../topology/index.js';
import type { QueueMaker } from './consumed.queue.js';

/** What the parts around a server may do with it, and users may not. */
export interface ServerInternals {
  /** Tells it the application whose handlers it runs. */
  know(modules: ModulesContainer): void;
  /** Has the queues made otherwise than polled, such as for events of Lambda. Before the server is started. */
  makeQueuesBy(maker: QueueMaker): void;
  /**
   * Has a queue consumed that is none of its topology: its messages are handed in.
   *
   * @throws InvalidOptionsError once the server has started.
   */
  addQueue(queue: BoundQueue, maker: QueueMaker): void;
  /** Whether one of its queues carries a pattern. */
  carries(pattern: string): boolean;
  /** `connected`: Nest will register handlers with it. `started`: it receives, or has. */
  state(): 'unconnected' | 'connected' | 'started';
  /** Where the handlers stand that it would receive messages for. */
  idleHandlers(): readonly string[];
}

const exposed = new WeakMap<object, ServerInternals>();

/** Called by a server about itself. */
export const exposeInternals = (server: object, internals: ServerInternals): void =>
  void exposed.set(server, internals);

/** Undefined for what is no `SnsSqsServer`, or one of another copy of this package. */
export const findInternals = (server: object): ServerInternals | undefined => exposed.get(server);

/** @throws TypeError for what is no `SnsSqsServer` of this copy of the package. */
export function internalsOf(server: object): ServerInternals {
  const internals = exposed.get(server);
  if (!internals)
    throw new TypeError(
      'The strategy is not an SnsSqsServer of this copy of the package. Look for a second copy with "npm ls nestjs-sns-sqs"',
    );
  return internals;
}
