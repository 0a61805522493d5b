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
import { InvalidOptionsError } from '../errors/index.js';
import type { SnsSqsOptions } from '../sns-sqs.options.js';
import { checkAsyncOptions, checkedModuleOptions } from './check-module-options.js';
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

/** A module that is imported as it is has no options: this says so, where Nest would name a symbol. */
const WITHOUT_OPTIONS: Provider[] = [
  {
    provide: OPTIONS,
    useFactory: (): never => {
      throw new InvalidOptionsError(
        'SnsSqsModule is imported without options. Import SnsSqsModule.forRoot({ topology, aws }) or SnsSqsModule.forRootAsync({ … })',
      );
    },
  },
  { provide: CLIENTS, useFactory: () => undefined, inject: [OPTIONS] },
];

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
@Module({ providers: WITHOUT_OPTIONS })
export class SnsSqsModule implements OnApplicationShutdown {
  constructor(
    @Inject(OPTIONS) private readonly options: SnsSqsModuleOptions,
    @Inject(CLIENTS) private readonly aws: AwsClients | Broker,
    @Inject(ModulesContainer) modules: ModulesContainer,
  ) {
    refuseSecond(modules);
  }

  /**
   * Takes options that are known when the module is loaded.
   *
   * @throws InvalidOptionsError when the application is created, naming every option that is missing, unknown or out of
   * its range; and for a second `SnsSqsModule`.
   */
  static forRoot(options: SnsSqsModuleOptions): DynamicModule {
    return SnsSqsModule.forRootAsync({ useFactory: () => options });
  }

  /**
   * Takes options that depend on other providers, such as a configuration.
   *
   * @throws InvalidOptionsError as `forRoot`, and at once where it is given no factory.
   * @example
   * SnsSqsModule.forRootAsync({
   *   inject: [ConfigService],
   *   useFactory: (config: ConfigService) => ({ topology, aws: { region: config.getOrThrow('AWS_REGION') } }),
   * })
   */
  static forRootAsync(options: SnsSqsModuleAsyncOptions): DynamicModule {
    checkAsyncOptions(options);
    const { imports = [], inject = [], useFactory, server } = options;
    const checked = async (...injected: unknown[]): Promise<SnsSqsModuleOptions> =>
      checkedModuleOptions(await useFactory(...injected));
    return {
      module: SnsSqsModule,
      global: true,
      imports: [...imports, DrainModule],
      providers: [
        { provide: OPTIONS, useFactory: checked, inject },
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

/** With two clients an application would inject whichever Nest finds first. */
function refuseSecond(modules: ModulesContainer): void {
  const own = [...modules.values()].filter(({ metatype }) => metatype === SnsSqsModule);
  if (own.length > 1)
    throw new InvalidOptionsError(
      `SnsSqsModule is imported ${own.length} times with options of their own (PubSubModule imports it too). Import it once, in the root module, with ` +
        'all topologies in one (mergeTopologies). For several accounts or regions provide a server and a client for each: docs/handlers.md#several-servers-other-transports',
    );
}

function shared(
  { server: _server, client: _client, ...options }: SnsSqsModuleOptions,
  aws: AwsClients | Broker,
): SnsSqsOptions {
  return { ...options, aws };
}
