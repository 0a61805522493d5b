import { BrokerError } from '../../../src/transport/broker/broker.error.js';
import type { Broker } from '../../../src/transport/broker/broker.js';
import type {
  BrokerMessage,
  BrokerQueue,
  VisibilityChange,
} from '../../../src/transport/broker/broker.queue.js';
import type { MemoryBroker } from '../../../src/transport/broker/memory/memory.broker.js';
import { handleOf } from '../../../src/transport/broker/memory/stored-message.js';
import type { EntryOutcome } from '../../../src/transport/call-batching/entry-batcher.js';
import { refusingSome } from '../refused-entries.js';
import type { Life } from './life.js';
import { orderOf, type Model } from './model.js';
import { STALL_MS, type Troubles } from './troubles.js';

/** The broker as one process sees it: over a network on which things go wrong, and no longer than it lives. */
export class CrashingBroker implements Broker {
  readonly region: string;
  readonly queues: Broker['queues'];
  readonly topics: Broker['topics'];
  /** Which order each receipt handle stands for, as the world saw it being given out. */
  readonly #orders = new Map<string, number>();
  readonly #torn = new Set<number>();

  constructor(
    private readonly broker: MemoryBroker,
    private readonly life: Life,
    private readonly troubles: Troubles,
    private readonly model: Model,
  ) {
    this.region = broker.region;
    this.queues = this.#through('queues', broker.queues);
    this.topics = this.#through('topics', broker.topics);
  }

  /** Orders whose visibility was last changed by a call of which SQS refused some entries. */
  get torn(): ReadonlySet<number> {
    return this.#torn;
  }

  /** Whether this process was given the message under this handle. */
  holds(url: string, handle: string): boolean {
    return this.#orders.has(`${url} ${handle}`);
  }

  /** Whether a message of the order is in flight, by a receive of this process. */
  hasInFlight(url: string, order: number): boolean {
    const nowMs = this.life.monotonicMs();
    return this.broker.queues
      .at(url)
      .messages.some(
        (message) =>
          message.visibleAtMs > nowMs && this.#orders.get(`${url} ${handleOf(message)}`) === order,
      );
  }

  readonly openQueue = (url: string): BrokerQueue => {
    const queue = this.broker.openQueue(url);
    return {
      receive: async (request) => {
        let received: readonly BrokerMessage[] = [];
        try {
          return await this.#call('receive', async () => {
            received = await queue.receive(request);
            this.#note(url, received);
            return received;
          });
        } catch (error) {
          for (const order of ordersOf(received)) this.model.receiveLost(order);
          throw error;
        }
      },
      delete: (handles) =>
        this.#call('delete', async () => {
          const outcomes = await this.#each(handles, async (some) =>
            some.length > 0 ? queue.delete(some) : [],
          );
          handles.forEach((handle, index) => {
            const order = this.#orders.get(`${url} ${handle}`);
            if (outcomes[index]?.ok && order !== undefined) this.model.deleted(order);
          });
          return outcomes;
        }),
      changeVisibility: (changes) =>
        this.#stalling(() =>
          this.#call('changeVisibility', () =>
            this.#each(changes, async (some) => {
              this.#compare(url, changes, some);
              return some.length > 0 ? queue.changeVisibility(some) : [];
            }),
          ),
        ),
      send: (copy) =>
        this.#call('send a copy', async () => {
          await queue.send(copy);
          const order = orderOf(copy.body);
          if (order !== undefined) this.model.copied(order);
        }),
    };
  };

  #compare(
    url: string,
    asked: readonly VisibilityChange[],
    taken: readonly VisibilityChange[],
  ): void {
    for (const { receiptHandle } of asked) {
      const order = this.#orders.get(`${url} ${receiptHandle}`);
      if (order === undefined) continue;
      if (taken.length < asked.length) this.#torn.add(order);
      else this.#torn.delete(order);
    }
  }

  #note(url: string, messages: readonly BrokerMessage[]): void {
    for (const { Body: body, ReceiptHandle: handle = '' } of messages) {
      const order = orderOf(body);
      if (order === undefined) continue;
      this.#orders.set(`${url} ${handle}`, order);
      this.model.received(order, this.life.id);
    }
  }

  readonly send: Broker['send'] = (to, messages) =>
    this.#call(`send ${messages.length} to a ${to.kind}`, () => this.broker.send(to, messages));

  async #stalling<T>(call: () => Promise<T>): Promise<T> {
    if (!this.troubles.strikes(this.troubles.stalled)) return call();
    await this.life.takes(STALL_MS / 2);
    const answer = await call();
    await this.life.takes(STALL_MS / 2);
    return answer;
  }

  #each<T>(
    entries: readonly T[],
    act: (entries: readonly T[]) => Promise<EntryOutcome[]>,
  ): Promise<EntryOutcome[]> {
    return refusingSome(entries, () => this.troubles.strikes(this.troubles.refused), act);
  }

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
    const { troubles } = this;
    await this.life.pass(`calls ${what}`);
    await this.#travels();
    const isOut = troubles.isOutage && (what === 'delete' || what === 'changeVisibility');
    if (isOut || troubles.strikes(troubles.throttled))
      throw new BrokerError('RequestThrottled', `${what} was throttled`);
    const answer = await effect();
    await this.life.pass(`${what} has taken effect`);
    await this.#travels();
    // Asked for now: a poll may have waited until the troubles had ended.
    if (troubles.strikes(troubles.lostAnswers))
      throw Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });
    return answer;
  }

  async #travels(): Promise<void> {
    const { random, latencyMs } = this.troubles;
    if (latencyMs > 0) await this.life.takes((random() * latencyMs) / 2);
  }
}

const ordersOf = (messages: readonly BrokerMessage[]): number[] =>
  messages.map(({ Body: body }) => orderOf(body)).filter((order) => order !== undefined);
