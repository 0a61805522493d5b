import { GetQueueAttributesCommand, GetQueueUrlCommand } from '@aws-sdk/client-sqs';
import {
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
} from '@nestjs/common';
import { Gauge } from 'prom-client';
import { parseQueueArn } from '../../../common/arn.js';
import { AwsClients } from '../../../aws/index.js';
import { HealthNotes } from '../../../platform/health/index.js';
import { MetricsRegistry } from '../../../platform/telemetry/metrics/index.js';
import { QUEUE_MONITOR_INTERVAL_MS } from '../sessions.constants.js';
import { NO_NOTIFICATION, SESSIONS_OPTIONS, type SessionsOptions } from '../sessions.options.js';

/** The last known state of the metadata queue. */
interface QueueState {
  /** Visible messages. */
  readonly depth: number;
  /** Messages in flight and delayed messages. */
  readonly invisible: number;
  readonly deadLetters: number;
}

/**
 * Watches the metadata queue, which other programs consume: if a consumer has stopped, its depth grows. SQS reports the
 * age of the oldest message only to CloudWatch, so the time since the queue was last empty is used instead.
 *
 * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
 */
@Injectable()
export class QueueMonitor implements OnApplicationBootstrap, OnModuleDestroy {
  readonly #logger = new Logger('Sessions');
  readonly #queue: string;
  readonly #warnFrom: number;
  #state: QueueState | undefined;
  #emptyAtMs = performance.now();
  #timer: NodeJS.Timeout | undefined;
  #looking: Promise<void> | undefined;
  #warned = false;
  #failing = false;

  constructor(
    private readonly aws: AwsClients,
    registry: MetricsRegistry,
    notes: HealthNotes,
    @Inject(SESSIONS_OPTIONS)
    options: Pick<SessionsOptions, 'metadataQueueUrl' | 'queueDepthWarning'>,
  ) {
    this.#queue = options.metadataQueueUrl;
    this.#warnFrom = options.queueDepthWarning;
    if (this.#queue === NO_NOTIFICATION) return;
    const gauge = (name: string, help: string, value: (state: QueueState) => number): void => {
      const state = (): QueueState | undefined => this.#state;
      registry.registerMetric(
        new Gauge({
          name,
          help,
          registers: [],
          collect() {
            const seen = state();
            if (seen === undefined) this.reset();
            else this.set(value(seen));
          },
        }),
      );
    };
    gauge('weft_session_queue_depth', 'Messages in the metadata queue', ({ depth }) => depth);
    gauge(
      'weft_session_queue_dead_letters',
      "Messages in the metadata queue's dead-letter queue",
      ({ deadLetters }) => deadLetters,
    );
    gauge(
      'weft_session_queue_waiting_seconds',
      'The oldest message of the metadata queue is at most so old: time since the queue was last seen empty, or since this process started',
      () => this.#waitingSeconds(),
    );
    notes.add('session-queue', () => this.#note());
  }

  onApplicationBootstrap(): void {
    if (this.#queue === NO_NOTIFICATION) return;
    // Not at once, because the first notification may have to create the queue.
    this.#timer = setInterval(() => void this.look(), QUEUE_MONITOR_INTERVAL_MS).unref();
  }

  async onModuleDestroy(): Promise<void> {
    clearInterval(this.#timer);
    await this.#looking;
  }

  /** Reads the queue's state. Also runs every minute; never rejects. */
  look(): Promise<void> {
    this.#looking ??= this.#look().finally(() => (this.#looking = undefined));
    return this.#looking;
  }

  async #look(): Promise<void> {
    try {
      const { depth, invisible, deadLetterArn } = await this.#read(await this.#urlOf(this.#queue));
      const deadLetters =
        deadLetterArn === undefined
          ? 0
          : (await this.#read(await this.#urlOf(deadLetterArn))).depth;
      this.#seen({ depth, invisible, deadLetters });
      if (this.#failing) this.#logger.log('Depth of the metadata queue can be read again');
      this.#failing = false;
    } catch (error) {
      this.#state = undefined;
      if (this.#failing) return;
      this.#failing = true;
      // A role that may send need not have permission to read the queue's attributes.
      const code = error instanceof Error ? error.name : 'unknown';
      this.#logger.warn({ queue: this.#queue, code }, 'Depth of the metadata queue cannot be read');
    }
  }

  #seen(state: QueueState): void {
    this.#state = state;
    if (state.depth + state.invisible === 0) this.#emptyAtMs = performance.now();
    const over = state.depth >= this.#warnFrom;
    const fields = { queue: this.#queue, depth: state.depth, deadLetters: state.deadLetters };
    if (over && !this.#warned) {
      this.#logger.warn(fields, 'Metadata queue is deep: its consumers are behind or have stopped');
    } else if (!over && this.#warned) {
      this.#logger.log(fields, 'Metadata queue is no longer deep');
    }
    this.#warned = over;
  }

  #waitingSeconds(): number {
    if (this.#state === undefined || this.#state.depth + this.#state.invisible === 0) return 0;
    return Math.round((performance.now() - this.#emptyAtMs) / 1000);
  }

  #note(): Record<string, number | string> {
    if (this.#state === undefined) return { depth: 'unknown' };
    const { depth, deadLetters } = this.#state;
    return { depth, dead_letters: deadLetters, waiting_seconds: this.#waitingSeconds() };
  }

  async #read(
    url: string,
  ): Promise<{ depth: number; invisible: number; deadLetterArn: string | undefined }> {
    const { Attributes: attributes = {} } = await this.aws.sqs.send(
      new GetQueueAttributesCommand({
        QueueUrl: url,
        AttributeNames: [
          'ApproximateNumberOfMessages',
          'ApproximateNumberOfMessagesNotVisible',
          'ApproximateNumberOfMessagesDelayed',
          'RedrivePolicy',
        ],
      }),
    );
    const policy: unknown = JSON.parse(attributes['RedrivePolicy'] ?? '{}');
    const { deadLetterTargetArn: arn }: { deadLetterTargetArn?: unknown } = Object(policy);
    return {
      depth: Number(attributes['ApproximateNumberOfMessages'] ?? 0),
      invisible:
        Number(attributes['ApproximateNumberOfMessagesNotVisible'] ?? 0) +
        Number(attributes['ApproximateNumberOfMessagesDelayed'] ?? 0),
      deadLetterArn: typeof arn === 'string' ? arn : undefined,
    };
  }

  async #urlOf(queue: string): Promise<string> {
    if (queue.startsWith('http')) return queue;
    const { account, name = queue } = parseQueueArn(queue) ?? {};
    const { QueueUrl: url = '' } = await this.aws.sqs.send(
      new GetQueueUrlCommand({
        QueueName: name,
        ...(account !== undefined && { QueueOwnerAWSAccountId: account }),
      }),
    );
    return url;
  }
}
