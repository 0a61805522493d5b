import type { FactoryProvider, InjectionToken, OnModuleDestroy } from '@nestjs/common';

import type { SnsSqsServer } from './server/sns-sqs.server.js';

class TransportDrain implements OnModuleDestroy {
  constructor(private readonly server: Pick<SnsSqsServer, 'close'>) {}

  onModuleDestroy(): Promise<void> {
    return this.server.close();
  }
}

/**
 * A provider for the root module of a hybrid application. Nest destroys providers before it closes microservices, the
 * root module's first. This provider waits for the handlers, so that they end before the providers they use are
 * destroyed.
 *
 * @param server the token the server is provided under.
 * @example
 * `@Module({ providers: [drainOnShutdown(SnsSqsServer)] })`
 */
export const drainOnShutdown = (server: InjectionToken<SnsSqsServer>): FactoryProvider => ({
  provide: TransportDrain,
  useFactory: (strategy: SnsSqsServer) => new TransportDrain(strategy),
  inject: [server],
});
