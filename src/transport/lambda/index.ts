export {
  createSqsHandler,
  type LambdaContext,
  type SqsApplication,
  type SqsBatchResponse,
  type SqsHandler,
  type SqsHandlerOptions,
} from './create-sqs-handler.js';
