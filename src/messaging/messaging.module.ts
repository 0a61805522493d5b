import { Global, Module, type DynamicModule } from '@nestjs/common';
import { AwsClients } from '../aws/index.js';
import { SETTINGS, type Settings } from '../platform/config/index.js';
import { DelayedMessages } from '../platform/outbox/index.js';
import {
  SnsSqsModule,
  type SnsSqsServerOptions,
  type Topology,
  type TransportObserver,
} from '../transport/index.js';
import type { IdempotencyStore } from '../transport/idempotency/idempotency.store.js';
import { CommandRejection } from './command-rejection.js';
import { CommandsClient } from './commands.client.js';
import { IDEMPOTENCY_STORE, TOPOLOGY, TRANSPORT_OBSERVER } from './messaging.constants.js';
import { RepeatedCommands } from './repeated-commands.js';
import { ResultPublisher } from './result-publisher.js';
import { RunningCommands } from './running-commands.js';

export interface MessagingOptions {
  /** Everything the service sends to and receives from. */
  readonly topology: Topology;
  /** Names of the queues this process consumes. Default: every one. */
  readonly consume?: readonly string[];
}

/**
 * Queues of other programs' making are visible again after up to 15 minutes; a Command of a process that was killed
 * need not wait as long. Handlers that take longer are renewed.
 */
const LEASE_S = 60;

/** Server and client. What a repeated Command is answered by needs the client itself. */
const transport = ({ topology, consume }: MessagingOptions): DynamicModule =>
  SnsSqsModule.forRootAsync({
    inject: [
      SETTINGS,
      AwsClients,
      { token: DelayedMessages, optional: true },
      { token: TRANSPORT_OBSERVER, optional: true },
    ],
    useFactory: (
      { messaging }: Settings,
      aws: AwsClients,
      delays?: DelayedMessages,
      observer?: TransportObserver,
    ) => {
      const { provision, payloadBucket, concurrency } = messaging;
      return {
        topology,
        aws,
        provision,
        ...(payloadBucket !== undefined && { payloadBucket }),
        ...(observer && { observer }),
        ...(delays && { client: { delays } }),
        server: {
          leaseS: LEASE_S,
          ...(consume && { consume }),
          ...(concurrency !== undefined && { concurrency }),
        },
      };
    },
    server: {
      inject: [SETTINGS, RepeatedCommands, { token: IDEMPOTENCY_STORE, optional: true }],
      useFactory: (
        { idempotency }: Settings,
        repeated: RepeatedCommands,
        store?: IdempotencyStore,
      ): Pick<SnsSqsServerOptions, 'idempotency'> => ({
        ...(store && {
          idempotency: {
            store,
            ttlS: idempotency.ttlS,
            onRepeated: ({ context, answer }) => repeated.answer(context, answer),
          },
        }),
      }),
    },
  });

/**
 * The service's one server and client of SNS and SQS, and what features need to
 * handle and send Commands. Expects `SETTINGS`, `AwsClients` and, if there are
 * any, `TRANSPORT_OBSERVER` and `IDEMPOTENCY_STORE` from global modules.
 */
@Global()
@Module({})
export class MessagingModule {
  static forRoot(options: MessagingOptions): DynamicModule {
    const own = [
      CommandsClient,
      ResultPublisher,
      CommandRejection,
      RepeatedCommands,
      RunningCommands,
    ];
    return {
      module: MessagingModule,
      imports: [transport(options)],
      providers: [{ provide: TOPOLOGY, useValue: options.topology }, ...own],
      exports: [TOPOLOGY, ...own],
    };
  }
}
