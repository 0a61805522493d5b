export { AwsClients, type AwsClientsOptions } from '../aws/index.js';
export { SnsSqsClient } from './client/sns-sqs.client.js';
export type { DelayedMessage, DelayedMessageStore } from './client/delayed-message.js';
export type { Clock, GivenClock, StopTimer, TimerCallback } from './clock.js';
export {
  autoCodec,
  celeryCodec,
  cloudEventsCodec,
  commandCodec,
  compressed,
  eventBridgeCodec,
  jsonCodec,
  nativeCodec,
  parseJson,
  s3NotificationCodec,
  wireJson,
  type BinaryAttribute,
  type CeleryTask,
  type CloudEventAttributes,
  type CloudEventsOptions,
  type CloudEventValue,
  type CompressionOptions,
  type DecodedMessage,
  type EncodedMessage,
  type MessageAttribute,
  type MessageCodec,
  type MessageDecoder,
  type OutgoingPacket,
  type ReceivedMessage,
  type S3Record,
  type TextAttribute,
} from './codec/index.js';
export { connectSnsSqs, prepareSnsSqs, type ConnectOptions } from './connect-sns-sqs.js';
export { HandlerName } from './decorators/handler-name.decorator.js';
export { OnBatch } from './decorators/on-batch.decorator.js';
export {
  OnEvent,
  OnRequest,
  type HandlerOptions,
  type RequestHandlerOptions,
} from './decorators/on-event.decorator.js';
export { PayloadPipe } from './decorators/payload.pipe.js';
export { SchemaPipe } from './decorators/schema.pipe.js';
export type { PayloadShape } from './validation/payload-shape.js';
export { drainOnShutdown } from './drain-on-shutdown.js';
export * from './errors/index.js';
export type { IdempotencyOptions } from './idempotency/idempotency.options.js';
export type { IdempotencyStore } from './idempotency/idempotency.store.js';
export { MemoryIdempotencyStore } from './idempotency/memory.store.js';
export { currentCorrelationId } from './message-scope.js';
export { SnsSqsHealth, type SnsSqsHealthReport } from './module/sns-sqs.health.js';
export { SnsSqsModule } from './module/sns-sqs.module.js';
export type {
  SnsSqsClientOnlyOptions,
  SnsSqsModuleAsyncOptions,
  SnsSqsModuleOptions,
  SnsSqsServerOnlyOptions,
} from './module/sns-sqs.module.options.js';
export {
  record,
  SnsSqsRecord,
  SnsSqsRecordBuilder,
  type AttributeValue,
  type SnsSqsRecordOptions,
} from './record/sns-sqs.record.js';
export type { RetryOptions } from './retry.options.js';
export type { BatchOptions } from './server/handling/batch/batch.options.js';
export { DEAD_LETTER_ENCODING } from './codec/packed-body.js';
export { DEAD_LETTER_DETAILS, DEAD_LETTER_REASON } from './server/settling/dead-letter.copy.js';
export type { QueueHealth } from './server/consumed.queue.js';
export { SnsSqsServer } from './server/sns-sqs.server.js';
export type { SignedMessage, SignedType } from './signatures/signed-message.js';
export type { CertificateFetch } from './signatures/signing-certificates.js';
export { SnsSignatures, type SnsSignaturesOptions } from './signatures/sns-signatures.js';
export {
  SnsHttpEndpoint,
  SnsHttpModule,
  type SnsHttpAnswer,
  type SnsHttpModuleOptions,
  type SnsHttpOptions,
} from './sns-http/index.js';
export { SnsSqsBatchContext } from './sns-sqs-batch.context.js';
export { SNS_SQS } from './sns-sqs.constants.js';
export { SnsSqsContext } from './sns-sqs.context.js';
export type { SnsSqsClientOptions, SnsSqsOptions, SnsSqsServerOptions } from './sns-sqs.options.js';
export {
  defineTopology,
  mergeTopologies,
  planTopology,
  TopologyPlan,
  type BucketDeclaration,
  type DeadLetterDeclaration,
  type EnvelopeDeclaration,
  type FifoFailurePolicy,
  type FilterPolicyScope,
  type KmsEncryption,
  type ProvisionMode,
  type QueueDeclaration,
  type QueueEncryption,
  type QueueKmsEncryption,
  type ResourceKind,
  type RouteDeclaration,
  type RuleDeclaration,
  type SenderDeclaration,
  type SubscriptionDeclaration,
  type Tags,
  type TopicDeclaration,
  type TopicEncryption,
  type Topology,
  type TopologyChange,
  type TopologyClients,
} from './topology/index.js';
export type {
  CallFacts,
  CallResult,
  FailureAction,
  StartedMessage,
  TransportFacts,
  TransportObserver,
} from './transport.observer.js';
