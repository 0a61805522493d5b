import type { Type } from '@nestjs/common';
import type { JsonSchema } from '../../messaging/index.js';
import type { Topology } from '../../transport/index.js';
import type { MessageDecoder } from '../../transport/codec/index.js';
import type { QueueDeclaration } from '../../transport/topology/index.js';
import { nativeCodec } from '../../transport/codec/index.js';
import { coveredBy } from '../../transport/topology/declare/pattern.js';
import { consumer, given, keyOf, queueBinding, queueObject, topicBinding } from './channels.js';
import { ClassSchemas } from './class.schemas.js';
import { handledMessages, type HandledMessage } from './handled.messages.js';
import { formatFor } from './message.formats.js';
import { shapeSchema } from './shape.schema.js';

/** https://www.asyncapi.com/docs/reference/specification/v3.1.0 */
const ASYNCAPI_VERSION = '3.1.0';
const SCHEMAS = '#/components/schemas/';

const OF_EACH_PROCESS = 'A broadcast: each process has a queue of its own, whose name begins so.';

/** The parts of AsyncAPI documents that this project uses. */
export interface AsyncApiDocument {
  readonly asyncapi: string;
  readonly info: JsonSchema;
  readonly defaultContentType: string;
  readonly channels: Readonly<Record<string, JsonSchema>>;
  readonly operations: Readonly<Record<string, JsonSchema>>;
  readonly components: {
    readonly messages: Readonly<Record<string, JsonSchema>>;
    readonly schemas: Readonly<Record<string, JsonSchema>>;
  };
}

interface DocumentParts {
  readonly title: string;
  readonly version: string;
  readonly description: string;
  readonly topology: Topology;
  /** Controllers whose handlers determine the messages. */
  readonly controllers: readonly Type[];
}

/** A document and the classes of its messages. */
export interface Described {
  readonly document: AsyncApiDocument;
  readonly types: readonly Type[];
}

/** The topology and the messages of an application as an AsyncAPI document: each topic and each queue is a channel. */
export const describeMessages = (parts: DocumentParts): Described =>
  new DocumentBuilder(parts).build();

class DocumentBuilder {
  readonly #topology: Topology;
  readonly #handled: readonly HandledMessage[];
  readonly #schemas = new ClassSchemas(SCHEMAS);
  readonly #messages = new Map<string, JsonSchema>();
  /** Keys of the messages on each channel. */
  readonly #onChannel = new Map<string, Set<string>>();

