import type { Clock } from '../../clock.js';
import { isFifoName, lastPart } from '../../../common/resource-names.js';
import { BrokerError, noSuchQueue } from '../broker.error.js';
import type { BrokerAttributes, BrokerQueues, BrokerTags } from '../broker.js';
import { MemoryQueue } from './memory.queue.js';
import { differs } from './resource.js';
import type { Unreliability } from './unreliability.js';

export const ACCOUNT = '000000000000';

/** No request could ever go there. */
const NOWHERE = 'http://in-memory.invalid';

/** What SQS gives a queue that says nothing else. */
const DEFAULTS = {
  VisibilityTimeout: '30',
  MaximumMessageSize: '1048576',
  MessageRetentionPeriod: '345600',
  DelaySeconds: '0',
  ReceiveMessageWaitTimeSeconds: '0',
  SqsManagedSseEnabled: 'true',
};

export interface MemoryQueuesOptions {
  /** @defaultValue 'us-east-1' */
  readonly region: string;
  /** What leases, delays and long polls go by. @defaultValue the machine's */
  readonly clock: Clock;
  /** What standard queues do to their messages. @defaultValue each is received once, in order */
  readonly unreliable?: Unreliability;
  /** What queue URLs begin with, where it is asked by HTTP. @defaultValue a host that does not exist */
  readonly origin?: string;
}

/** The queues of one account and region, by their names. */
export class MemoryQueues implements BrokerQueues {
  readonly #made = new Map<string, MemoryQueue>();

  constructor(private readonly options: MemoryQueuesOptions) {}

  /** The queue at a URL. @throws BrokerError where there is none. */
  at(url: string): MemoryQueue {
    const name = lastPart(url);
    const queue = this.#made.get(name);
    if (!queue || !url.endsWith(`/${ACCOUNT}/${name}`)) throw noSuchQueue(url);
    return queue;
  }

  /** The queue of an ARN; undefined where there is none. */
  readonly ofArn = (arn: string): MemoryQueue | undefined => this.#made.get(lastPart(arn));

  /** Ends polls that wait. */
  endPolls(): void {
    for (const { polls } of this.#made.values()) polls.endAll();
  }

  async urlOf(name: string, account = ACCOUNT): Promise<string> {
    if (!this.#made.has(name) || account !== ACCOUNT) throw noSuchQueue(name);
    return this.#urlOf(name);
  }

  async attributesOf(url: string, names: readonly string[] = ['All']): Promise<BrokerAttributes> {
    const { depth, attributes } = this.at(url);
    const all: BrokerAttributes = {
      ...attributes,
      ApproximateNumberOfMessages: String(depth.visible),
      ApproximateNumberOfMessagesNotVisible: String(depth.inFlight),
      ApproximateNumberOfMessagesDelayed: String(depth.delayed),
    };
    if (names.includes('All')) return all;
    return Object.fromEntries(names.map((name) => [name, all[name]]));
  }

  async create(name: string, attributes: BrokerAttributes, tags: BrokerTags): Promise<string> {
    if ((attributes['FifoQueue'] === 'true') !== isFifoName(name))
      throw new BrokerError('InvalidParameterValue', `${name}: a FIFO queue's name ends in .fifo`);
    const known = this.#made.get(name);
    if (known && differs(known, attributes))
      throw new BrokerError('QueueNameExists', `${name} has other attributes`);
    if (!known) {
      const { region, clock } = this.options;
      const made = {
        QueueArn: `arn:aws:sqs:${region}:${ACCOUNT}:${name}`,
        CreatedTimestamp: String(Math.floor(clock.now() / 1000)),
        ...DEFAULTS,
      };
      const queue = new MemoryQueue({
        ...this.options,
        attributes: changed(made, attributes),
        queueOf: this.ofArn,
      });
      queue.tags = tags;
      this.#made.set(name, queue);
    }
    return this.#urlOf(name);
  }

  async setAttributes(url: string, attributes: BrokerAttributes): Promise<void> {
    const queue = this.at(url);
    queue.attributes = changed(queue.attributes, attributes);
  }

  async tagsOf(url: string): Promise<BrokerTags> {
    return this.at(url).tags;
  }

  async tag(url: string, tags: BrokerTags): Promise<void> {
    const queue = this.at(url);
    queue.tags = { ...queue.tags, ...tags };
  }

  async delete(url: string): Promise<void> {
    const { polls } = this.at(url);
    this.#made.delete(lastPart(url));
    polls.endAll(noSuchQueue(url));
  }

  async list(prefix: string, max: number): Promise<readonly string[]> {
    const names = [...this.#made.keys()].filter((name) => name.startsWith(prefix));
    return names.slice(0, max).map((name) => this.#urlOf(name));
  }

  #urlOf(name: string): string {
    return `${this.options.origin ?? NOWHERE}/${ACCOUNT}/${name}`;
  }
}

/** An attribute that is set to nothing is one that the queue has not. */
const changed = (attributes: BrokerAttributes, changes: BrokerAttributes): BrokerAttributes =>
  Object.fromEntries(Object.entries({ ...attributes, ...changes }).filter(([, value]) => value));
