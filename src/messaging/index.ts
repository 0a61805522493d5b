export { attemptedBy, failedWith, trying, type Attempted } from './attempted.js';
export { CommandRejection, foreignType } from './command-rejection.js';
export {
  CommandController,
  CommandMessage,
  CommandPayload,
  OnCommand,
} from './command.decorators.js';
export { CommandPayloadPipe, NamesFirstMissing } from './command-payload.pipe.js';
export { CommandInterceptor } from './command.interceptor.js';
export { CommandKey } from './command-key.js';
export { RunOfCommand, type CommandRun } from './command-run.js';
export { commandsQueue, commandsTopology } from './commands.topology.js';
export { CommandsClient } from './commands.client.js';
export * from './containers/index.js';
export { databaseLease, type DatabaseLease } from './database-lease.js';
export { eventEntry } from './event.entry.js';
export { eventCodec } from './codecs/event.codec.js';
export type { ExportedResources, Feature } from './feature.js';
export { resultCodec } from './codecs/result.codec.js';
export {
  commandPattern,
  eventPattern,
  REJECTED_PATTERN,
  RESULT_PATTERN,
} from './messaging.patterns.js';
export { eventsTopic, messagingTopology, resultsTopic } from './messaging.topology.js';
export { QUERY_DATABASE, type QueryDatabase } from './query-database.js';
export { ResultPublisher } from './result-publisher.js';
export { errorText, isRetryable } from './retryable.js';
export {
  CANCELLED_JOBS,
  IDEMPOTENCY_STORE,
  TOPOLOGY,
  TRANSPORT_OBSERVER,
} from './messaging.constants.js';
export { JobCancelledError, RunningCommands, type CancelledJobs } from './running-commands.js';
export {
  wireFormatOf,
  withFormat,
  type FormatParts,
  type JsonSchema,
  type WireFormat,
} from './wire-format.js';
export { MessagingModule, type MessagingOptions } from './messaging.module.js';
export {
  ManualConsumer,
  type ManualMessage,
  type ReceiveOptions,
} from './manual/manual.consumer.js';
export { ManualPublisher } from './manual/manual.publisher.js';
