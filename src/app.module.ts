import { Module, type DynamicModule } from '@nestjs/common';
import { appTopology, consumedQueues } from './app.topology.js';
import { CommandsModule } from './commands/index.js';
import type { Settings } from './config/index.js';
import { HealthModule } from './health/index.js';
import { HttpModule } from './http/index.js';
import { IdempotencyModule } from './idempotency.module.js';
import { InfrastructureModule, type Infrastructure } from './infrastructure.module.js';
import { MessagingModule } from './messaging/index.js';
import { PersistenceModule } from './persistence/index.js';
import { RegistryModule } from './registry/index.js';
import { SessionsModule } from './sessions/index.js';
import { StorageModule } from './storage/index.js';
import { MetricsModule } from './telemetry/metrics/index.js';
import { drainOnShutdown, SnsSqsServer } from './transport/index.js';

/** What the service is made of. */
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
        MessagingModule.forRoot({ topology, consume: consumedQueues(settings, topology) }),
        MetricsModule,
        HttpModule,
        HealthModule,
        StorageModule,
        RegistryModule,
        SessionsModule.forRoot(settings.sessions),
        CommandsModule,
      ],
      providers: [drainOnShutdown(SnsSqsServer)],
    };
  }
}
