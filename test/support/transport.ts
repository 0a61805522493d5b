import type { INestApplication, ModuleMetadata, Type } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { randomUUID } from 'node:crypto';
import { lastValueFrom } from 'rxjs';
import {
  connectSnsSqs,
  SnsSqsClient,
  SnsSqsServer,
  type SnsSqsClientOptions,
  type SnsSqsServerOptions,
  type Topology,
} from '../../src/transport/index.js';
import { TestBroker } from '../../src/testing/index.js';
import { timeOf } from './brisk-stack.js';

// The kit users test with is the one Weft is tested with.
export { TestBroker as TestStack };

/** A name no other test uses. */
export const unique = (name: string): string => `${name}-${randomUUID().slice(0, 8)}`;

/** Resolves when AWS has the event. */
export const emit = (
  client: Pick<SnsSqsClient, 'emit'>,
  pattern: string,
  data: unknown,
): Promise<unknown> => lastValueFrom(client.emit(pattern, data), { defaultValue: undefined });

export interface TestService {
  readonly app: INestApplication;
  readonly server: SnsSqsServer;
  readonly client: SnsSqsClient;
  close(): Promise<void>;
}

export interface TestServiceOptions {
  readonly topology: Topology;
  readonly controllers?: Type[];
  readonly providers?: ModuleMetadata['providers'];
  readonly server?: Partial<SnsSqsServerOptions>;
  readonly client?: Partial<SnsSqsClientOptions>;
  readonly inheritAppConfig?: boolean;
  readonly configure?: (app: INestApplication) => void;
}

/** A hybrid application in the Nest testing module, receiving and ready to send. */
export async function startService(
  stack: TestBroker,
  options: TestServiceOptions,
): Promise<TestService> {
  const common = {
    topology: options.topology,
    aws: stack.aws,
    provision: 'create',
    ...timeOf(stack),
  } as const;
  const server = new SnsSqsServer({
    ...common,
    waitTimeS: 1,
    ackLingerMs: 5,
    retry: { baseS: 1, capS: 1 },
    drainTimeoutMs: 5000,
    ...options.server,
  });
  const client = new SnsSqsClient({ ...common, ...options.client });
  const module = await Test.createTestingModule({
    controllers: options.controllers ?? [],
    providers: [{ provide: SnsSqsClient, useValue: client }, ...(options.providers ?? [])],
  }).compile();
  const app = module.createNestApplication({ logger: false });
  options.configure?.(app);
  connectSnsSqs(app, server, { inheritAppConfig: options.inheritAppConfig ?? false });
  await app.init();
  await app.startAllMicroservices();
  return {
    app,
    server,
    client,
    close: async () => {
      const drained = server.close();
      stack.endLongPolls();
      await drained;
      await app.close();
      await client.close();
    },
  };
}

type Send = (command: object, ...rest: readonly unknown[]) => Promise<unknown>;

/** Notes the calls an SDK client makes from now on. At the client itself, as it keeps its middleware from call to call. */
export function countCalls(client: object): { ended(): string[] } {
  const names: string[] = [];
  const sdk = client as { send: Send };
  const send = sdk.send.bind(client);
  sdk.send = async (command, ...rest) => {
    const answer = await send(command, ...rest);
    names.push(command.constructor.name);
    return answer;
  };
  return { ended: () => [...names] };
}
