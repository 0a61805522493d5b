export type { AwsClientsOptions } from '../aws/index.js';
export type { DelayedMessageStore } from './client/delayed-message.js';
export { SnsSqsClient } from './client/sns-sqs.client.js';
export {
  autoCodec,
  celeryCodec,
  cloudEventsCodec,
  commandCodec,
  compressed,
  eventBridgeCodec,
  jsonCodec,
  nativeCodec,
  s3NotificationCodec,
} from './codec/index.js';
export { DEAD_LETTER_ENCODING } from './codec/packed-body.js';
export { connectSnsSqs, prepareSnsSqs } from './connect-sns-sqs.js';
export { HandlerName } from './decorators/handler-name.decorator.js';
export { OnBatch } from './decorators/on-batch.decorator.js';
export { OnEvent, OnRequest } from './decorators/on-event.decorator.js';
export { PayloadPipe } from './decorators/payload.pipe.js';
export { drainOnShutdown } from './drain-on-shutdown.js';
export * from './errors/index.js';
export { MemoryIdempotencyStore } from './idempotency/memory.store.js';
export { currentCorrelationId } from './message-scope.js';
export { SnsSqsHealth, type SnsSqsHealthReport } from './module/sns-sqs.health.js';
export { SnsSqsModule } from './module/sns-sqs.module.js';
export type {
  SnsSqsModuleAsyncOptions,
  SnsSqsModuleOptions,
} from './module/sns-sqs.module.options.js';
export { record, SnsSqsRecord, SnsSqsRecordBuilder } from './record/sns-sqs.record.js';
export type { QueueHealth } from './server/consumed.queue.js';
export { DEAD_LETTER_DETAILS, DEAD_LETTER_REASON } from './server/settling/dead-letter.copy.js';
export { SnsSqsServer } from './server/sns-sqs.server.js';
export { SnsSqsBatchContext } from './sns-sqs-batch.context.js';
export { SNS_SQS } from './sns-sqs.constants.js';
export { SnsSqsContext } from './sns-sqs.context.js';
export type { SnsSqsClientOptions, SnsSqsServerOptions } from './sns-sqs.options.js';
export { defineTopology, mergeTopologies, type Topology } from './topology/index.js';
export type { TransportFacts, TransportObserver } from './transport.observer.js';
