import {
  Module,
  type DynamicModule,
  type FactoryProvider,
  type ModuleMetadata,
} from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';

import { isBroker } from '../broker/broker-of.js';
import {
  mergeTopologies,
  SnsSqsClient,
  SnsSqsModule,
  type SnsSqsModuleOptions,
  type Topology,
} from '../index.js';
import { AwsClients } from '../../aws/index.js';
import type { SnsSqsServerOnlyOptions } from '../module/sns-sqs.module.options.js';
import { EventPublisher } from './event.publisher.js';
import type { MessagingConfig } from './messaging.config.js';
import { subscribedIn } from './on-topic.decorator.js';
import { refuseUnchecked } from './subscriptions.js';
import { TopicDirectory } from './topic.directory.js';

const CONFIG = Symbol('PUBSUB_CONFIG');

/**
 * Options of `PubSubModule.forRoot`: those of `createMessaging`, and the application's further topology.
 *
 * @example
 * PubSubModule.forRoot({ aws: { region: 'eu-central-1' }, environment: 'production' })
 */
export interface PubSubModuleOptions extends MessagingConfig {
  /** Queues, topics and routes of other handlers of the application, such as those of `@OnRequest`. @defaultValue none */
  readonly topology?: Topology;
  /** How messages are received. @defaultValue the server's defaults */
  readonly server?: Omit<SnsSqsServerOnlyOptions, 'transportId' | 'consume'>;
}

/**
 * Options of `PubSubModule.forRootAsync`.
 *
 * @example
 * PubSubModule.forRootAsync({ inject: [SETTINGS], useFactory: (settings: Settings) => settings.messaging })
 */
export interface PubSubModuleAsyncOptions extends Pick<
  FactoryProvider<PubSubModuleOptions>,
  'useFactory' | 'inject'
> {
  /** Modules that export the injected providers. @defaultValue none: global modules are enough */
  readonly imports?: ModuleMetadata['imports'];
}

@Module({})
class PubSubConfigModule {}

/**
 * Typed publish/subscribe in a Nest application: `@OnTopic` in controllers, and `EventPublisher` to be injected
 * anywhere. It includes `SnsSqsModule`, with a topology of the topics that handlers name. Call `connectSnsSqs(app)` in
 * `main.ts`.
 *
 * @example
 * `@Module({ imports: [PubSubModule.forRoot(messagingConfig(process.env))], controllers: [OrdersController] })`
 * export class AppModule {}
 * @see https://docs.nestjs.com/fundamentals/dynamic-modules
 */
@Module({})
export class PubSubModule {
  /**
   * Takes options that are known when the module is loaded.
   *
   * @throws InvalidOptionsError when the application is created, for an invalid configuration and for a class without
   * checks.
   */
  static forRoot(options: PubSubModuleOptions): DynamicModule {
    return PubSubModule.forRootAsync({ useFactory: () => options });
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
  }: PubSubModuleAsyncOptions): DynamicModule {
    const config: DynamicModule = {
      module: PubSubConfigModule,
      imports,
      providers: [{ provide: CONFIG, useFactory, inject }],
      exports: [CONFIG],
    };
    return {
      module: PubSubModule,
      global: true,
      imports: [
        config,
        SnsSqsModule.forRootAsync({
          imports: [config],
          inject: [CONFIG, ModulesContainer],
          useFactory: transportOptions,
        }),
      ],
      providers: [
        {
          provide: EventPublisher,
          useFactory: (options: PubSubModuleOptions, client: SnsSqsClient) =>
            new EventPublisher(
              options,
              isBroker(options.aws) ? options.aws : client.unwrap<AwsClients>(),
            ),
          inject: [CONFIG, SnsSqsClient],
        },
      ],
      exports: [EventPublisher],
    };
  }
}

/** Reads the controllers: Nest knows all of them before it creates the first provider. */
async function transportOptions(
  { environment, topic, topics, topology, ...options }: PubSubModuleOptions,
  modules: ModulesContainer,
): Promise<SnsSqsModuleOptions> {
  const subscribed = subscribedIn(modules);
  await refuseUnchecked(subscribed.map(({ shape }) => shape));
  const directory = new TopicDirectory({
    environment,
    ...(topic !== undefined && { topic }),
    ...(topics !== undefined && { topics }),
  });
  const typed = directory.consuming(subscribed.map((one) => one.topic));
  return { ...options, topology: topology ? mergeTopologies(topology, typed) : typed };
}
