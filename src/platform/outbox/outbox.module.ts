import { Global, Module } from '@nestjs/common';
import { DelayedMessages } from './delayed.messages.js';
import { MessagePublisher } from './message.publisher.js';
import { OutboxController } from './outbox.controller.js';
import { Outbox } from './outbox.js';

/** The outbox of an application. Expects a `DocumentStore` and the `SnsSqsClient` from global modules. */
@Global()
@Module({
  providers: [Outbox, MessagePublisher, DelayedMessages],
  exports: [Outbox, DelayedMessages],
})
export class OutboxModule {}

/** The outbox over HTTP. The application must guard these routes, as the service does by its keys. */
@Module({ controllers: [OutboxController] })
export class OutboxHttpModule {}
