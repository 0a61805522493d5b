import { Global, Module, type DynamicModule, type FactoryProvider } from '@nestjs/common';
import { AwsClients } from '../aws/index.js';
import { SETTINGS, type Settings } from '../platform/config/index.js';
import {
  SnsSqsClient,
  SnsSqsServer,
  type IdempotencyStore,
  type SnsSqsOptions,
  type Topology,
  type TransportObserver,
} from '../transport/index.js';
import { CommandRejection } from './command-rejection.js';
import { CommandsClient } from './commands.client.js';
import { IDEMPOTENCY_STORE, TOPOLOGY, TRANSPORT_OBSERVER } from './messaging.constants.js';
import { RepeatedCommands } from './repeated-commands.js';
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
    observer: TransportObserver | undefined,
    repeated: RepeatedCommands,
    store: IdempotencyStore | undefined,
  ) => {
    const { messaging, idempotency } = settings;
    const { concurrency } = messaging;
    return new SnsSqsServer({
      ...shared(options, settings, aws, observer),
      ...(options.consume && { consume: options.consume }),
      ...(concurrency !== undefined && { concurrency }),
      ...(store && {
        idempotency: {
          store,
          ttlS: idempotency.ttlS,
          onRepeated: (context, answer) => repeated.answer(context, answer),
        },
      }),
    });
  },
  inject: [...INJECTED, RepeatedCommands, { token: IDEMPOTENCY_STORE, optional: true }],
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
 * handle and send Commands. Expects `SETTINGS`, `AwsClients` and, if there are
 * any, `TRANSPORT_OBSERVER` and `IDEMPOTENCY_STORE` from global modules.
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
        RepeatedCommands,
        ...own,
      ],
      exports: [TOPOLOGY, SnsSqsServer, SnsSqsClient, ...own],
    };
  }
}
