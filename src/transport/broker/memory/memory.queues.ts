import type { Clock } from '../../clock.js';
import { readRedrivePolicy } from '../../topology/declare/queue-settings.js';
import { isFifoName, lastPart } from '../../topology/declare/names.js';
import { BrokerError, noSuchQueue } from '../broker.error.js';
import type { BrokerAttributes, BrokerQueues, BrokerTags } from '../broker.js';
import { MemoryQueue } from './memory.queue.js';
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

interface Made {
  readonly queue: MemoryQueue;
  readonly createdAtS: number;
  attributes: BrokerAttributes;
  tags: BrokerTags;
}

export interface MemoryQueuesOptions {
  readonly region: string;
  readonly clock: Clock;
  readonly unreliable?: Unreliability | undefined;
  /** What queue URLs begin with. @defaultValue a host that does not exist */
  readonly origin?: string | undefined;
}

/** The queues of one account and region, by their names. */
export class MemoryQueues implements BrokerQueues {
  readonly #made = new Map<string, Made>();

  readonly #origin: string;

  constructor(private readonly options: MemoryQueuesOptions) {
    this.#origin = options.origin ?? NOWHERE;
  }

  /** The queue at a URL. @throws BrokerError where there is none. */
  at(url: string): MemoryQueue {
    return this.#get(url).queue;
  }

  /** The queue of an ARN; undefined where there is none. */
  ofArn(arn: string): MemoryQueue | undefined {
    return this.#made.get(lastPart(arn))?.queue;
  }

  /** Ends polls that wait. */
  endPolls(): void {
    for (const { queue } of this.#made.values()) queue.endPolls();
  }

  urlOf(name: string, account = ACCOUNT): Promise<string> {
    return this.#made.has(name) && account === ACCOUNT
      ? Promise.resolve(this.#urlOf(name))
      : Promise.reject(noSuchQueue(name));
  }

  async attributesOf(url: string, names: readonly string[] = ['All']): Promise<BrokerAttributes> {
    const { queue, attributes, createdAtS } = await this.#found(url);
    const { visible, inFlight, delayed } = queue.depth;
    const all: BrokerAttributes = {
      ...attributes,
      QueueArn: this.#arnOf(lastPart(url)),
      CreatedTimestamp: String(createdAtS),
      ApproximateNumberOfMessages: String(visible),
      ApproximateNumberOfMessagesNotVisible: String(inFlight),
      ApproximateNumberOfMessagesDelayed: String(delayed),
    };
    if (names.includes('All')) return all;
    return Object.fromEntries(names.map((name) => [name, all[name]]));
  }

  create(name: string, attributes: BrokerAttributes, tags: BrokerTags): Promise<string> {
    const known = this.#made.get(name);
    if (known) {
      const differs = Object.entries(attributes).some(
        ([one, value]) => known.attributes[one] !== value,
      );
      return differs
        ? Promise.reject(new BrokerError('QueueNameExists', `${name} has other attributes`))
        : Promise.resolve(this.#urlOf(name));
    }
    if ((attributes['FifoQueue'] === 'true') !== isFifoName(name))
      return Promise.reject(
        new BrokerError('InvalidParameterValue', `${name}: a FIFO queue's name ends in .fifo`),
      );
    const { clock, unreliable } = this.options;
    const made: Made = {
      queue: new MemoryQueue({ clock, unreliable, fifo: isFifoName(name) }),
      createdAtS: Math.floor(clock.now() / 1000),
      attributes: {},
      tags: { ...tags },
    };
    this.#set(made, name, { ...DEFAULTS, ...attributes });
    this.#made.set(name, made);
    return Promise.resolve(this.#urlOf(name));
  }

  async setAttributes(url: string, attributes: BrokerAttributes): Promise<void> {
    this.#set(await this.#found(url), lastPart(url), attributes);
  }

  async tagsOf(url: string): Promise<BrokerTags> {
    return { ...(await this.#found(url)).tags };
  }

  async tag(url: string, tags: BrokerTags): Promise<void> {
    const made = await this.#found(url);
    made.tags = { ...made.tags, ...tags };
  }

  async delete(url: string): Promise<void> {
    const { queue } = await this.#found(url);
    this.#made.delete(lastPart(url));
    queue.endPolls(noSuchQueue(url));
  }

  list(prefix: string, max: number): Promise<readonly string[]> {
    const names = [...this.#made.keys()].filter((name) => name.startsWith(prefix));
    return Promise.resolve(names.slice(0, max).map((name) => this.#urlOf(name)));
  }

  #get(url: string): Made {
    const made = this.#made.get(lastPart(url));
    if (!made || !url.endsWith(`/${ACCOUNT}/${lastPart(url)}`)) throw noSuchQueue(url);
    return made;
  }

  // A rejection rather than a throw.
  async #found(url: string): Promise<Made> {
    return Promise.resolve(this.#get(url));
  }

  #set(made: Made, name: string, changes: BrokerAttributes): void {
    const all = Object.entries({ ...made.attributes, ...changes });
    const attributes: BrokerAttributes = Object.fromEntries(
      all.filter(([, value]) => value !== undefined && value !== ''),
    );
    made.attributes = attributes;
    const redrive = readRedrivePolicy(attributes['RedrivePolicy']);
    made.queue.settings = {
      arn: this.#arnOf(name),
      delayS: Number(attributes['DelaySeconds']),
      maxBytes: Number(attributes['MaximumMessageSize']),
      retentionS: Number(attributes['MessageRetentionPeriod']),
      deduplicatedByGroup: attributes['DeduplicationScope'] === 'messageGroup',
      redrive: redrive && {
        to: () => this.ofArn(redrive.target),
        maxReceiveCount: redrive.maxReceiveCount,
      },
    };
  }

  #urlOf(name: string): string {
    return `${this.#origin}/${ACCOUNT}/${name}`;
  }

  #arnOf(name: string): string {
    return `arn:aws:sqs:${this.options.region}:${ACCOUNT}:${name}`;
  }
}
