import type { Broker } from '../broker/broker.js';
import type { AwsClientsOptions } from '../index.js';
import type { AwsClients } from '../../aws/index.js';
import type { ProvisionMode } from '../topology/index.js';
import type {
  SnsSqsClientOnlyOptions,
  SnsSqsServerOnlyOptions,
} from '../module/sns-sqs.module.options.js';

/** The names in AWS of a topic and its queue. */
export interface TopicMapping {
  /** Name or ARN. @defaultValue the topic's name in the code */
  readonly topic?: string;
  /** Name, URL or ARN of the queue it is consumed from. @defaultValue `<topic>-<environment>` */
  readonly queue?: string;
}

/** Existing clients or an existing driver; their owner closes them. */
export type OpenBroker = AwsClients | Broker;

/**
 * Configuration of typed publish/subscribe. The process's environment is not read; `messagingConfig` makes a
 * configuration from variables passed to it.
 *
 * @example
 * const config: MessagingConfig = { aws: { region: 'eu-central-1' }, environment: 'production', topic: 'orders' };
 */
export interface MessagingConfig {
  /** SDK clients shared with the rest of the process, the options to build (and close) own ones, or the driver of another broker. */
  readonly aws: AwsClientsOptions | OpenBroker;
  /** The last part of queue names, such as `production`: 1 to 40 letters, digits, `-` and `_`. */
  readonly environment: string;
  /** The topic of calls that name none, by name or ARN. @defaultValue none: each call names one */
  readonly topic?: string;
  /** Names of topics and queues in AWS, by the topics' names in the code. @defaultValue the names in the code */
  readonly topics?: Readonly<Record<string, TopicMapping>>;
  /**
   * `create` creates missing topics, queues and subscriptions; `verify` fails and names them; `off` only looks up
   * names.
   *
   * @defaultValue 'verify'
   */
  readonly provision?: ProvisionMode;
  /** S3 bucket for events over the limit of the topic. @defaultValue none: `MessageTooLargeError` */
  readonly payloadBucket?: string;
  /** How messages are received. @defaultValue the server's defaults */
  readonly server?: Omit<SnsSqsServerOnlyOptions, 'transportId' | 'consume' | 'idempotency'>;
  /** How messages are sent. @defaultValue the client's defaults */
  readonly client?: Pick<
    SnsSqsClientOnlyOptions,
    'lingerMs' | 'maxWaitingMessages' | 'maxWaitingBytes' | 'closeTimeoutMs'
  >;
}
