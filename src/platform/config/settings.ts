import type { LikelyTypo } from './likely-typos.js';

/** The AWS that a process uses: the real one or an emulator, or the one inside the process. */
export type Stack = 'aws' | 'embedded';

/** What the start does with declared topics and queues. */
export type Provision = 'create' | 'verify' | 'off';

export type LogLevel = 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent';
export type LogFormat = 'pretty' | 'json';

/** All settings of the environment, read and checked once. `.env.example` explains each. */
export interface Settings {
  readonly stack: Stack;
  /** Why this stack, for the first line of the log. */
  readonly stackReason: string;
  readonly production: boolean;
  /** The `service` of log lines, metrics and spans. */
  readonly serviceName: string;
  readonly region: string;
  /** Endpoint of all AWS services, if that is not AWS. */
  readonly endpoint?: string;
  /** Endpoints of single AWS services; they take precedence over `endpoint`. */
  readonly endpoints: Readonly<
    Partial<Record<'sns' | 'sqs' | 's3' | 'dynamodb' | 'athena', string>>
  >;
  /** Secret. Absent: embedded documents. */
  readonly mongodbUri?: string;
  /** The embedded stack's folder, or `:memory:`. */
  readonly dataDir: string;
  readonly http: HttpSettings;
  readonly messaging: MessagingSettings;
  readonly idempotency: IdempotencySettings;
  readonly log: LogSettings;
  /** Where spans and metrics are sent. Absent: nowhere. */
  readonly otlpEndpoint?: string;
  /** The settings of features, which each reads by `of` of its own section. */
  readonly sections: ReadonlyMap<object, unknown>;
  /** The values of all secret settings, including those of features: no log may contain one. */
  readonly secrets: readonly string[];
  /** Variables that no setting reads and that look like one that is not set. */
  readonly likelyTypos: readonly LikelyTypo[];
}

export interface HttpSettings {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** Secret. Empty: no key is required, and `host` is a loopback address. */
  readonly apiKeys: readonly string[];
}

export interface MessagingSettings {
  readonly topicPrefix: string;
  readonly provision: Provision;
  /** The queues this process consumes, by role. */
  readonly consume: 'all' | 'none' | readonly string[];
  /** Receives before a message of a queue that this service makes is dead-lettered. */
  readonly maxReceiveCount: number;
  /** Messages in flight per queue. Absent: the transport's default. */
  readonly concurrency?: number;
  /** ARNs of topics whose notifications are accepted over HTTPS. */
  readonly snsHttpTopics: readonly string[];
  /** The bucket for payloads over the limit. Absent: such payloads are refused. */
  readonly payloadBucket?: string;
}

export interface IdempotencySettings {
  /** Where handled messages are remembered. */
  readonly store: 'documents' | 'dynamodb' | 'none';
  /** With `dynamodb`. */
  readonly tableName?: string;
  /** Seconds they are remembered. */
  readonly ttlS: number;
}

export interface LogSettings {
  readonly level: LogLevel;
  readonly format: LogFormat;
}

/**
 * Injects the settings.
 *
 * @example
 * constructor(@Inject(SETTINGS) settings: Settings) {}
 */
export const SETTINGS = Symbol('SETTINGS');
