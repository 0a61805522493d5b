import type { INestApplication, INestMicroservice, ModuleMetadata } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import {
  ClientProxyFactory,
  Transport,
  type ClientProxy,
  type CustomClientOptions,
} from '@nestjs/microservices';
import { createServer, type AddressInfo } from 'node:net';
import {
  connectSnsSqs,
  defineTopology,
  SnsSqsClient,
  SnsSqsServer,
  type Topology,
} from '../../src/transport/index.js';
import { TestBroker } from '../../src/testing/index.js';
import { unique } from '../support/transport.js';

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
  start(parts: Parts): Promise<Started>;
  /** A strategy or a transport's options, for `createMicroservice`, and the client's side of it. */
  options(): Promise<{ server: object; client: CustomClientOptions | object }>;
  open(): Promise<void>;
  close(): Promise<void>;
}

async function started(
  parts: Parts,
  connect: (app: INestApplication) => INestMicroservice,
  client: ClientProxy,
  hurry: () => void,
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
    ({ topology: everything(), aws: broker.aws, provision: 'create', waitTimeS: 1 }) as const;
  return {
    name: 'SNS and SQS',
    start: (parts) => {
      const { waitTimeS, ...options } = shared();
      const server = new SnsSqsServer({ ...options, waitTimeS, ackLingerMs: 5 });
      const { inheritAppConfig = false } = parts;
      const connect = (app: INestApplication): INestMicroservice =>
        connectSnsSqs(app, server, { inheritAppConfig });
      return started(parts, connect, new SnsSqsClient(options), () => broker.endLongPolls());
    },
    options: () => {
      const { waitTimeS, ...options } = shared();
      return Promise.resolve({
        server: { strategy: new SnsSqsServer({ ...options, waitTimeS }) },
        client: { customClass: SnsSqsClient, options },
      });
    },
    open: async () => void (broker = await TestBroker.start()),
    close: () => broker.stop(),
  };
}

async function tcpOptions() {
  const place = { host: '127.0.0.1', port: await freePort() };
  return {
    server: { transport: Transport.TCP as const, options: place },
    client: { transport: Transport.TCP as const, options: place },
  };
}

/** Nest's own TCP, by which the suite itself is checked. */
export function tcp(): Wiring {
  return {
    name: 'TCP (control)',
    start: async (parts) => {
      const { server, client } = await tcpOptions();
      const { inheritAppConfig = false } = parts;
      const connect = (app: INestApplication): INestMicroservice =>
        app.connectMicroservice(server, { inheritAppConfig, deferInitialization: true });
      return started(parts, connect, ClientProxyFactory.create(client), () => undefined);
    },
    options: tcpOptions,
    open: () => Promise.resolve(),
    close: () => Promise.resolve(),
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
