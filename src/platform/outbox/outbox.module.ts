import { Global, Module } from '@nestjs/common';
import { MessagePublisher } from './message.publisher.js';
import { OutboxController } from './outbox.controller.js';
import { Outbox } from './outbox.js';

/** The outbox of the service. Expects a `DocumentStore` and the `SnsSqsClient` from global modules. */
@Global()
@Module({
  controllers: [OutboxController],
  providers: [Outbox, MessagePublisher],
  exports: [Outbox],
})
export class OutboxModule {}
