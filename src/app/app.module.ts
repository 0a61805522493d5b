import { Module, type DynamicModule } from '@nestjs/common';
import { appTopology, consumedQueues } from './app.topology.js';
import type { Settings } from '../platform/config/index.js';
import { FEATURES, switchesOf } from './features.js';
import { HealthModule } from '../platform/health/index.js';
import { HttpModule } from '../platform/http/index.js';
import { IdempotencyModule } from './idempotency.module.js';
import { InfrastructureModule, type Infrastructure } from './infrastructure.module.js';
import { MessagingModule } from '../messaging/index.js';
import { OutboxHttpModule, OutboxModule } from '../platform/outbox/index.js';
import { snsEndpoints } from './sns-http.js';
import { PersistenceModule } from '../platform/persistence/index.js';
import { MetricsModule } from '../platform/telemetry/metrics/index.js';

/** The root module of the service. */
@Module({})
export class AppModule {
  /** @throws {ConfigurationError} when a setting fits no part of the service. */
  static forRoot(settings: Settings, infrastructure: Infrastructure): DynamicModule {
    const { mongodbUri } = settings;
    const { documentsDir } = infrastructure;
    const topology = appTopology(settings);
    return {
      module: AppModule,
      imports: [
        InfrastructureModule.forRoot(settings, infrastructure),
        PersistenceModule.forRoot(
          mongodbUri === undefined
            ? { kind: 'embedded', documentsDir }
            : { kind: 'mongodb', uri: mongodbUri },
        ),
        IdempotencyModule.forRoot(settings),
        MessagingModule.forRoot({
          topology,
          consume: consumedQueues(settings),
        }),
        OutboxModule,
        OutboxHttpModule,
        MetricsModule,
        HttpModule,
        ...snsEndpoints(settings, topology),
        HealthModule.forRoot(switchesOf(settings)),
        ...FEATURES.map((feature) => feature.module(settings)),
      ],
    };
  }
}
