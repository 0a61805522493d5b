import { defineTopology } from 'nestjs-sns-sqs';

/** One topic, a queue subscribed to it with the dead-letter queue `billing-dlq`, and the client's routes. */
export const topology = defineTopology({
  topics: [{ name: 'orders' }],
  queues: [{ name: 'billing', patterns: ['order.*'], from: [{ topic: 'orders' }] }],
  routes: [{ patterns: ['order.*'], topic: 'orders' }],
});
