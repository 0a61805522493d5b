import type { INestApplication, INestApplicationContext, INestMicroservice } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';

import { isObject } from '../common/objects.js';
import { InvalidOptionsError } from './errors/index.js';
import { captureErrors } from './server/handling/error-capture.js';
import { ApplicationHandlers } from './server/application-handlers.js';
import { lookBefore } from './server/handling/handler.start.js';
import { findInternals, internalsOf } from './server/server.internals.js';
import type { SnsSqsServer } from './server/sns-sqs.server.js';

/**
 * Options of `connectSnsSqs`.
 *
 * @example
 * connectSnsSqs(app, { inheritAppConfig: true });
 */
interface ConnectOptions {
  /** The server, if the application provides none or several. @defaultValue the server that the application provides */
  readonly server?: SnsSqsServer;
  /** Whether global pipes, guards, interceptors and filters apply to messages too. @defaultValue false, as in Nest */
  readonly inheritAppConfig?: boolean;
}

/**
 * Adds the transport to a (hybrid) application. Call it before `app.init()`; `app.startAllMicroservices()` then starts
 * receiving.
 *
 * @param server defaults to the one that `SnsSqsModule` provides; may also be given among the options.
 * @throws TopologyError naming each handler whose pattern no message can have, such as an unset variable;
 * InvalidOptionsError if the application has no server, or several.
 * @example
 * const app = await NestFactory.create(AppModule);
 * connectSnsSqs(app);
 * await app.init();
 * await app.startAllMicroservices();
 * @see https://docs.nestjs.com/faq/hybrid-application
 */
export function connectSnsSqs(
  app: INestApplication,
  server: SnsSqsServer | ConnectOptions = {},
  options: ConnectOptions = {},
): INestMicroservice {
  if (!isServer(server)) return connect(app, server.server ?? serverOf(app), server);
  return connect(app, server, options);
}

const isServer = (value: object): value is SnsSqsServer => findInternals(value) !== undefined;

function connect(
  app: INestApplication,
  server: SnsSqsServer,
  { inheritAppConfig = false }: ConnectOptions,
): INestMicroservice {
  // Initialization is deferred because the hook must be registered before the handlers are built.
  const microservice = app.connectMicroservice(
    { strategy: server },
    { inheritAppConfig, deferInitialization: true },
  );
  // Nest does not set this when it defers; every onModuleInit would run a second time when the microservice starts.
  (microservice as Initialized).setIsInitHookCalled?.(true);
  return prepareSnsSqs(microservice, app, server);
}

/** Searches the providers: asking Nest for a class that is not provided would end the process. */
function serverOf(app: INestApplication): SnsSqsServer {
  const instances = [...modulesOf(app).values()].flatMap(({ providers }) =>
    [...providers.values()].map(({ instance }): unknown => instance),
  );
  const servers = [...new Set(instances)].filter(
    (one): one is SnsSqsServer => isObject(one) && isServer(one),
  );
  const [server] = servers;
  if (server && servers.length === 1) return server;
  throw new InvalidOptionsError(
    server
      ? `The application has ${servers.length} servers: connect each, by connectSnsSqs(app, server)`
      : 'The application has no SnsSqsServer: import SnsSqsModule.forRoot({ topology, aws }), or give one, by connectSnsSqs(app, server)',
  );
}

/**
 * Completes a microservice made by `NestFactory.createMicroservice(AppModule, { strategy: server })`. With it, the
 * original error decides what happens to a message even if a filter replaces the error, start-up errors name handlers,
 * an idempotency store knows their names, and each handler checks its lease right before it begins. Call it before
 * `listen()`.
 *
 * @throws TopologyError as `connectSnsSqs` does.
 * @example
 * const microservice = await NestFactory.createMicroservice(AppModule, { strategy: server });
 * prepareSnsSqs(microservice, microservice, server);
 * await microservice.listen();
 * @see https://docs.nestjs.com/microservices/custom-transport
 */
export function prepareSnsSqs(
  microservice: INestMicroservice,
  context: INestApplicationContext,
  server: SnsSqsServer,
): INestMicroservice {
  const modules = modulesOf(context);
  internalsOf(server).know(modules);
  const handlers = new ApplicationHandlers(modules, server);
  handlers.checkPatterns();
  lookBefore(handlers.own);
  // Nest 11 has no such hook; there the error that the filters return decides.
  (microservice as Hooked).registerPreRequestHook?.(captureErrors);
  return microservice;
}

/** Nest's own class has it, in every version; its interface does not. */
type Initialized = INestMicroservice & { setIsInitHookCalled?(called: boolean): void };

type Hooked = Omit<INestMicroservice, 'registerPreRequestHook'> &
  Partial<Pick<INestMicroservice, 'registerPreRequestHook'>>;

/**
 * Uses the application's own copy of Nest: with two copies installed, asking for a class of the other one would end the
 * process.
 */
function modulesOf(context: INestApplicationContext): ModulesContainer {
  const { container } = context as { readonly container?: { getModules?(): unknown } };
  const modules = container?.getModules?.();
  return isModules(modules) ? modules : context.get(ModulesContainer, { strict: false });
}

const isModules = (modules: unknown): modules is ModulesContainer =>
  modules instanceof Map && 'getRpcTargetRegistry' in modules;
