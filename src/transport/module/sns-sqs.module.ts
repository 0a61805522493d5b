import {
  Inject,
  Module,
  type DynamicModule,
  type OnApplicationShutdown,
  type OnModuleDestroy,
  type Provider,
} from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';

import { AwsClients } from '../../aws/index.js';
import { isBroker } from '../broker/broker-of.js';
import type { Broker } from '../broker/broker.js';
import { SnsSqsClient } from '../client/sns-sqs.client.js';
import { internalsOf } from '../server/server.internals.js';
import { SnsSqsServer } from '../server/sns-sqs.server.js';
import type { SnsSqsOptions } from '../sns-sqs.options.js';
import { SnsSqsHealth } from './sns-sqs.health.js';
import type {
  SnsSqsModuleAsyncOptions,
  SnsSqsModuleOptions,
  SnsSqsServerOnlyOptions,
} from './sns-sqs.module.options.js';
import { StartGuard } from './start.guard.js';

const OPTIONS = Symbol('SNS_SQS_OPTIONS');
const SERVER_OPTIONS = Symbol('SNS_SQS_SERVER_OPTIONS');
const CLIENTS = Symbol('SNS_SQS_AWS_CLIENTS');

/** Nest destroys modules by their distance from the root module, which has 0. A smaller number is destroyed first. */
const BEFORE_ALL = -1;

/**
 * Waits for handlers to end before the providers they use are destroyed. A module of its own, so that it is destroyed
 * first.
 */
@Module({})
class DrainModule implements OnModuleDestroy {
  constructor(
    private readonly server: SnsSqsServer,
    modules: ModulesContainer,
  ) {
    for (const module of modules.values())
      if (module.metatype === DrainModule) module.distance = BEFORE_ALL;
  }

  onModuleDestroy(): Promise<void> {
    return this.server.close();
  }
}
Reflect.defineMetadata('design:paramtypes', [SnsSqsServer, ModulesContainer], DrainModule);

/**
 * The transport of an application in one import. It provides `SnsSqsServer`, `SnsSqsClient` and `SnsSqsHealth`
 * everywhere, and on shutdown handlers end before the providers they use are destroyed. Call `connectSnsSqs(app)` in
 * `main.ts`; without that call an application with handlers fails to start.
 *
 * An application with several servers, such as for two regions, provides them itself.
 *
 * @example
 * `@Module({ imports: [SnsSqsModule.forRoot({ topology, aws: { region: 'eu-central-1' } })], controllers: [OrdersController] })`
 * export class AppModule {}
 * @example
 * const app = await NestFactory.create(AppModule);
 * connectSnsSqs(app);
 * await app.init();
 * await app.startAllMicroservices();
 * @see https://docs.nestjs.com/fundamentals/dynamic-modules
 */
@Module({})
export class SnsSqsModule implements OnApplicationShutdown {
  constructor(
    @Inject(OPTIONS) private readonly options: SnsSqsModuleOptions,
    @Inject(CLIENTS) private readonly aws: AwsClients | Broker,
  ) {}

  /**
   * Takes options that are known when the module is loaded.
   *
   * @throws InvalidOptionsError when the application is created, naming every option that is unknown or out of its
   * range.
   */
  static forRoot(options: SnsSqsModuleOptions): DynamicModule {
    return SnsSqsModule.forRootAsync({ useFactory: () => options });
  }

  /**
   * Takes options that depend on other providers, such as a configuration.
   *
   * @throws InvalidOptionsError as `forRoot`.
   */
  static forRootAsync({
    imports = [],
    inject = [],
    useFactory,
    server,
  }: SnsSqsModuleAsyncOptions): DynamicModule {
    return {
      module: SnsSqsModule,
      global: true,
      imports: [...imports, DrainModule],
      providers: [
        { provide: OPTIONS, useFactory, inject },
        { provide: SERVER_OPTIONS, useFactory: () => ({}), ...server },
        ...OWN,
      ],
      exports: EXPORTED,
    };
  }

  /** Called when server and client are closed. */
  onApplicationShutdown(): void {
    if (this.aws instanceof AwsClients && this.aws !== this.options.aws) this.aws.destroy();
  }
}

const EXPORTED = [SnsSqsServer, SnsSqsClient, SnsSqsHealth];

const OWN: Provider[] = [
  {
    provide: CLIENTS,
    useFactory: ({ aws }: SnsSqsModuleOptions) =>
      aws instanceof AwsClients || isBroker(aws) ? aws : new AwsClients(aws),
    inject: [OPTIONS],
  },
  {
    provide: SnsSqsServer,
    useFactory: (
      options: SnsSqsModuleOptions,
      own: SnsSqsServerOnlyOptions,
      aws: AwsClients | Broker,
      modules: ModulesContainer,
    ) => {
      const server = new SnsSqsServer({ ...shared(options, aws), ...options.server, ...own });
      internalsOf(server).know(modules);
      return server;
    },
    inject: [OPTIONS, SERVER_OPTIONS, CLIENTS, ModulesContainer],
  },
  {
    provide: SnsSqsClient,
    useFactory: (options: SnsSqsModuleOptions, aws: AwsClients | Broker) =>
      new SnsSqsClient({ ...shared(options, aws), ...options.client }),
    inject: [OPTIONS, CLIENTS],
  },
  SnsSqsHealth,
  StartGuard,
];

function shared(
  { server: _server, client: _client, ...options }: SnsSqsModuleOptions,
  aws: AwsClients | Broker,
): SnsSqsOptions {
  return { ...options, aws };
}
