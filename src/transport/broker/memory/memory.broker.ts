import { systemClock, type Clock } from '../../clock.js';
import { attributeBytes } from '../../codec/attributes.js';
import {
  MAX_ATTRIBUTES,
  MAX_BATCH_ENTRIES,
  MAX_DELAY_S,
  SQS_MAX_BYTES,
} from '../../sns-sqs.constants.js';
import { X_RAY_ATTRIBUTE, xRayHeader } from '../../tracing/x-ray.js';
import { BrokerError } from '../broker.error.js';
import type { Address, Broker, OutgoingMessage } from '../broker.js';
import type { BrokerQueue } from '../broker.queue.js';
import { refused, type PutOutcome } from './stored-message.js';
import { MemoryQueues } from './memory.queues.js';
import { MemoryTopics } from './memory.topics.js';
import type { Unreliability } from './unreliability.js';

/** How a broker in memory is made. */
export interface MemoryBrokerOptions {
  /** @defaultValue 'us-east-1' */
  readonly region?: string;
  /** What leases, delays and long polls go by. @defaultValue the machine's */
  readonly clock?: Clock;
  /** What standard queues do to their messages. @defaultValue each is received once, in order */
  readonly unreliable?: Unreliability;
  /** What queue URLs begin with, where it is asked by HTTP. @defaultValue a host that does not exist */
  readonly origin?: string;
}

/**
 * SNS and SQS in the memory of this process, as AWS describes them. What it has not is in `test/engines/capabilities.ts`:
 * rights, other accounts and regions, message move tasks.
 */
export class MemoryBroker implements Broker {
  readonly region: string;
  readonly queues: MemoryQueues;
  readonly topics: MemoryTopics;

  constructor({
    region = 'us-east-1',
    clock = systemClock,
    unreliable,
    origin,
  }: MemoryBrokerOptions = {}) {
    this.region = region;
    this.queues = new MemoryQueues({ region, clock, unreliable, origin });
    const queueOf = this.queues.ofArn.bind(this.queues);
    this.topics = new MemoryTopics({ region, clock, queueOf });
  }

  /** Found at each call: it may be deleted meanwhile, and made again. */
  readonly openQueue = (url: string): BrokerQueue => ({
    receive: async (request) => this.queues.at(url).receive(request),
    delete: async (handles) => this.queues.at(url).delete(handles),
    changeVisibility: async (changes) => this.queues.at(url).changeVisibility(changes),
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
    if (messages.length > MAX_BATCH_ENTRIES)
      throw new BrokerError('TooManyEntriesInBatchRequest', 'At most 10 messages');
    if (bytes > this.#maxBytes(kind, address))
      throw new BrokerError('BatchRequestTooLong', `${bytes} bytes`);
    const put =
      kind === 'topic'
        ? (message: OutgoingMessage) => this.topics.publish(address, message)
        : (message: OutgoingMessage) => this.#put(address, fifo, message);
    return messages.map((message) => {
      const fault = faultOf(message, fifo);
      if (fault) return refused(...fault);
      return { ok: true, id: put(message) };
    });
  };

  #maxBytes(kind: Address['kind'], address: string): number {
    return kind === 'topic'
      ? this.topics.maxBytes(address)
      : (this.queues.at(address).settings.maxBytes ?? SQS_MAX_BYTES);
  }

  #put(
    url: string,
    fifo: boolean,
    { id, body, attributes, group, delayS }: OutgoingMessage,
  ): string | undefined {
    const { traceparent } = attributes;
    const trace =
      traceparent && 'StringValue' in traceparent ? xRayHeader(traceparent.StringValue) : undefined;
    return this.queues.at(url).put({
      body,
      attributes,
      delayS,
      group,
      ...(fifo && { deduplicationId: id }),
      ...(trace !== undefined && { system: { [X_RAY_ATTRIBUTE]: trace } }),
    });
  }
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
