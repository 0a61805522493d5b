import type { EntryOutcome } from '../../call-batching/entry-batcher.js';
import { systemClock } from '../../clock.js';
import { attributeBytes } from '../../codec/attributes.js';
import {
  MAX_ATTRIBUTES,
  MAX_BATCH_ENTRIES,
  MAX_DELAY_S,
  SQS_MAX_BYTES,
} from '../../sns-sqs.constants.js';
import { X_RAY_ATTRIBUTE, xRayHeaderOf } from '../x-ray.js';
import { BrokerError } from '../broker.error.js';
import type { Address, Broker, OutgoingMessage } from '../broker.js';
import type { BrokerQueue } from '../broker.queue.js';
import { refused } from '../refusal.js';
import { MemoryQueues, type MemoryQueuesOptions } from './memory.queues.js';
import { MemoryTopics } from './topics/memory.topics.js';

/** What became of a message that was sent; with the id it was given. */
export type PutOutcome = EntryOutcome & { readonly id?: string };

/** How a broker in memory is made. */
type MemoryBrokerOptions = Partial<MemoryQueuesOptions>;

/**
 * SNS and SQS in the memory of this process, as AWS describes them. What it has not is in `test/engines/capabilities.ts`:
 * rights, other accounts and regions, message move tasks.
 */
export class MemoryBroker implements Broker {
  readonly region: string;
  readonly queues: MemoryQueues;
  readonly topics: MemoryTopics;

  constructor(options: MemoryBrokerOptions = {}) {
    const { region = 'us-east-1', clock = systemClock } = options;
    this.region = region;
    this.queues = new MemoryQueues({ ...options, region, clock });
    this.topics = new MemoryTopics(region, clock, this.queues.ofArn);
  }

  /** Found at each call: it may be deleted meanwhile, and made again. */
  readonly openQueue = (url: string): BrokerQueue => ({
    receive: async (request) => {
      if (request.maxMessages > MAX_BATCH_ENTRIES)
        throw new BrokerError('InvalidParameterValue', 'MaxNumberOfMessages is 10 at most');
      return this.queues.at(url).receive(request);
    },
    delete: async (handles) => this.queues.at(url).delete(checkCount(handles)),
    changeVisibility: async (changes) => this.queues.at(url).changeVisibility(checkCount(changes)),
    send: async (copy) => this.queues.at(url).send(copy),
  });

  readonly send = async (
    { kind, address, fifo }: Address,
    messages: readonly OutgoingMessage[],
  ): Promise<PutOutcome[]> => {
    const bytes = messages.reduce(
      (sum, { body, attributes }) => sum + Buffer.byteLength(body) + attributeBytes(attributes),
      0,
    );
    checkCount(messages);
    if (bytes > this.#maxBytes(kind, address))
      throw new BrokerError('BatchRequestTooLong', `${bytes} bytes`);
    return messages.map((message) => {
      const fault = faultOf(message, fifo);
      if (fault) return refused(...fault);
      const isPublished = kind === 'topic';
      return {
        ok: true,
        id: isPublished ? this.topics.publish(address, message) : this.#put(address, fifo, message),
      };
    });
  };

  #maxBytes(kind: Address['kind'], address: string): number {
    if (kind === 'topic') return this.topics.maxBytes(address);
    return Number(this.queues.at(address).attributes['MaximumMessageSize'] ?? SQS_MAX_BYTES);
  }

  #put(url: string, fifo: boolean, { id, ...message }: OutgoingMessage): string {
    const trace = xRayHeaderOf(message.attributes);
    return this.queues.at(url).put({
      ...message,
      ...(fifo && { deduplicationId: id }),
      ...(trace !== undefined && { system: { [X_RAY_ATTRIBUTE]: trace } }),
    });
  }
}

function checkCount<T>(entries: readonly T[]): readonly T[] {
  const { length: count } = entries;
  if (count === 0) throw new BrokerError('EmptyBatchRequest', 'The call has no entries');
  if (count <= MAX_BATCH_ENTRIES) return entries;
  throw new BrokerError('TooManyEntriesInBatchRequest', `${count} entries, at most 10`);
}

type Fault = readonly [code: string, why: string];

/** Why SQS or SNS would refuse one message of a call. */
function faultOf(
  { attributes, delayS = 0, group }: OutgoingMessage,
  fifo: boolean,
): Fault | undefined {
  const all = Object.values(attributes);
  if (all.length > MAX_ATTRIBUTES)
    return ['InvalidParameterValue', `${all.length} message attributes, at most ${MAX_ATTRIBUTES}`];
  if (all.some((one) => 'StringValue' in one && one.StringValue === ''))
    return ['InvalidParameterValue', 'A message attribute is empty'];
  if (delayS > MAX_DELAY_S)
    return ['InvalidParameterValue', `DelaySeconds is ${delayS}, at most ${MAX_DELAY_S}`];
  return fifo && group === undefined ? ['MissingParameter', 'MessageGroupId'] : undefined;
}
