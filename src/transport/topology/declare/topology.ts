import type { MessageCodec } from '../../codec/message.codec.js';
import type { QueueDeclaration } from './queue.declaration.js';
import type { TopicDeclaration } from './topic.declaration.js';

export type {
  SubscriptionDeclaration,
  FilterPolicyScope,
  SenderDeclaration,
  BucketDeclaration,
  RuleDeclaration,
  EnvelopeDeclaration,
  DeadLetterDeclaration,
  FifoFailurePolicy,
  QueueDeclaration,
} from './queue.declaration.js';
export type {
  Tags,
  KmsEncryption,
  TopicEncryption,
  QueueEncryption,
  QueueKmsEncryption,
  TopicDeclaration,
} from './topic.declaration.js';

/** Where `emit` and `send` of a pattern go. The first route that matches is taken. */
export type RouteDeclaration = {
  /** Exact, or with a trailing `*`. */
  readonly patterns: readonly string[];
  /** How bodies are written. @defaultValue nativeCodec */
  readonly codec?: MessageCodec;
} & (
  | {
      /** A declared topic's name, or any ARN. */
      readonly topic: string;
    }
  | {
      /** A declared queue's name, or any URL. */
      readonly queue: string;
    }
);

/** Topics, queues, subscriptions and routes, declared once, as data; see `defineTopology`. */
export interface Topology {
  /** Those to create or to check; every topic a queue or a route names by its name. */
  readonly topics: readonly TopicDeclaration[];
  /** Those this system has, whichever process consumes them. */
  readonly queues: readonly QueueDeclaration[];
  /** For clients: patterns that are sent. */
  readonly routes: readonly RouteDeclaration[];
}
