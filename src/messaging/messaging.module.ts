import { Global, Module, type DynamicModule, type FactoryProvider } from '@nestjs/common';
import { AwsClients } from '../aws/index.js';
import { SETTINGS, type Settings } from '../config/index.js';
import {
  SnsSqsClient,
  SnsSqsServer,
  type SnsSqsOptions,
  type Topology,
  type TransportObserver,
} from '../transport/index.js';
import { CommandRejection } from './command-rejection.js';
import { CommandsClient } from './commands.client.js';
import { TOPOLOGY, TRANSPORT_OBSERVER } from './messaging.constants.js';
import { ResultPublisher } from './result-publisher.js';

export interface MessagingOptions {
  /** Everything the service sends to and receives from. */
  readonly topology: Topology;
  /** Names of the queues this process consumes. Default: every one. */
  readonly consume?: readonly string[];
}

const OPTIONS = Symbol('MESSAGING_OPTIONS');
const INJECTED = [OPTIONS, SETTINGS, AwsClients, { token: TRANSPORT_OBSERVER, optional: true }];

const server: FactoryProvider<SnsSqsServer> = {
  provide: SnsSqsServer,
  useFactory: (
    options: MessagingOptions,
    settings: Settings,
    aws: AwsClients,
    observer?: TransportObserver,
  ) => {
    const { concurrency } = settings.messaging;
    return new SnsSqsServer({
      ...shared(options, settings, aws, observer),
      ...(options.consume && { consume: options.consume }),
      ...(concurrency !== undefined && { concurrency }),
    });
  },
  inject: INJECTED,
};

const client: FactoryProvider<SnsSqsClient> = {
  provide: SnsSqsClient,
  useFactory: (
    options: MessagingOptions,
    settings: Settings,
    aws: AwsClients,
    observer?: TransportObserver,
  ) => new SnsSqsClient(shared(options, settings, aws, observer)),
  inject: INJECTED,
};

function shared(
  { topology }: MessagingOptions,
  { messaging }: Settings,
  aws: AwsClients,
  observer: TransportObserver | undefined,
): SnsSqsOptions {
  const { provision, payloadBucket } = messaging;
  return {
    topology,
    aws,
    provision,
    ...(payloadBucket !== undefined && { payloadBucket }),
    ...(observer && { observer }),
  };
}

/**
 * The service's one server and client of SNS and SQS, and what features need to
 * handle and send Commands. Expects `SETTINGS`, `AwsClients` and, if there is
 * one, `TRANSPORT_OBSERVER` from global modules.
 */
@Global()
@Module({})
export class MessagingModule {
  static forRoot(options: MessagingOptions): DynamicModule {
    const own = [CommandsClient, ResultPublisher, CommandRejection];
    return {
      module: MessagingModule,
      providers: [
        { provide: OPTIONS, useValue: options },
        { provide: TOPOLOGY, useValue: options.topology },
        server,
        client,
        ...own,
      ],
      exports: [TOPOLOGY, SnsSqsServer, SnsSqsClient, ...own],
    };
  }
}
