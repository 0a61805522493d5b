import type { ModulesContainer } from '@nestjs/core';

import type { BoundQueue } from '../topology/index.js';
import type { QueueMaker } from './consumed.queue.js';

/** Methods of a server for this package's own parts, not for users. */
interface ServerInternals {
  /** Gives it the application whose handlers it runs. */
  know(modules: ModulesContainer): void;
  /** Replaces polled queues by others, such as for Lambda events. Call it before the server starts. */
  makeQueuesBy(maker: QueueMaker): void;
  /**
   * Adds a queue outside the topology, whose messages are handed in.
   *
   * @throws InvalidOptionsError once the server has started.
   */
  addQueue(queue: BoundQueue, maker: QueueMaker): void;
  /** Whether one of its queues carries a pattern. */
  carries(pattern: string): boolean;
  /** `connected`: Nest will register handlers with it. `started`: it receives, or has received, messages. */
  state(): 'unconnected' | 'connected' | 'started';
  /** Class and method of each handler that it would receive messages for. */
  idleHandlers(): readonly string[];
}

const exposed = new WeakMap<object, ServerInternals>();

/** Called by a server about itself. */
export const exposeInternals = (server: object, internals: ServerInternals): void =>
  void exposed.set(server, internals);

/** Undefined unless it is an `SnsSqsServer` of this copy of the package. */
export const findInternals = (server: object): ServerInternals | undefined => exposed.get(server);

/** @throws TypeError unless it is an `SnsSqsServer` of this copy of the package. */
export function internalsOf(server: object): ServerInternals {
  const internals = exposed.get(server);
  if (!internals)
    throw new TypeError(
      'The strategy is not an SnsSqsServer of this copy of the package. Look for a second copy with "npm ls nestjs-sns-sqs"',
    );
  return internals;
}
