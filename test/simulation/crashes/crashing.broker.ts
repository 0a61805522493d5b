import { BrokerError } from '../../../src/transport/broker/broker.error.js';
import type { Broker } from '../../../src/transport/broker/broker.js';
import type { BrokerQueue } from '../../../src/transport/broker/broker.queue.js';
import type { MemoryBroker } from '../../../src/transport/broker/memory/memory.broker.js';
import type { Life } from './life.js';
import { orderOf, type Model } from './model.js';

export interface Network {
  readonly random: () => number;
  readonly latencyMs: number;
  readonly lostAnswers: number;
  readonly throttled: number;
}

/** The broker as one process sees it: over a network on which things go wrong, and no longer than it lives. */
export class CrashingBroker implements Broker {
  readonly region: string;
  readonly queues: Broker['queues'];
  readonly topics: Broker['topics'];
  /** Which order each receipt handle stands for, as the world saw it being given out. */
  readonly #orders = new Map<string, number>();

  constructor(
    private readonly broker: MemoryBroker,
    private readonly life: Life,
    private readonly network: Network,
    private readonly model: Model,
  ) {
    this.region = broker.region;
    this.queues = this.#through('queues', broker.queues);
    this.topics = this.#through('topics', broker.topics);
  }

  /** Whether this process was given the message under this handle. */
  holds(url: string, handle: string): boolean {
    return this.#orders.has(`${url} ${handle}`);
  }

  readonly openQueue = (url: string): BrokerQueue => {
    const queue = this.broker.openQueue(url);
    return {
      receive: (request) =>
        this.#call('receive', async () => {
          const messages = await queue.receive(request);
          for (const { Body: body, ReceiptHandle: handle = '' } of messages) {
            const order = orderOf(body);
            if (order !== undefined) this.#orders.set(`${url} ${handle}`, order);
          }
          return messages;
        }),
      delete: (handles) =>
        this.#call('delete', async () => {
          const outcomes = await queue.delete(handles);
          handles.forEach((handle, index) => {
            const order = this.#orders.get(`${url} ${handle}`);
            if (outcomes[index]?.ok && order !== undefined) this.model.deleted(order);
          });
          return outcomes;
        }),
      changeVisibility: (changes) =>
        this.#call('changeVisibility', () => queue.changeVisibility(changes)),
      send: (copy) =>
        this.#call('send a copy', async () => {
          await queue.send(copy);
          const order = orderOf(copy.body);
          if (order !== undefined) this.model.copied(order);
        }),
    };
  };

  readonly send: Broker['send'] = (to, messages) =>
    this.#call(`send ${messages.length} to a ${to.kind}`, () => this.broker.send(to, messages));

  /** Nothing is lost or throttled when queues are looked up: that is tried again at the next start. */
  #through<T extends object>(what: string, target: T): T {
    const { life } = this;
    return new Proxy(target, {
      get(_target, name: string) {
        const member = (target as Record<string, unknown>)[name];
        if (typeof member !== 'function') return member;
        return (...args: unknown[]) =>
          life.call(`${what}.${name}`, async () => Reflect.apply(member, target, args) as unknown);
      },
    });
  }

  async #call<T>(what: string, effect: () => Promise<T>): Promise<T> {
    const { random, latencyMs, lostAnswers, throttled } = this.network;
    await this.life.pass(`calls ${what}`);
    if (latencyMs > 0) await this.life.takes((random() * latencyMs) / 2);
    if (throttled > 0 && random() < throttled)
      throw new BrokerError('RequestThrottled', `${what} was throttled`);
    const answer = await effect();
    await this.life.pass(`${what} has taken effect`);
    if (latencyMs > 0) await this.life.takes((random() * latencyMs) / 2);
    if (lostAnswers > 0 && random() < lostAnswers)
      throw Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });
    return answer;
  }
}
