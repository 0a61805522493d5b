import type { Type } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import {
  EventBus,
  EventBusModule,
  eventBusTopology,
  type EventBusOptions,
} from '../../../src/messaging/event-bus/index.js';
import { OutboxModule } from '../../../src/platform/outbox/index.js';
import { PersistenceModule } from '../../../src/platform/persistence/index.js';
import {
  connectSnsSqs,
  SnsSqsClient,
  SnsSqsModule,
  SnsSqsServer,
  type TransportObserver,
} from '../../../src/transport/index.js';
import { timeOf } from '../../support/brisk-stack.js';
import type { TestStack } from '../../support/transport.js';

export interface BusApplication {
  readonly bus: EventBus;
  readonly client: SnsSqsClient;
  get<T>(type: Type<T>): T;
  close(): Promise<void>;
}

/** An application with an event bus, an outbox over documents in memory, and handlers. */
export async function startBus(
  stack: TestStack,
  options: EventBusOptions,
  {
    controllers = [],
    providers = [],
    observer = {},
  }: { controllers?: Type[]; providers?: Type[]; observer?: TransportObserver } = {},
): Promise<BusApplication> {
  const module = await Test.createTestingModule({
    imports: [
      PersistenceModule.forRoot({ kind: 'embedded' }),
      SnsSqsModule.forRoot({
        topology: eventBusTopology(options),
        aws: stack.aws,
        provision: 'create',
        observer,
        server: {
          waitTimeS: 1,
          ackLingerMs: 5,
          retry: { baseS: 1, capS: 1 },
          ...timeOf(stack),
        },
      }),
      OutboxModule,
      EventBusModule.forRoot(options),
    ],
    controllers,
    providers,
  }).compile();
  const app = module.createNestApplication({ logger: false });
  connectSnsSqs(app);
  await app.init();
  await app.startAllMicroservices();
  return {
    bus: app.get(EventBus),
    client: app.get(SnsSqsClient),
    get: (type) => app.get(type),
    close: async () => {
      const drained = app.get(SnsSqsServer).close();
      stack.endLongPolls();
      await drained;
      await app.close();
    },
  };
}
