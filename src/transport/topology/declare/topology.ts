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

/** The destination of `emit` and `send` for a pattern. The first matching route applies. */
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
  /**
   * The topics to create or check; every topic that a queue or a route names must be here, unless it is named by ARN.
   */
  readonly topics: readonly TopicDeclaration[];
  /** The queues of the system, whichever process consumes them. */
  readonly queues: readonly QueueDeclaration[];
  /** For clients: where patterns are sent. */
  readonly routes: readonly RouteDeclaration[];
}
