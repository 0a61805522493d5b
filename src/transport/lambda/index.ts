export { createSqsHandler } from './create-sqs-handler.js';
