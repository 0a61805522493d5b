import { InvalidOptionsError } from '../errors/index.js';
import type { BoundQueue, QueueDeclaration, Topology } from '../topology/index.js';
import type { QueueMaker } from './consumed.queue.js';
import { carries } from './handling/handler.registry.js';

/** A queue outside the topology, such as one of SNS over HTTP, and the function that opens it. */
interface AddedQueue {
  readonly queue: BoundQueue;
  readonly maker: QueueMaker;
}

/** The queues whose messages a server may receive: those of its topology, and added ones. */
export class CarriedQueues {
  readonly #added: AddedQueue[] = [];

  constructor(
    private readonly declared: Topology,
    private readonly consume: readonly string[] | undefined,
  ) {}

  get added(): readonly AddedQueue[] {
    return this.#added;
  }

  /** The queues of the topology that this process consumes if it has handlers for them. */
  get consumed(): readonly QueueDeclaration[] {
    return this.declared.queues.filter(({ name }) => this.consume?.includes(name) ?? true);
  }

  /** The topology with the added queues: all that may carry a pattern. */
  get topology(): Topology {
    const known = new Set(this.declared.queues.map(({ name }) => name));
    const added = this.#added.map(({ queue }) => queue.declaration);
    return {
      ...this.declared,
      queues: [...this.declared.queues, ...added.filter(({ name }) => !known.has(name))],
    };
  }

  /** Whether any queue carries a pattern, consumed here or not. */
  carry(pattern: string): boolean {
    return this.topology.queues.some((queue) => carries(queue, pattern));
  }

  /**
   * Whether a queue that carries it is consumed here.
   *
   * @param route a pattern, or the registered value if it is none.
   */
  isConsumed(route: unknown): boolean {
    const queues = [...this.consumed, ...this.#added.map(({ queue }) => queue.declaration)];
    return typeof route === 'string' && queues.some((queue) => carries(queue, route));
  }

  /** @throws InvalidOptionsError for a second queue of the same name. */
  add(added: AddedQueue): void {
    const { name } = added.queue.declaration;
    if (this.#added.some(({ queue }) => queue.declaration.name === name))
      throw new InvalidOptionsError(
        `Two endpoints are called ${name}: give each a name of its own`,
      );
    this.#added.push(added);
  }
}
