import { MemoryBroker } from '../../../src/transport/broker/memory/memory.broker.js';
import {
  handleOf,
  type StoredMessage,
} from '../../../src/transport/broker/memory/stored-message.js';
import { defineTopology, type Topology } from '../../../src/transport/index.js';
import type { SimulatedClock } from '../simulated-clock.js';
import { orderOf } from './model.js';
import type { Plan } from './plan.js';
import type { Troubles } from './troubles.js';

/** The broker of a run, with the queue of jobs and its dead-letter queue. */
export class SimulatedQueues {
  readonly broker: MemoryBroker;
  readonly topology: Topology;
  readonly #name: string;
  #url = '';
  #deadUrl = '';

  constructor(
    private readonly plan: Plan,
    private readonly clock: SimulatedClock,
    { luck }: Troubles,
  ) {
    const { queue, duplicated, overtaken, visibilityTimeoutS } = plan;
    const unreliable = { random: luck, duplicated, overtaken };
    this.broker = new MemoryBroker({ clock, unreliable });
    this.#name = queue === 'standard' ? 'jobs' : 'jobs.fifo';
    this.topology = defineTopology({
      queues: [
        {
          name: this.#name,
          patterns: ['job.*'],
          visibilityTimeoutS,
          ...(queue !== 'standard' && { onFailure: queue }),
        },
      ],
      routes: [{ patterns: ['job.*'], queue: this.#name }],
    });
  }

  get url(): string {
    return this.#url;
  }

  get messages(): readonly StoredMessage[] {
    return this.broker.queues.at(this.#url).messages;
  }

  /** Orders in the dead-letter queue, one for each message. */
  get dead(): readonly number[] {
    return this.broker.queues
      .at(this.#deadUrl)
      .messages.map(({ body }) => orderOf(body))
      .filter((order) => order !== undefined);
  }

  async make(): Promise<void> {
    const { queues } = this.broker;
    const { queue, maxReceives: maxReceiveCount } = this.plan;
    const fifo: Record<string, string> = queue === 'standard' ? {} : { FifoQueue: 'true' };
    this.#deadUrl = await queues.create(this.#name.replace(/^jobs/, 'jobs-dlq'), fifo, {});
    const { QueueArn: deadLetterTargetArn } = await queues.attributesOf(this.#deadUrl);
    const RedrivePolicy = JSON.stringify({ deadLetterTargetArn, maxReceiveCount });
    this.#url = await queues.create(this.#name, { ...fifo, RedrivePolicy }, {});
  }

  /**
   * Orders that a process which has closed left invisible for longer than that. Of two copies received together the newer one
   * is released, and brings the order to others.
   *
   * @param holds whether the process was given the message of that handle.
   */
  invisible(holds: (handle: string) => boolean, longerThanMs: (order: number) => number): number[] {
    const nowMs = this.clock.monotonicMs();
    const isHeld = (message: StoredMessage): boolean => holds(handleOf(message));
    const released = new Set(
      this.messages
        .filter((one) => !isHeld(one) && (one.receives > 0 || one.visibleAtMs <= nowMs))
        .map(({ body }) => orderOf(body)),
    );
    return this.messages.filter(isHeld).flatMap(({ body, visibleAtMs }) => {
      const order = orderOf(body);
      if (order === undefined || released.has(order)) return [];
      return visibleAtMs > nowMs + longerThanMs(order) ? [order] : [];
    });
  }
}
