import { Global, Module } from '@nestjs/common';
import { DelayedMessages } from './delayed.messages.js';
import { MessagePublisher } from './message.publisher.js';
import { OutboxController } from './outbox.controller.js';
import { Outbox } from './outbox.js';

/** The outbox of the service. Expects a `DocumentStore` and the `SnsSqsClient` from global modules. */
@Global()
@Module({
  controllers: [OutboxController],
  providers: [Outbox, MessagePublisher, DelayedMessages],
  exports: [Outbox, DelayedMessages],
})
export class OutboxModule {}
