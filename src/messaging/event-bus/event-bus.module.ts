import { Global, Module, type DynamicModule } from '@nestjs/common';
import { EventBus } from './event-bus.js';
import { checkPublisher, EVENT_BUS_OPTIONS, type EventBusOptions } from './event-bus.options.js';

/**
 * Provides the `EventBus` everywhere. Requires the `SnsSqsClient` from a global module, with
 * `eventBusTopology(options)` in its topology, and, for `EventBus.entry()`, an `Outbox`.
 *
 * @example
 * `@Module({ imports: [SnsSqsModule.forRoot({ topology: eventBusTopology(USER_BUS), aws }), EventBusModule.forRoot(USER_BUS)] })`
 * export class AppModule {}
 */
@Global()
@Module({})
export class EventBusModule {
  /** @throws {InvalidOptionsError} for an invalid `publisherName`, such as from an unset variable. */
  static forRoot(options: EventBusOptions): DynamicModule {
    checkPublisher(options);
    return {
      module: EventBusModule,
      providers: [{ provide: EVENT_BUS_OPTIONS, useValue: options }, EventBus],
      exports: [EventBus],
    };
  }
}
