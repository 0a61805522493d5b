import { isForeign } from '../../common/resource-names.js';
import { defineTopology, InvalidOptionsError, type Topology } from '../index.js';
import type { QueueDeclaration } from '../topology/index.js';
import type { MessagingConfig } from './messaging.config.js';
import { queueNameOf, shortDeadLetterName } from './queue.name.js';
import { TypedCodec } from './typed.codec.js';

const ENVIRONMENT = /^[\w-]{1,40}$/;

/** A topic's name in the code and in AWS. */
interface KnownTopic {
  /** The pattern of its handlers. It has a prefix because Nest would parse a name such as `2026` as JSON. */
  readonly pattern: string;
  /** Name or ARN. */
  readonly address: string;
  /** Name, URL or ARN of its queue. */
  readonly queue: string;
}

/** The error of a call whose topic is an unset variable: its event must not go to the configuration's topic. */
export const namelessCall = (call: string): InvalidOptionsError =>
  new InvalidOptionsError(
    `${call}: its topic is undefined, as the value of an unset variable is. Set the variable, or leave the topic out.`,
  );

/** The bare prefix for `@OnTopic(class)`, which names no topic. */
export const patternOf = (topic = ''): string => `topic:${topic}`;

/** Maps the topics' names in the code to topics and queues in AWS. */
export class TopicDirectory {
  /** @throws InvalidOptionsError naming each name that contains an unset variable or is not allowed. */
  constructor(private readonly config: Pick<MessagingConfig, 'environment' | 'topic' | 'topics'>) {
    const faults = [...environmentFaults(config.environment), ...mappingFaults(config.topics)];
    if (faults.length > 0)
      throw new InvalidOptionsError(
        `The configuration of typed publish/subscribe is invalid:\n  ${faults.join('\n  ')}`,
        { details: { faults } },
      );
  }

  /** @throws InvalidOptionsError if neither the call nor the configuration names a topic. */
  nameOf(given: string | undefined): string {
    const name = given ?? this.config.topic;
    if (name !== undefined) return name;
    throw new InvalidOptionsError(
      'No topic is named: name one in the call, or set `topic` in the configuration (AWS_TOPIC_NAME)',
    );
  }

  /** The name of a topic in AWS, or its ARN. */
  addressOf(topic: string): string {
    return this.#known(topic).address;
  }

  /** The topology for publishing to one topic. @throws TopologyError for a name that no topic can have. */
  publishing(topic: string): Topology {
    const { pattern, address } = this.#known(topic);
    return defineTopology({
      topics: isForeign(address) ? [] : [{ name: address }],
      routes: [{ patterns: [pattern], topic: address, codec: new TypedCodec(pattern) }],
    });
  }

  /**
   * The topology for consuming topics: each topic, its queue, and the subscription between them.
   *
   * @param topics undefined stands for the configuration's topic.
   * @throws TopologyError for names that no topic or queue can have, and for two topics with one queue; InvalidOptionsError
   * for a topic that handlers subscribe to both with and without its name.
   */
  consuming(topics: readonly (string | undefined)[]): Topology {
    const named = topics.map((topic) => this.nameOf(topic));
    const known = [...new Set(named)].map((topic) => {
      if (topic !== this.config.topic || !topics.includes(undefined)) return this.#known(topic);
      if (!topics.includes(topic)) return { ...this.#known(topic), pattern: patternOf() };
      throw new InvalidOptionsError(
        `Topic "${topic}" is the one of the configuration: subscribe to it by its name everywhere, or nowhere`,
      );
    });
    return defineTopology({
      topics: known.flatMap(({ address }) => (isForeign(address) ? [] : [{ name: address }])),
      queues: known.flatMap(queuesOf),
    });
  }

  #known(topic: string): KnownTopic {
    const { topics = {}, environment } = this.config;
    const mapped = Object.hasOwn(topics, topic) ? topics[topic] : undefined;
    const { topic: address = topic, queue = queueNameOf(address, environment) } = mapped ?? {};
    return { pattern: patternOf(topic), address, queue };
  }
}

const environmentFaults = (environment: unknown): string[] =>
  typeof environment === 'string' && ENVIRONMENT.test(environment)
    ? []
    : [
        `environment is ${JSON.stringify(environment)}, and must have 1 to 40 letters, digits, - and _: it ends the names of queues`,
      ];

/** An unset variable in a mapping is a fault; leaving the mapping out would mean the name in the code. */
const mappingFaults = (topics: MessagingConfig['topics'] = {}): string[] =>
  Object.entries(topics).flatMap(([name, mapping]) =>
    Object.entries(mapping)
      .filter(([, value]: [string, unknown]) => value === undefined || value === '')
      .map(
        ([key]) =>
          `topics.${name}.${key} is not set, as the value of an unset variable is: set it, or leave it out`,
      ),
  );

function queuesOf({ pattern, address, queue }: KnownTopic): QueueDeclaration[] {
  const consumed = { name: queue, patterns: [pattern], codec: new TypedCodec(pattern) };
  // Its owner must subscribe it.
  if (isForeign(queue)) return [consumed];
  const from = [{ topic: address }];
  const deadLetter = shortDeadLetterName(queue);
  if (deadLetter === undefined) return [{ ...consumed, from }];
  return [
    { ...consumed, from, deadLetter: { name: deadLetter } },
    { name: deadLetter, patterns: [] },
  ];
}
