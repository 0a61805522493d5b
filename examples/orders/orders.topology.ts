import { defineTopology } from 'nestjs-sns-sqs';

/** One topic, one queue on it with a dead-letter queue `billing-dlq`, and what goes where. */
export const topology = defineTopology({
  topics: [{ name: 'orders' }],
  queues: [{ name: 'billing', patterns: ['order.*'], from: [{ topic: 'orders' }] }],
  routes: [{ patterns: ['order.*'], topic: 'orders' }],
});
