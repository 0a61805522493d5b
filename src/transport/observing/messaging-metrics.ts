import {
  createNoopMeter,
  metrics,
  type Attributes,
  type Counter,
  type Histogram,
  type Meter,
} from '@opentelemetry/api';

import type { CallFacts, TransportFacts, TransportObserver } from '../transport.observer.js';
import { errorType } from './error-type.js';

const METER = 'nestjs-sns-sqs';
// The conventions' own. https://opentelemetry.io/docs/specs/semconv/messaging/messaging-metrics/
const DURATION = {
  unit: 's',
  advice: {
    explicitBucketBoundaries: [
      0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10,
    ],
  },
};
const MESSAGES = { unit: '{message}' };

const OPERATION_TYPES: Record<CallFacts['operation'], string> = {
  send: 'send',
  receive: 'receive',
  ack: 'settle',
};

/** The metrics of OpenTelemetry's messaging conventions; those without a name there begin with `weft.`. */
export class MessagingMetrics implements TransportObserver {
  readonly #sent: Counter;
  readonly #consumed: Counter;
  readonly #calls: Histogram;
  readonly #processing: Histogram;
  readonly #failed: Counter;
  readonly #leasesLost: Counter;
  readonly #deletesFailed: Counter;
  readonly #callAttributes = new WeakMap<CallFacts, Attributes>();
  readonly #queueAttributes = new Map<string, Attributes>();
  readonly #processAttributes = new Map<string, Map<string, Attributes>>();

  constructor(meter: Meter) {
    this.#sent = meter.createCounter('messaging.client.sent.messages', MESSAGES);
    this.#consumed = meter.createCounter('messaging.client.consumed.messages', MESSAGES);
    this.#calls = meter.createHistogram('messaging.client.operation.duration', DURATION);
    this.#processing = meter.createHistogram('messaging.process.duration', DURATION);
    this.#failed = meter.createCounter('weft.messages.failed', {
      ...MESSAGES,
      description: 'Messages whose handling failed, by what follows: retry, deadLetter or discard',
    });
    this.#leasesLost = meter.createCounter('weft.leases.lost', {
      unit: '{lease}',
      description: 'Leases that ran out, or whose message was redelivered meanwhile',
    });
    this.#deletesFailed = meter.createCounter('weft.deletes.failed', {
      ...MESSAGES,
      description: 'Handled messages that SQS did not delete: they are redelivered',
    });
  }

  /** Undefined while no meter provider is registered, so that no metric is counted in vain. */
  static ofRegisteredMeter(): MessagingMetrics | undefined {
    const meter = metrics.getMeter(METER);
    return meter === createNoopMeter() ? undefined : new MessagingMetrics(meter);
  }

  called({ call, durationMs, messages, failures, error }: TransportFacts['called']): void {
    const attributes = this.#ofCall(call);
    this.#calls.record(durationMs / 1000, withError(attributes, error));
    if (call.operation !== 'send') return;
    const taken = messages - failures.length;
    if (taken > 0) this.#sent.add(taken, attributes);
    for (const failure of failures) this.#sent.add(1, withError(attributes, failure));
  }

  received({ queue, messages }: TransportFacts['received']): void {
    this.#consumed.add(messages, this.#ofQueue(queue));
  }

  processed({ queue, pattern, durationMs, error }: TransportFacts['processed']): void {
    this.#processing.record(durationMs / 1000, withError(this.#ofHandler(queue, pattern), error));
  }

  failed({ queue, action, error }: TransportFacts['failed']): void {
    const attributes = { ...destination(queue), 'weft.failure.action': action };
    this.#failed.add(1, withError(attributes, errorType(error)));
  }

  leaseLost({ queue }: TransportFacts['leaseLost']): void {
    this.#leasesLost.add(1, destination(queue));
  }

  deleteFailed({ queue }: TransportFacts['deleteFailed']): void {
    this.#deletesFailed.add(1, destination(queue));
  }

  #ofCall(facts: CallFacts): Attributes {
    const known = this.#callAttributes.get(facts);
    if (known) return known;
    const { operation, system, destination: name, temporary } = facts;
    const attributes = {
      ...operationOf(operation, OPERATION_TYPES[operation], system),
      // Reply queues have one name for each process; only their common prefix is reported.
      [temporary ? 'messaging.destination.template' : 'messaging.destination.name']: name,
    };
    this.#callAttributes.set(facts, attributes);
    return attributes;
  }

  #ofQueue(queue: string): Attributes {
    let attributes = this.#queueAttributes.get(queue);
    if (!attributes) {
      attributes = { ...operationOf('receive', 'receive'), ...destination(queue) };
      this.#queueAttributes.set(queue, attributes);
    }
    return attributes;
  }

  /** Patterns are those of handlers, so their number is small. */
  #ofHandler(queue: string, pattern: string): Attributes {
    let known = this.#processAttributes.get(queue);
    if (!known) this.#processAttributes.set(queue, (known = new Map<string, Attributes>()));
    let attributes = known.get(pattern);
    if (!attributes) {
      const handler = { ...destination(queue), 'weft.pattern': pattern };
      known.set(pattern, (attributes = { ...operationOf('process', 'process'), ...handler }));
    }
    return attributes;
  }
}

/** Reports the messages in flight of each queue when the meter collects. */
export function measureInFlight(
  queues: () => readonly { readonly queue: string; readonly inFlight: number }[],
): () => void {
  const gauge = metrics.getMeter(METER).createObservableUpDownCounter('weft.messages.in_flight', {
    ...MESSAGES,
    description: 'Messages received and not settled yet',
  });
  const observe = (result: { observe(value: number, attributes: Attributes): void }): void => {
    for (const { queue, inFlight } of queues()) result.observe(inFlight, destination(queue));
  };
  gauge.addCallback(observe);
  return () => gauge.removeCallback(observe);
}

const operationOf = (name: string, type: string, system = 'aws_sqs'): Attributes => ({
  'messaging.system': system,
  'messaging.operation.name': name,
  'messaging.operation.type': type,
});

const destination = (queue: string): Attributes => ({
  'messaging.system': 'aws_sqs',
  'messaging.destination.name': queue,
});

const withError = (attributes: Attributes, error: string | undefined): Attributes =>
  error === undefined ? attributes : { ...attributes, 'error.type': error };
