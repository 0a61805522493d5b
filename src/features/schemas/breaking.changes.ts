import { isDeepStrictEqual } from 'node:util';
import { fieldsOf } from '../../common/objects.js';
import type { JsonSchema } from '../../messaging/index.js';
import type { AsyncApiDocument } from './asyncapi.document.js';
import { lostFields } from './lost.fields.js';
import { narrowings } from './schema.narrowing.js';
import type { Rooted } from './schema.nodes.js';

/** An object of an untrusted document. */
type Node = Readonly<Record<string, unknown>>;

/**
 * The breaking changes between two documents, as texts. Messages that were accepted must still be accepted; messages
 * that are only sent must still fit their present readers.
 */
export function breakingChanges(before: AsyncApiDocument, after: AsyncApiDocument): string[] {
  return [
    ...Object.entries(nodes(before.channels)).flatMap(([key, channel]) =>
      channelChanges(key, channel, nodes(after.channels)[key]),
    ),
    ...Object.entries(nodes(before.operations)).flatMap(([key, operation]) =>
      operationChanges(key, operation, nodes(after.operations)[key]),
    ),
    ...messageChanges(before, after),
  ];
}

function channelChanges(key: string, before: Node, after: Node | undefined): string[] {
  if (!after) return [`channel ${key} was removed`];
  const name = `channel ${key}`;
  const left = node(after['messages']);
  return [
    ...(before['address'] === after['address']
      ? []
      : [`${name}: address ${text(before['address'])} → ${text(after['address'])}`]),
    ...(isFifo(before) === isFifo(after)
      ? []
      : [`${name}: FIFO ${isFifo(before)} → ${isFifo(after)}`]),
    ...Object.keys(node(before['messages']))
      .filter((message) => !Object.hasOwn(left, message))
      .map((message) => `${name} no longer carries ${message}`),
  ];
}

const isFifo = (channel: Node): boolean => {
  const { sqs, sns } = node(channel['bindings']);
  return (
    node(node(sqs)['queue'])['fifoQueue'] === true || node(node(sns)['ordering'])['type'] === 'FIFO'
  );
};

function operationChanges(key: string, before: Node, after: Node | undefined): string[] {
  if (!after) return [`operation ${key} was removed`];
  const name = `operation ${key}`;
  const left = new Map(consumersOf(after).map((one) => [endpointOf(one), one]));
  return [
    ...(before['action'] === after['action']
      ? []
      : [`${name}: action ${text(before['action'])} → ${text(after['action'])}`]),
    ...consumersOf(before).flatMap((consumer) => {
      const queue = endpointOf(consumer);
      const other = left.get(queue);
      if (!other) return [`${name} is no longer delivered to queue ${queue}`];
      return ['rawMessageDelivery', 'filterPolicy', 'x-filterPolicy', 'filterPolicyScope']
        .filter((rule) => !isDeepStrictEqual(consumer[rule], other[rule]))
        .map(
          (rule) =>
            `${name}, subscription of ${queue}: ${rule} ${text(consumer[rule])} → ${text(other[rule])}`,
        );
    }),
  ];
}

const consumersOf = (operation: Node): readonly Node[] => {
  const { consumers } = node(node(operation['bindings'])['sns']);
  return Array.isArray(consumers) ? consumers.map(node) : [];
};

const endpointOf = (consumer: Node): string => String(node(consumer['endpoint'])['name']);

function messageChanges(before: AsyncApiDocument, after: AsyncApiDocument): string[] {
  const received = receivedIn(before);
  const left = nodes(node(after.components)['messages']);
  return Object.entries(nodes(node(before.components)['messages'])).flatMap(([key, message]) => {
    const other = Object.hasOwn(left, key) ? left[key] : undefined;
    // Reported for its channels.
    if (!other) return [];
    const name = `message ${key}`;
    return [
      ...(message['contentType'] === other['contentType']
        ? []
        : [`${name}: contentType ${text(message['contentType'])} → ${text(other['contentType'])}`]),
      ...(isDeepStrictEqual(message['correlationId'], other['correlationId'])
        ? []
        : [`${name}: its correlation id is elsewhere`]),
      ...(['headers', 'payload'] as const).flatMap((part) =>
        schemaChanges(
          { schema: node(message[part]), root: before },
          { schema: node(other[part]), root: after },
          received.has(key),
        ).map((change) => `${name}, ${part}${change}`),
      ),
    ];
  });
}

/** @param isRead for a schema that is read, accepting less is breaking; for one that is written, allowing more is. */
function schemaChanges(before: Rooted, after: Rooted, isRead: boolean): string[] {
  const [wide, narrow] = isRead ? [before, after] : [after, before];
  const verb = isRead ? 'read' : 'written';
  return [
    ...lostFields(before, after).map((path) => `${at(path)} is no longer ${verb}`),
    ...narrowings(wide, narrow).map(({ path, rule, wide: more, narrow: less }) => {
      const [was, is] = isRead ? [more, less] : [less, more];
      return `${at(path)}: ${rule} ${text(was)} → ${text(is)}`;
    }),
  ];
}

const at = (path: string): string => (path === '' || path.startsWith('[') ? path : `.${path}`);

/** Keys of messages that operations receive. */
function receivedIn({ operations }: AsyncApiDocument): ReadonlySet<string> {
  const refs = Object.values(nodes(operations))
    .filter(({ action }) => action === 'receive')
    .flatMap(({ messages }) => (Array.isArray(messages) ? messages.map(node) : []))
    .map(({ $ref: ref }) => String(ref));
  return new Set(refs.map((ref) => ref.slice(ref.lastIndexOf('/') + 1)));
}

const node = (value: unknown): Node => fieldsOf(value);

const nodes = (value: unknown): Readonly<Record<string, JsonSchema>> =>
  node(value) as Readonly<Record<string, JsonSchema>>;

const MAX_TEXT_LENGTH = 120;

function text(value: unknown): string {
  if (value === undefined) return 'none';
  const json = typeof value === 'string' ? value : JSON.stringify(value);
  return json.length > MAX_TEXT_LENGTH ? `${json.slice(0, MAX_TEXT_LENGTH)}…` : json;
}
