import {
  context,
  propagation,
  ProxyTracerProvider,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
  type Attributes,
  type Link,
  type Span,
  type TextMapGetter,
} from '@opentelemetry/api';

import type { TextAttribute } from '../codec/message.codec.js';
import { errorType } from '../observing/error-type.js';
import { lastPart } from '../../common/resource-names.js';
import type { Destination } from '../topology/index.js';

// Uses the globally registered provider at each span; without one every call does nothing.
const tracer = trace.getTracer('nestjs-sns-sqs');

const NO_PROVIDER = new ProxyTracerProvider().getDelegate();

/**
 * Whether a provider is registered, which may happen at any time. Describing unrecorded spans would cost more than
 * reading a message.
 */
function isRecorded(): boolean {
  const provider = trace.getTracerProvider();
  return !(provider instanceof ProxyTracerProvider) || provider.getDelegate() !== NO_PROVIDER;
}

/** Only these fields of a propagator are sent, because a message has room for ten attributes. */
const TRACE_FIELDS = ['traceparent', 'tracestate'] as const;

export const SYSTEMS = { topic: 'aws.sns', queue: 'aws_sqs' } as const;

interface SentMessage {
  readonly id: string;
  readonly pattern: string;
  readonly correlationId: string;
  readonly destination: Pick<Destination, 'kind' | 'address'>;
}

/** One message of a call. */
interface SentEntry {
  readonly id: string;
  readonly attributes: WireAttributes;
}

type WireAttributes = Readonly<
  Record<string, { readonly StringValue?: string; readonly BinaryValue?: Uint8Array }>
>;

interface HandledMessage {
  readonly messageId: string;
  readonly pattern: string;
  readonly correlationId: string;
  readonly queue: string;
  readonly attributes: ReadonlyMap<string, string>;
}

interface HandledBatch {
  readonly queue: string;
  readonly pattern: string;
  readonly messages: readonly Pick<HandledMessage, 'messageId' | 'attributes'>[];
}

/**
 * Runs `send` within a producer span, which lasts until SNS or SQS has taken the message, and passes it the attributes
 * of the trace: W3C `traceparent` and `tracestate`, none without a registered propagator. The call that sends a batch
 * has its own span: `traceCall`. https://opentelemetry.io/docs/specs/semconv/messaging/messaging-spans/
 */
export function traceSend(
  { id, pattern, correlationId, destination: { kind, address } }: SentMessage,
  send: (attributes: Readonly<Record<string, TextAttribute>>) => Promise<void>,
): Promise<void> {
  if (!isRecorded()) return send(traceAttributes());
  const name = lastPart(address);
  const attributes = spanAttributes(SYSTEMS[kind], 'create', { name, pattern, id, correlationId });
  return tracer.startActiveSpan(`create ${name}`, { kind: SpanKind.PRODUCER, attributes }, (span) =>
    ended(span, () => send(traceAttributes())),
  );
}

/**
 * Makes one sending call within a client span that links to the span of each message; the span of a single message is
 * its parent.
 */
export function traceCall<T>(
  { kind, address }: Pick<Destination, 'kind' | 'address'>,
  messages: readonly SentEntry[],
  call: () => Promise<T>,
): Promise<T> {
  if (!isRecorded()) return call();
  const links = messages.flatMap(({ id, attributes }) => linkTo(attributes, WIRE_GETTER, id));
  const [lone] = messages.length === 1 ? links : [];
  const parent = lone ? trace.setSpanContext(ROOT_CONTEXT, lone.context) : ROOT_CONTEXT;
  const name = lastPart(address);
  const attributes: Attributes = {
    ...commonAttributes(SYSTEMS[kind], 'send', name),
    'messaging.batch.message_count': messages.length,
  };
  const options = { kind: SpanKind.CLIENT, attributes, links };
  return tracer.startActiveSpan(`send ${name}`, options, parent, (span) => ended(span, call));
}

