export { EventPublisher, type PublishOptions } from './event.publisher.js';
export { createMessaging, Messaging, type RunOptions } from './messaging.js';
export type { MessagingConfig, TopicMapping } from './messaging.config.js';
export { OnTopic, type OnTopicOptions } from './on-topic.decorator.js';
export {
  PubSubModule,
  type PubSubModuleAsyncOptions,
  type PubSubModuleOptions,
} from './pubsub.module.js';
export { SubscriptionNotFoundError, TopicNotFoundError } from './pubsub.errors.js';
export { queueNameOf } from './queue.name.js';
export { messagingConfig, type Variables } from './read-config.js';
export type { EventHandler } from './subscriptions.js';
