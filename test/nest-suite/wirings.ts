import type { INestApplication, INestMicroservice, ModuleMetadata } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import {
  ClientProxyFactory,
  Transport,
  type ClientOptions,
  type ClientProxy,
  type CustomClientOptions,
  type NatsOptions,
  type RmqOptions,
  type TcpOptions,
} from '@nestjs/microservices';
import {
  connectSnsSqs,
  defineTopology,
  SnsSqsClient,
  SnsSqsServer,
  type Topology,
} from '../../src/transport/index.js';
import { TestBroker } from '../../src/testing/index.js';
import { startBriskStack, timeOf } from '../support/brisk-stack.js';
import { freePort } from '../support/free-port.js';
import { unique } from '../support/transport.js';
import { waitFor } from '../support/wait.js';

/** What an application of the suite is made of. */
export interface Parts extends Pick<ModuleMetadata, 'controllers' | 'providers' | 'imports'> {
  /** Sets the application up before its microservice is connected. */
  readonly configure?: (app: INestApplication) => void;
  /** Sets the microservice up before it listens. */
  readonly equip?: (microservice: INestMicroservice) => void;
  readonly inheritAppConfig?: boolean;
}

export interface Started {
  readonly app: INestApplication;
  readonly microservice: INestMicroservice;
  readonly client: ClientProxy;
  close(): Promise<void>;
}

/** One transport that the suite is told over. */
export interface Wiring {
  readonly name: string;
  /** One of Nest's own transports, by which the suite itself is checked. */
  readonly isNests: boolean;
  /** Whether its context knows what a dispatch hook has said. Those of NATS and RabbitMQ do not. */
  readonly hasMetadata: boolean;
  start(parts: Parts): Promise<Started>;
  /** A strategy or a transport's options, for `createMicroservice`, and the client's side of it. */
  options(): Promise<{ server: object; client: CustomClientOptions | object }>;
  open(): Promise<void>;
  /** Resolves when a microservice may be closed. */
  idle(microservice: INestMicroservice): Promise<unknown>;
  close(): Promise<void>;
}

async function started(
  parts: Parts,
  connect: (app: INestApplication) => INestMicroservice,
  client: ClientProxy,
  hurry: () => void,
  idle: Wiring['idle'],
): Promise<Started> {
  const { controllers = [], providers = [], imports = [] } = parts;
  const module = await Test.createTestingModule({ controllers, providers, imports }).compile();
  const app = module.createNestApplication({ logger: false });
  parts.configure?.(app);
  const microservice = connect(app);
  parts.equip?.(microservice);
  await app.init();
  await app.startAllMicroservices();
  const close = async (): Promise<void> => {
    await idle(microservice);
    const closed = app.close();
    hurry();
    await closed;
    await client.close();
  };
  return { app, microservice, client, close };
}

/** Every pattern of the suite on one queue. */
function everything(): Topology {
  const queue = unique('suite');
  return defineTopology({
    queues: [{ name: queue, patterns: ['*'] }],
    routes: [{ patterns: ['*'], queue }],
  });
}

/** This transport, on the embedded stack. */
export function snsSqs(): Wiring {
  let broker: TestBroker;
  const shared = () =>
    ({
      topology: everything(),
      aws: broker.aws,
      provision: 'create',
      waitTimeS: 1,
      ...timeOf(broker),
    }) as const;
  return {
    name: 'SNS and SQS',
    isNests: false,
    hasMetadata: true,
    idle: () => Promise.resolve(),
    start: (parts) => {
      const { waitTimeS, ...options } = shared();
      const server = new SnsSqsServer({ ...options, waitTimeS, ackLingerMs: 5 });
      const { inheritAppConfig = false } = parts;
      const connect = (app: INestApplication): INestMicroservice =>
        connectSnsSqs(app, server, { inheritAppConfig });
      return started(
        parts,
        connect,
        new SnsSqsClient(options),
        () => broker.endLongPolls(),
        () => Promise.resolve(),
      );
    },
    options: () => {
      const { waitTimeS, ...options } = shared();
      return Promise.resolve({
        server: { strategy: new SnsSqsServer({ ...options, waitTimeS }) },
        client: { customClass: SnsSqsClient, options },
      });
    },
    open: async () => void (broker = await startBriskStack()),
    close: () => broker.stop(),
  };
}

/** A transport of Nest's own. A server and its client have the same options. */
function ofNest(
  name: string,
  optionsOf: () => Promise<NestOptions>,
  { hasMetadata = false, idle = () => Promise.resolve() }: NestTraits = {},
): Wiring {
  const options = async () => {
    const one = await optionsOf();
    return { server: one, client: one as ClientOptions };
  };
  return {
    name: `${name} (control)`,
    isNests: true,
    hasMetadata,
    idle,
    start: async (parts) => {
      const { server, client } = await options();
      const { inheritAppConfig = false } = parts;
      const connect = (app: INestApplication): INestMicroservice =>
        app.connectMicroservice(server, { inheritAppConfig, deferInitialization: true });
      return started(parts, connect, ClientProxyFactory.create(client), () => undefined, idle);
    },
    options,
    open: () => Promise.resolve(),
    close: () => Promise.resolve(),
  };
}

interface NestTraits {
  readonly hasMetadata?: boolean;
  readonly idle?: Wiring['idle'];
}

type NestOptions = TcpOptions | NatsOptions | RmqOptions;

export const tcp = (): Wiring =>
  ofNest(
    'TCP',
    async () => ({
      transport: Transport.TCP,
      options: { host: '127.0.0.1', port: await freePort() },
    }),
    { hasMetadata: true },
  );

/** @param server such as `nats://127.0.0.1:4222` */
export const nats = (server: string): Wiring =>
  ofNest('NATS', () =>
    Promise.resolve({ transport: Transport.NATS, options: { servers: [server] } }),
  );

/** @param url such as `amqp://127.0.0.1:5672` */
export const rabbitmq = (url: string): Wiring =>
  ofNest(
    'RabbitMQ',
    () =>
      Promise.resolve({
        transport: Transport.RMQ,
        options: {
          urls: [url],
          queue: unique('suite'),
          queueOptions: { durable: false, autoDelete: true },
        },
      }),
    {
      // Nest closes a channel whatever waits on it: its opening, or answers that the broker has not confirmed.
      idle: (microservice) =>
        waitFor('the channel to be idle', () => {
          const server = Reflect.get(microservice, 'serverInstance') as object;
          return isIdle(Reflect.get(server, 'channel') as object);
        }),
    },
  );

/** A channel of amqp-connection-manager, by what it keeps to itself. */
function isIdle(channel: object): boolean {
  const waiting = ['_messages', '_unconfirmedMessages'].flatMap(
    (name) => Reflect.get(channel, name) as unknown[],
  );
  const isOpen = Boolean(Reflect.get(channel, '_channel')) && !Reflect.get(channel, '_settingUp');
  return isOpen && waiting.length === 0;
}