/** Runs a handler within a consumer span that links to the message's producer span. */
export function traceHandling(
  { messageId, pattern, correlationId, queue, attributes: carrier }: HandledMessage,
  handle: () => Promise<void>,
): Promise<void> {
  if (!isRecorded()) return context.with(ROOT_CONTEXT, handle);
  const facts = { name: queue, pattern, id: messageId, correlationId };
  const options = {
    kind: SpanKind.CONSUMER,
    attributes: spanAttributes('aws_sqs', 'process', facts),
    links: linkTo(carrier, MAP_GETTER, messageId),
  };
  return tracer.startActiveSpan(`process ${queue}`, options, ROOT_CONTEXT, (span) =>
    ended(span, handle),
  );
}

/** Runs a batch handler within one consumer span that links to the producer span of each message. */
export function traceBatch(
  { queue, pattern, messages }: HandledBatch,
  handle: () => Promise<void>,
): Promise<void> {
  if (!isRecorded()) return context.with(ROOT_CONTEXT, handle);
  const links = messages.flatMap(({ messageId, attributes: carrier }) =>
    linkTo(carrier, MAP_GETTER, messageId),
  );
  const attributes: Attributes = {
    ...commonAttributes('aws_sqs', 'process', queue),
    'weft.pattern': pattern,
    'messaging.batch.message_count': messages.length,
  };
  const options = { kind: SpanKind.CONSUMER, attributes, links };
  return tracer.startActiveSpan(`process ${queue}`, options, ROOT_CONTEXT, (span) =>
    ended(span, handle),
  );
}

/** A link to the message's producer span; none if it carries no trace. */
function linkTo<C>(carrier: C, getter: TextMapGetter<C>, messageId: string): Link[] {
  const creation = trace.getSpanContext(propagation.extract(ROOT_CONTEXT, carrier, getter));
  return creation ? [{ context: creation, attributes: { 'messaging.message.id': messageId } }] : [];
}

const WIRE_GETTER = {
  get: (carrier: WireAttributes, key: string): string | undefined => carrier[key]?.StringValue,
  keys: (carrier: WireAttributes): string[] => Object.keys(carrier),
};

const MAP_GETTER = {
  get: (carrier: ReadonlyMap<string, string>, key: string): string | undefined => carrier.get(key),
  keys: (carrier: ReadonlyMap<string, string>): string[] => [...carrier.keys()],
};

const NO_ATTRIBUTES: Readonly<Record<string, TextAttribute>> = {};

function traceAttributes(): Readonly<Record<string, TextAttribute>> {
  if (propagation.fields().length === 0) return NO_ATTRIBUTES;
  const carrier: Record<string, string> = {};
  propagation.inject(context.active(), carrier);
  const attributes: Record<string, TextAttribute> = {};
  for (const field of TRACE_FIELDS) {
    const value = carrier[field];
    if (value !== undefined && value !== '') attributes[field] = { type: 'String', value };
  }
  return attributes;
}

interface SpanFacts {
  readonly name: string;
  readonly pattern: string;
  readonly id: string;
  readonly correlationId: string;
}

/** https://opentelemetry.io/docs/specs/semconv/attributes-registry/messaging/ */
const spanAttributes = (
  system: string,
  operation: 'create' | 'process',
  facts: SpanFacts,
): Attributes => ({
  ...commonAttributes(system, operation, facts.name),
  'weft.pattern': facts.pattern,
  'messaging.message.id': facts.id,
  'messaging.message.conversation_id': facts.correlationId,
});

const commonAttributes = (
  system: string,
  operation: 'create' | 'send' | 'process',
  name: string,
): Attributes => ({
  'messaging.system': system,
  'messaging.operation.name': operation,
  'messaging.operation.type': operation,
  'messaging.destination.name': name,
});

async function ended<T>(span: Span, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const message = error instanceof Error ? error.message : 'failed';
    span.setStatus({ code: SpanStatusCode.ERROR, message });
    span.setAttribute('error.type', errorType(error));
    throw error;
  } finally {
    span.end();
  }
}
