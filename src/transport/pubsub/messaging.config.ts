import type { Broker } from '../broker/broker.js';
import type { AwsClientsOptions } from '../index.js';
import type { AwsClients } from '../../aws/index.js';
import type { ProvisionMode } from '../topology/index.js';
import type {
  SnsSqsClientOnlyOptions,
  SnsSqsServerOnlyOptions,
} from '../module/sns-sqs.module.options.js';

/** What a topic, and its queue, are called in AWS. */
export interface TopicMapping {
  /** Name or ARN. @defaultValue the name by which the code knows it */
  readonly topic?: string;
  /** Name, URL or ARN of the queue it is consumed from. @defaultValue `<topic>-<environment>` */
  readonly queue?: string;
}

/** What is sent and received by; its owner closes it. */
export type OpenBroker = AwsClients | Broker;

/**
 * Everything typed publish/subscribe needs to know. The environment of the process is not read: `messagingConfig` makes
 * one from variables that it is given.
 *
 * @example
 * const config: MessagingConfig = { aws: { region: 'eu-central-1' }, environment: 'production', topic: 'orders' };
 */
export interface MessagingConfig {
  /** SDK clients shared with the rest of the process, the options to build (and close) own ones, or the driver of another broker. */
  readonly aws: AwsClientsOptions | OpenBroker;
  /** Ends the names of queues, such as `production`: 1 to 40 letters, digits, `-` and `_`. */
  readonly environment: string;
  /** The topic of calls that name none, by name or ARN. @defaultValue none: each call names one */
  readonly topic?: string;
  /** What topics and queues are called in AWS, by the names the code has for the topics. @defaultValue as the code calls them */
  readonly topics?: Readonly<Record<string, TopicMapping>>;
  /**
   * `create` makes topics, queues and subscriptions that are missing, `verify` fails naming them, `off` only looks names up.
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
