import { PermanentError, WeftError, type WeftErrorOptions } from '../index.js';

/**
 * Thrown by `runConsumer` when there is no subscription.
 *
 * Call `subscribe(topic, OrderPlaced, handler)` before `runConsumer()`.
 */
export class SubscriptionNotFoundError extends PermanentError {
  override readonly code = 'WEFT_SUBSCRIPTION_NOT_FOUND';
}

/**
 * Thrown by `publishEvent` when the topic does not exist, or was deleted. Nothing was sent.
 *
 * Create the topic, or start with `provision: 'create'`; check the region and the name mappings too.
 */
export class TopicNotFoundError extends WeftError {
  readonly code = 'WEFT_TOPIC_NOT_FOUND';

  constructor(topic: string, region: string, options: WeftErrorOptions = {}) {
    super(
      `Topic "${topic}" does not exist in ${region}. Create it, or start with provision: 'create'.`,
      { ...options, details: { topic, region } },
    );
  }
}
