import { InvalidOptionsError } from '../errors/index.js';
import type { BoundQueue, QueueDeclaration, Topology } from '../topology/index.js';
import type { QueueMaker } from './consumed.queue.js';
import { carries } from './handling/handler.registry.js';

/** A queue that is none of the topology, such as one of SNS over HTTP, and what opens it. */
export interface AddedQueue {
  readonly queue: BoundQueue;
  readonly maker: QueueMaker;
}

/** The queues whose messages may come to a server: those of its topology, and those that were added to it. */
export class CarriedQueues {
  readonly #added: AddedQueue[] = [];

  constructor(
    private readonly declared: Topology,
    private readonly consume: readonly string[] | undefined,
  ) {}

  get added(): readonly AddedQueue[] {
    return this.#added;
  }

  /** Those of the topology that are this process's to receive from, if it has handlers for them. */
  get consumed(): readonly QueueDeclaration[] {
    return this.declared.queues.filter(({ name }) => this.consume?.includes(name) ?? true);
  }

  /** The topology, and what is added to it: all that may carry a pattern. */
  get topology(): Topology {
    const known = new Set(this.declared.queues.map(({ name }) => name));
    const added = this.#added.map(({ queue }) => queue.declaration);
    return {
      ...this.declared,
      queues: [...this.declared.queues, ...added.filter(({ name }) => !known.has(name))],
    };
  }

  /** Whether any queue carries a pattern, be it consumed here or not. */
  carry(pattern: string): boolean {
    return this.topology.queues.some((queue) => carries(queue, pattern));
  }

  /** Whether a queue that carries it is consumed here. @param route of what is no pattern the thing itself. */
  isConsumed(route: unknown): boolean {
    const queues = [...this.consumed, ...this.#added.map(({ queue }) => queue.declaration)];
    return typeof route === 'string' && queues.some((queue) => carries(queue, route));
  }

  /** @throws InvalidOptionsError for a second one of its name. */
  add(added: AddedQueue): void {
    const { name } = added.queue.declaration;
    if (this.#added.some(({ queue }) => queue.declaration.name === name))
      throw new InvalidOptionsError(
        `Two endpoints are called ${name}: give each a name of its own`,
      );
    this.#added.push(added);
  }
}