  constructor(private readonly parts: DocumentParts) {
    this.#topology = parts.topology;
    // The document must not depend on the order in which an application lists its modules.
    this.#handled = handledMessages(parts.controllers).toSorted((one, other) =>
      one.pattern < other.pattern ? -1 : 1,
    );
  }

  build(): Described {
    const operations = Object.fromEntries([
      ...this.#topology.routes.map((route) => this.#sending(route)),
      ...this.#topology.queues
        .filter(({ patterns }) => patterns.length > 0)
        .map((queue) => this.#receiving(queue)),
      ...this.#unrouted.map((name) => this.#subscribed(name)),
    ]);
    const { title, version, description } = this.parts;
    const document = {
      asyncapi: ASYNCAPI_VERSION,
      info: { title, version, description },
      defaultContentType: 'application/json',
      channels: this.#channels(),
      operations,
      components: { messages: sorted(this.#messages), schemas: this.#schemas.all },
    };
    return { document, types: this.#schemas.types };
  }

  /** Topics that this application subscribes to and does not publish to. */
  get #unrouted(): readonly string[] {
    const { routes, queues } = this.#topology;
    const routed = new Set(routes.map((route) => ('topic' in route ? route.topic : undefined)));
    const subscribed = queues.flatMap(({ from = [] }) => from.map(({ topic }) => topic));
    return [...new Set(subscribed)].filter((topic) => !routed.has(topic));
  }

  #sending(route: Topology['routes'][number]): [string, JsonSchema] {
    const { patterns, codec = nativeCodec } = route;
    const address = 'topic' in route ? route.topic : route.queue;
    const bindings =
      'topic' in route ? this.#snsOperation(route.topic) : this.#sqsOperation(route.queue);
    const messages = this.#messagesOf(patterns, codec, address);
    return [
      `send-${keyOf(address)}-${keyOf(patterns.join('-').replaceAll('*', 'any'))}`,
      operation('send', address, messages, bindings),
    ];
  }

  #receiving(queue: QueueDeclaration): [string, JsonSchema] {
    const { name, patterns, codec = nativeCodec, from = [] } = queue;
    const messages = this.#messagesOf(patterns, codec, name);
    for (const { topic } of from) for (const key of messages) this.#note(topic, key);
    return [
      `receive-${keyOf(name)}`,
      operation('receive', name, messages, { sqs: { queues: [queueObject(queue)] } }),
    ];
  }

  #subscribed(topic: string): [string, JsonSchema] {
    const messages = [...(this.#onChannel.get(topic) ?? [])];
    return [
      `subscribe-${keyOf(topic)}`,
      operation('receive', topic, messages, this.#snsOperation(topic)),
    ];
  }

  #snsOperation(topic: string): JsonSchema | undefined {
    const consumers = this.#topology.queues.flatMap((queue) =>
      (queue.from ?? [])
        .filter((subscription) => subscription.topic === topic)
        .map((subscription) => consumer(queue, subscription)),
    );
    return consumers.length === 0 ? undefined : { sns: { consumers } };
  }

  #sqsOperation(name: string): JsonSchema | undefined {
    const queue = this.#topology.queues.find((one) => one.name === name);
    return queue && { sqs: { queues: [queueObject(queue)] } };
  }

  /** Keys of the messages of patterns: those of handlers, and patterns without a handler here. */
  #messagesOf(patterns: readonly string[], codec: MessageDecoder, address: string): string[] {
    const handled = this.#handled.filter(({ pattern }) => coveredBy(patterns, pattern));
    const known = handled.map(({ pattern }) => pattern);
    const others = patterns
      .filter((pattern) => !known.some((one) => coveredBy([pattern], one)))
      .map((pattern) => ({ pattern, payload: undefined }));
    return [...handled, ...others].map((message) => this.#message(message, codec, address));
  }

  #message({ pattern, payload }: HandledMessage, codec: MessageDecoder, address: string): string {
    const key = keyOf(pattern.replace(/\.?\*$/, '') || 'any');
    const { body, attributes = [], contentType, correlationId } = formatFor(codec);
    this.#note(address, key);
    if (!this.#messages.has(key))
      this.#messages.set(
        key,
        given({
          name: pattern,
          contentType,
          summary: `In the format "${codec.name}"`,
          headers: attributes.length === 0 ? undefined : headersOf(attributes),
          correlationId: correlationId === undefined ? undefined : { location: correlationId },
          payload: body({
            pattern,
            payload: payload && shapeSchema(payload, this.#schemas.refTo),
            schemaOf: this.#schemas.refTo,
          }),
        }),
      );
    return key;
  }

  #note(address: string, message: string): void {
    const known = this.#onChannel.get(address) ?? new Set();
    this.#onChannel.set(address, known.add(message));
  }

  #channels(): Readonly<Record<string, JsonSchema>> {
    const { topics, queues } = this.#topology;
    const declared = new Map<string, JsonSchema>([
      ...topics.map((topic) => [topic.name, { sns: topicBinding(topic) }] as const),
      ...queues.map((queue) => [queue.name, { sqs: queueBinding(queue) }] as const),
    ]);
    const broadcasts = new Set(queues.filter(({ broadcast }) => broadcast).map(({ name }) => name));
    // Routes and subscriptions may name topics of other owners.
    const addresses = new Set([...declared.keys(), ...this.#onChannel.keys()]);
    return sorted(
      new Map(
        [...addresses].map((address) => [
          keyOf(address),
          given({
            address,
            description: broadcasts.has(address) ? OF_EACH_PROCESS : undefined,
            messages: Object.fromEntries(
              [...(this.#onChannel.get(address) ?? [])].map((key) => [
                key,
                { $ref: `#/components/messages/${key}` },
              ]),
            ),
            bindings: declared.get(address),
          }),
        ]),
      ),
    );
  }
}

const operation = (
  action: 'send' | 'receive',
  address: string,
  messages: readonly string[],
  bindings: JsonSchema | undefined,
): JsonSchema =>
  given({
    action,
    channel: { $ref: `#/channels/${keyOf(address)}` },
    messages: messages.map((key) => ({ $ref: `#/channels/${keyOf(address)}/messages/${key}` })),
    bindings,
  });

const headersOf = (names: readonly string[]): JsonSchema => ({
  type: 'object',
  properties: Object.fromEntries(names.map((name) => [name, { type: 'string' }])),
});

const sorted = <T>(entries: ReadonlyMap<string, T>): Readonly<Record<string, T>> =>
  Object.fromEntries([...entries].toSorted(([one], [other]) => (one < other ? -1 : 1)));
