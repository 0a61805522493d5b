import { Injectable } from '@nestjs/common';
import { Counter, Histogram } from 'prom-client';
import type { TransportFacts, TransportObserver } from '../../../transport/transport.observer.js';
import { BoundedLabels } from './bounded-labels.js';
import { MetricsRegistry } from './metrics.registry.js';

/** Seconds. Handlers do I/O: from a quick write to a run of dbt. */
const DURATION_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300];

const UNREADABLE = 'unreadable';

/** Counts what the transport does. */
@Injectable()
export class TransportMetrics implements TransportObserver {
  readonly #patterns = new BoundedLabels();
  readonly #sentPatterns = new BoundedLabels();
  readonly #received: Counter<'queue'>;
  readonly #durations: Histogram<'queue' | 'pattern'>;
  readonly #failed: Counter<'queue' | 'pattern' | 'action'>;
  readonly #repeated: Counter<'queue' | 'pattern'>;
  readonly #ignored: Counter<'queue'>;
  readonly #acknowledged: Counter<'queue'>;
  readonly #leasesLost: Counter<'queue'>;
  readonly #deletesFailed: Counter<'queue'>;
  readonly #queuesRestored: Counter<'queue'>;
  readonly #requestsExpired: Counter<'queue'>;
  readonly #lateReplies: Counter;
  readonly #sent: Counter<'pattern'>;

  constructor(registry: MetricsRegistry) {
    const counter = <L extends string>(name: string, help: string, labelNames: L[]) =>
      new Counter<L>({ name, help, labelNames, registers: [registry] });
    this.#received = counter('weft_messages_received_total', 'Messages received', ['queue']);
    this.#durations = new Histogram({
      name: 'weft_message_duration_seconds',
      help: 'Time of handlers that succeeded',
      labelNames: ['queue', 'pattern'],
      buckets: DURATION_BUCKETS,
      registers: [registry],
    });
    this.#failed = counter(
      'weft_messages_failed_total',
      'Messages whose handling failed, by what happened to them: retry, deadLetter or discard',
      ['queue', 'pattern', 'action'],
    );
    this.#repeated = counter(
      'weft_messages_repeated_total',
      'Messages that were redelivered after they were handled, and were answered without their handler',
      ['queue', 'pattern'],
    );
    this.#ignored = counter(
      'weft_messages_ignored_total',
      'Messages that no handler takes and that were acknowledged, such as unknown events of the bus',
      ['queue'],
    );
    this.#acknowledged = counter('weft_messages_acknowledged_total', 'Messages deleted', ['queue']);
    this.#leasesLost = counter('weft_leases_lost_total', 'Leases that ran out', ['queue']);
    this.#deletesFailed = counter(
      'weft_deletes_failed_total',
      'Handled messages that SQS did not delete: they are redelivered',
      ['queue'],
    );
    this.#queuesRestored = counter(
      'weft_queues_restored_total',
      'Queues of broadcasts that were gone and were made again, events missed',
      ['queue'],
    );
    this.#requestsExpired = counter(
      'weft_requests_expired_total',
      'Requests that came after their caller had stopped waiting',
      ['queue'],
    );
    this.#lateReplies = counter('weft_late_replies_total', 'Answers that no caller waited for', []);
    this.#sent = counter('weft_messages_sent_total', 'Messages that SNS or SQS took', ['pattern']);
  }

  received({ queue, messages }: TransportFacts['received']): void {
    this.#received.inc({ queue }, messages);
  }

  /** A handler ran, so the pattern is one of the service's own. */
  processed({ pattern }: TransportFacts['processed']): void {
    this.#patterns.own(pattern);
  }

  handled({ queue, pattern, durationMs }: TransportFacts['handled']): void {
    this.#durations.observe({ queue, pattern: this.#patterns.own(pattern) }, durationMs / 1000);
  }

  failed({ queue, pattern, action }: TransportFacts['failed']): void {
    const label =
      pattern === undefined ? this.#patterns.own(UNREADABLE) : this.#patterns.of(pattern);
    this.#failed.inc({ queue, pattern: label, action });
  }

  repeated({ queue, pattern }: TransportFacts['repeated']): void {
    this.#repeated.inc({ queue, pattern: this.#patterns.own(pattern) });
  }

  ignored({ queue }: TransportFacts['ignored']): void {
    this.#ignored.inc({ queue });
  }

  acknowledged({ queue, messages }: TransportFacts['acknowledged']): void {
    this.#acknowledged.inc({ queue }, messages);
  }

  leaseLost({ queue }: TransportFacts['leaseLost']): void {
    this.#leasesLost.inc({ queue });
  }

  deleteFailed({ queue }: TransportFacts['deleteFailed']): void {
    this.#deletesFailed.inc({ queue });
  }

  queueRestored({ queue }: TransportFacts['queueRestored']): void {
    this.#queuesRestored.inc({ queue });
  }

  requestExpired({ queue }: TransportFacts['requestExpired']): void {
    this.#requestsExpired.inc({ queue });
  }

  lateReply(): void {
    this.#lateReplies.inc();
  }

  sent({ pattern }: TransportFacts['sent']): void {
    this.#sent.inc({ pattern: this.#sentPatterns.of(pattern) });
  }
}
